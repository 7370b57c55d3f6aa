#include "mnmlog/fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace mnm {

void Inspecting::expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(MNM_SOURCE_DIR) + "/tests/golden/mnmlog_" + name + ".txt";
  if (std::getenv("MNM_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  const std::string expected(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, expected) << "differs from " << path;
}

}  // namespace mnm

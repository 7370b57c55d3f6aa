// The house rules on this tree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tidy/ratchet.h"
#include "tidy/rules.h"

namespace mnm::tidy {
namespace {

TEST(ThisTree, KeepsTheHouseRules) {
  const std::filesystem::path root = MNM_SOURCE_DIR;
  const std::vector<Source> tree = read_tree(root);
  ASSERT_GT(tree.size(), 20u) << "the tree was not found at " << root;
  std::ifstream file(root / "tests/tidy/ratchet.txt");
  ASSERT_TRUE(file.is_open());
  const std::string ratchet(std::istreambuf_iterator<char>(file), {});
  const Exists exists = [&root](const std::string& path) {
    return std::filesystem::exists(root / path);
  };
  for (const std::string& wrong : judge(check_tree(tree, exists), ratchet)) ADD_FAILURE() << wrong;
}

}  // namespace
}  // namespace mnm::tidy

// main() for a fuzz target outside the fuzz preset: gives it every file of the corpus folder named
// by its argument (it need not exist), then made-up inputs from a generator with a fixed seed. Same
// inputs on every run.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMadeUpInputs = 20000;
constexpr std::size_t kMadeUpBytesMax = 256;

void try_input(const std::string& input) {
  // A heap copy of exactly this size, so that ASan sees a read of one octet too many.
  const std::vector<std::uint8_t> octets(input.begin(), input.end());
  LLVMFuzzerTestOneInput(octets.data(), octets.size());
}

std::vector<std::string> corpus_of(const std::filesystem::path& folder) {
  std::vector<std::string> corpus;
  if (!std::filesystem::is_directory(folder)) return corpus;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// Half of them mutations of the corpus, half plain noise.
std::string make_up(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  std::string input;
  if (!corpus.empty() && random() % 2 == 0) {
    input = corpus[random() % corpus.size()];
    for (std::uint64_t edits = 1 + random() % 4; edits > 0 && !input.empty(); --edits) {
      input[random() % input.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) input.resize(random() % (input.size() + 1));
    return input;
  }
  input.resize(random() % kMadeUpBytesMax);
  for (char& octet : input) octet = static_cast<char>(random());
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> corpus =
      argc > 1 ? corpus_of(argv[1]) : std::vector<std::string>();
  try_input("");
  for (const std::string& input : corpus) try_input(input);
  std::mt19937_64 random(20260101);
  for (int i = 0; i < kMadeUpInputs; ++i) try_input(make_up(corpus, random));
  std::printf("%zu inputs of the corpus and %d made up\n", corpus.size(), kMadeUpInputs);
  return 0;
}

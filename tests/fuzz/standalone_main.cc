// Runs a fuzz target without a fuzzer: over the files of its corpus, then over mutations of them.
// The same on every run, so that a failure in CTest can be repeated.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutations = 5'000;
constexpr auto kLongest = std::chrono::seconds{2};

/// SplitMix64.
class Random {
 public:
  std::size_t below(std::size_t bound) {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = (state_ ^ (state_ >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((mixed ^ (mixed >> 31U)) % bound);
  }

 private:
  std::uint64_t state_ = 1;
};

void run(const std::string& input) {
  // A copy of exactly this size: reading past its end is seen by the sanitizers.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// Changes one thing: a byte, a stretch left out or doubled, or a stretch of another input put in.
void mutate(std::string& input, const std::vector<std::string>& corpus, Random& random) {
  constexpr std::string_view kTelling = "0123456789-+.,;:\"'|eE \t\r\n\xEF\xBF\xFF";
  const std::size_t at = random.below(input.size() + 1);
  const std::size_t length = random.below(input.size() - at + 1);
  switch (random.below(5)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(random.below(256));
      break;
    case 1: input.insert(at, 1, kTelling[random.below(kTelling.size())]); break;
    case 2: input.erase(at, std::min<std::size_t>(length, 1 + random.below(16))); break;
    case 3: input.insert(at, input.substr(at, std::min<std::size_t>(length, 256))); break;
    default: {
      const std::string& other = corpus[random.below(corpus.size())];
      const std::size_t from = random.below(other.size() + 1);
      input.insert(at, other.substr(from, random.below(32)));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
    return 2;
  }
  const std::vector<std::string> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: there is no input\n", argv[1]);
    return 2;
  }
  for (const std::string& input : corpus) run(input);

  Random random;
  const auto end = std::chrono::steady_clock::now() + kLongest;
  int done = 0;
  for (; done < kMutations && std::chrono::steady_clock::now() < end; ++done) {
    std::string input = corpus[random.below(corpus.size())];
    for (std::size_t i = 0; i <= random.below(4); ++i) mutate(input, corpus, random);
    run(input);
  }
  std::printf("%zu inputs, %d mutations\n", corpus.size(), done);
  return 0;
}

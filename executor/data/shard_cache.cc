// Made under a lock, by whoever comes first: ranks of a gang start together and want the same.
#include "executor/data/shard_cache.h"

#include <fmt/format.h>

#include <system_error>

#include "executor/data/gpt2_words.h"
#include "executor/data/shard.h"
#include "executor/files/file_lock.h"
#include "policies/core/error.h"
#include "workloads/generators/random.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Encoded at one time: bounds the memory, and is long enough for words to come again.
constexpr std::size_t kPiece = std::size_t{16} << 20;

/// One number for a chain of texts; told apart by accident is all that is promised.
std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t state = text.size();
  for (const char byte : text) state = mixed(state ^ static_cast<unsigned char>(byte));
  return state;
}

/// What is different when a file is another one.
std::string identity_of(const fs::path& file) {
  std::error_code error;
  const fs::path path = fs::canonical(file, error);
  const auto size = error ? 0 : fs::file_size(path, error);
  const auto time = error ? fs::file_time_type() : fs::last_write_time(path, error);
  if (error) throw InputError(Position{file.string()}, "cannot open it: " + error.message());
  return fmt::format("{}|{}|{}", path.string(), size, time.time_since_epoch().count());
}

void write_shard(std::string_view text, const Tokenizer& tokenizer, const fs::path& path) {
  ShardWriter shard(path, tokenizer.vocabulary());
  while (!text.empty()) {
    const std::size_t end = cut_between_words(text, std::min(kPiece, text.size()));
    shard.write(tokenizer.encode(text.substr(0, end), SpecialTokens::kAreTokens));
    text.remove_prefix(end);
  }
  shard.commit();
}

}  // namespace

std::size_t held_out_begin(std::string_view text, double held_out) {
  const auto is_inside_char = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  auto begin = static_cast<std::size_t>(static_cast<double>(text.size()) * (1 - held_out));
  while (begin > 0 && is_inside_char(begin)) --begin;
  return begin;
}

TextShards shards_of(const fs::path& text, const fs::path& vocabulary, const Tokenizer& tokenizer,
                     double held_out, const fs::path& cache) {
  const std::uint64_t key = fingerprint(fmt::format(
      "{}\n{}\n{}\n{}", tokenizer.name(), identity_of(text), identity_of(vocabulary), held_out));
  const std::string name = fmt::format("{}-{:016x}", text.stem().string(), key);
  const TextShards shards{cache / (name + ".training.bin"), cache / (name + ".held-out.bin")};
  fs::create_directories(cache);
  const FileLock lock(cache / (name + ".lock"));
  // The second is written last.
  if (fs::exists(shards.held_out)) return shards;
  const MappedFile file(text);
  file.pass_over();
  const std::size_t begin = held_out_begin(file.bytes(), held_out);
  write_shard(file.bytes().substr(0, begin), tokenizer, shards.training);
  write_shard(file.bytes().substr(begin), tokenizer, shards.held_out);
  return shards;
}

}  // namespace tandem

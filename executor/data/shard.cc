// The head is held against what follows it: a shard that was cut off is found before it is learned.
#include "executor/data/shard.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using Head = std::array<std::int32_t, 256>;

/// What a head begins with.
struct Form {
  std::int32_t magic;
  std::int32_t version;
  std::size_t token_bytes;
};
constexpr Form kNarrow{20240520, 1, 2};  ///< llm.c has it for GPT-2's tokens.
constexpr Form kWide{20240801, 7, 4};    ///< And this for Llama 3's.

const Form& form_of(const Head& head) {
  for (const Form* form : {&kNarrow, &kWide}) {
    if (head[0] != form->magic) continue;
    if (head[1] == form->version) return *form;
    throw InputError(
        fmt::format("a shard of version {}; version {} is read", head[1], form->version));
  }
  throw InputError(fmt::format("no shard of tokens: it begins with {}, not with {} or {}", head[0],
                               kNarrow.magic, kWide.magic));
}

Numbers numbers_of(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little, "numbers are as they lie in the file");
  Head head;
  if (bytes.size() < sizeof head) throw InputError("too short for a shard of tokens");
  std::memcpy(head.data(), bytes.data(), sizeof head);
  const Form& form = form_of(head);
  const std::string_view rest = bytes.substr(sizeof head);
  const auto count = static_cast<std::size_t>(std::max(head[2], 0));
  if (head[2] < 0 || rest.size() != count * form.token_bytes) {
    throw InputError(fmt::format("its head counts {} tokens of {} bytes, and {} bytes follow",
                                 head[2], form.token_bytes, rest.size()));
  }
  if (form.token_bytes == kNarrow.token_bytes) {
    return std::span(reinterpret_cast<const std::uint16_t*>(rest.data()), count);
  }
  return std::span(reinterpret_cast<const std::uint32_t*>(rest.data()), count);
}

}  // namespace

Numbers read_shard(std::string_view bytes, const std::string& file) {
  try {
    return numbers_of(bytes);
  } catch (const InputError& error) {
    throw InputError(Position{file}, error.what());
  }
}

ShardWriter::ShardWriter(const std::filesystem::path& path, std::int64_t vocabulary)
    : path_(path),
      is_narrow_(vocabulary <= std::numeric_limits<std::uint16_t>::max() + std::int64_t{1}),
      file_(path) {
  const Head unknown{};  // Until it is committed.
  file_.write(std::as_bytes(std::span(unknown)));
}

void ShardWriter::write(std::span<const TokenId> ids) {
  count_ += std::ssize(ids);
  if (count_ > std::numeric_limits<std::int32_t>::max()) {
    throw InputError(Position{path_.string()},
                     "a shard counts at most 2147483647 tokens: split the text into several files");
  }
  if (!is_narrow_) return file_.write(std::as_bytes(ids));
  std::vector<std::uint16_t> narrow;
  narrow.reserve(ids.size());
  for (const TokenId id : ids) {
    CHECK(id <= std::numeric_limits<std::uint16_t>::max(), "token {} in 16 bits", id);
    narrow.push_back(static_cast<std::uint16_t>(id));
  }
  file_.write(std::as_bytes(std::span(narrow)));
}

void ShardWriter::commit() {
  const Form& form = is_narrow_ ? kNarrow : kWide;
  Head head{form.magic, form.version, static_cast<std::int32_t>(count_)};
  file_.rewrite(0, std::as_bytes(std::span(head)));
  file_.commit();
}

}  // namespace tandem

// Where each row lies: in which file's mapping, and from which number on.
#include "executor/data/token_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "executor/data/shard.h"
#include "executor/data/shard_cache.h"
#include "policies/core/check.h"
#include "policies/core/error.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {
namespace {

std::size_t count_of(const Numbers& numbers) {
  return std::visit([](auto span) { return span.size(); }, numbers);
}

Numbers stretch_of(const Numbers& numbers, std::size_t begin, std::size_t count) {
  return std::visit([&](auto span) -> Numbers { return span.subspan(begin, count); }, numbers);
}

std::int64_t largest_in(const Numbers& numbers) {
  return std::visit(
      [](auto span) -> std::int64_t {
        return span.empty() ? 0 : static_cast<std::int64_t>(std::ranges::max(span));
      },
      numbers);
}

/// One part of all files.
class Rows {
 public:
  explicit Rows(std::int64_t sequence) : sequence_(sequence) {}

  void add(const Numbers& numbers) {
    const auto count = static_cast<std::int64_t>(count_of(numbers));
    numbers_ += count;
    // The last number of a row is also the first of the next.
    stretches_.push_back({numbers, rows_});
    rows_ += std::max<std::int64_t>(count - 1, 0) / sequence_;
  }
  std::int64_t rows() const { return rows_; }
  std::int64_t numbers() const { return numbers_; }

  void read(std::int64_t row, std::span<std::int64_t> out) const {
    CHECK(row >= 0 && row < rows_, "row {} of {}", row, rows_);
    CHECK(std::ssize(out) == sequence_ + 1, "{} numbers of {}", out.size(), sequence_ + 1);
    const auto behind = std::ranges::upper_bound(stretches_, row, {}, &Stretch::first_row);
    const Stretch& stretch = *std::prev(behind);
    const auto begin = static_cast<std::size_t>((row - stretch.first_row) * sequence_);
    std::visit([&](auto span) { std::ranges::copy(span.subspan(begin, out.size()), out.begin()); },
               stretch.numbers);
  }

 private:
  struct Stretch {
    Numbers numbers;
    std::int64_t first_row;
  };
  std::int64_t sequence_;
  std::int64_t rows_ = 0;
  std::int64_t numbers_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace

class TokenText::Impl {
 public:
  Impl(const TextSource& source, std::int64_t sequence, const std::filesystem::path& cache)
      : source_(source), sequence_(sequence), training_(sequence), held_out_(sequence) {
    switch (source.tokens) {
      case Tokens::kBytes: add_bytes(); break;
      case Tokens::kGpt2: add_text(cache); break;
      case Tokens::kShards: add_shards(); break;
    }
    check_rows(training_, "to learn from");
    if (source.held_out > 0) check_rows(held_out_, "held out");
  }

  const Rows& part(TextPart part) const {
    return part == TextPart::kTraining ? training_ : held_out_;
  }
  std::int64_t vocabulary() const { return vocabulary_; }

 private:
  std::string_view map(const std::filesystem::path& path) {
    return files_.emplace_back(std::make_unique<MappedFile>(path))->bytes();
  }

  void add_split(const Numbers& numbers, std::size_t begin) {
    training_.add(stretch_of(numbers, 0, begin));
    held_out_.add(stretch_of(numbers, begin, count_of(numbers) - begin));
  }

  void add_bytes() {
    for (const auto& path : source_.files) {
      const std::string_view text = map(path);
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
      add_split(std::span(bytes, text.size()), held_out_begin(text, source_.held_out));
    }
    vocabulary_ = 256;
  }

  void add_text(const std::filesystem::path& cache) {
    const auto tokenizer = gpt2_tokenizer(source_.vocabulary);
    for (const auto& path : source_.files) {
      const TextShards shards =
          shards_of(path, source_.vocabulary, *tokenizer, source_.held_out, cache);
      training_.add(read_shard(map(shards.training), shards.training.string()));
      held_out_.add(read_shard(map(shards.held_out), shards.held_out.string()));
    }
    vocabulary_ = tokenizer->vocabulary();
  }

  void add_shards() {
    for (const auto& path : source_.files) {
      const Numbers numbers = read_shard(map(path), path.string());
      const auto count = static_cast<double>(count_of(numbers));
      add_split(numbers, static_cast<std::size_t>(count * (1 - source_.held_out)));
      vocabulary_ = std::max(vocabulary_, largest_in(numbers) + 1);
    }
  }

  void check_rows(const Rows& part, const char* what) const {
    if (part.rows() > 0) return;
    const std::string file = source_.files.empty() ? "text" : source_.files.front().string();
    throw InputError(Position{file}, fmt::format("too short: {} numbers {} in {} files, and a row "
                                                 "of sequence {} takes {} of one",
                                                 part.numbers(), what, source_.files.size(),
                                                 sequence_, sequence_ + 1));
  }

  const TextSource source_;
  const std::int64_t sequence_;
  std::vector<std::unique_ptr<const MappedFile>> files_;
  Rows training_;
  Rows held_out_;
  std::int64_t vocabulary_ = 0;
};

TokenText::TokenText(const TextSource& source, std::int64_t sequence,
                     const std::filesystem::path& cache)
    : impl_(std::make_unique<Impl>(source, sequence, cache)) {}
TokenText::~TokenText() = default;

std::int64_t TokenText::rows(TextPart part) const { return impl_->part(part).rows(); }
void TokenText::read(TextPart part, std::int64_t row, std::span<std::int64_t> out) const {
  impl_->part(part).read(row, out);
}
std::int64_t TokenText::vocabulary() const { return impl_->vocabulary(); }

}  // namespace tandem

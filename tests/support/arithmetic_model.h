// A language model that is nothing but arithmetic. As a transformer's keys and values do, what it
// leaves in a block follows from all that came before; the next token follows from everything in
// the blocks it is told to look at. One wrong block, and the text is another.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "executor/serve/language_model.h"
#include "sim/check/random.h"

namespace tandem {

class ArithmeticModel : public LanguageModel {
 public:
  struct Shape {
    std::uint32_t block_tokens = 4;
    std::int64_t blocks = 100;
    std::int64_t context = 200;
    std::int64_t vocabulary = 40;
  };
  explicit ArithmeticModel(const Shape& shape)
      : shape_(shape), memory_(static_cast<std::size_t>(shape.blocks) * shape.block_tokens) {}

  std::uint32_t block_tokens() const override { return shape_.block_tokens; }
  std::int64_t blocks() const override { return shape_.blocks; }
  std::int64_t context() const override { return shape_.context; }
  std::int64_t vocabulary() const override { return shape_.vocabulary; }

  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    // Who looks at what another part fills begins behind it.
    std::vector<const StepPart*> in_order;
    for (const StepPart& part : parts) in_order.push_back(&part);
    std::ranges::sort(in_order, {}, &StepPart::computed);
    for (const StepPart* part : in_order) {
      Slot before = part->computed == 0 ? 0 : slot(*part, part->computed - 1);
      for (std::size_t i = 0; i < part->tokens.size(); ++i) {
        before = mixed(before, part->tokens[i]);
        slot(*part, part->computed + i) = before;
      }
    }
    std::vector<GivenToken> given;
    for (const StepPart& part : parts) {
      if (part.sampling == nullptr) continue;
      std::uint64_t seen = 0;
      const std::size_t end = part.computed + part.tokens.size();
      for (std::size_t i = 0; i < end; ++i) seen = mixed(seen, slot(part, i));
      given.push_back(chosen(seen, part.generated, *part.sampling));
    }
    return given;
  }

  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) override {
    std::vector<std::byte> saved(blocks.size() * block_bytes());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      std::memcpy(saved.data() + i * block_bytes(), block(blocks[i]), block_bytes());
    }
    return saved;
  }
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) override {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      std::memcpy(block(blocks[i]), saved.data() + i * block_bytes(), block_bytes());
    }
  }

  /// What a request should be given, straight from its text, with all tokens up to its end.
  struct Answer {
    std::vector<TokenId> tokens;
    FinishReason reason = FinishReason::kLength;
  };
  Answer alone(const Generation& generation, std::span<const TokenId> end_tokens) const {
    Answer answer;
    Slot last = 0;
    std::uint64_t seen = 0;
    const auto add = [&](TokenId token) {
      last = mixed(last, token);
      seen = mixed(seen, last);
    };
    for (const TokenId token : generation.prompt) add(token);
    const Sampling& sampling = generation.sampling;
    const std::int64_t most = std::min<std::int64_t>(
        generation.max_tokens, shape_.context - std::ssize(generation.prompt));
    for (std::uint32_t generated = 0; generated < most; ++generated) {
      const TokenId token = chosen(seen, generated, sampling).token;
      const bool ends = std::ranges::find(end_tokens, token) != end_tokens.end();
      if (ends && !sampling.ignore_end && generated >= sampling.min_tokens) {
        answer.reason = FinishReason::kStop;
        return answer;
      }
      answer.tokens.push_back(token);
      add(token);
    }
    return answer;
  }

 private:
  using Slot = std::uint64_t;

  static std::uint64_t mixed(std::uint64_t one, std::uint64_t other) {
    return Random(one * 31 + other).next();
  }
  GivenToken chosen(std::uint64_t seen, std::uint32_t generated, const Sampling& sampling) const {
    Random random(seen ^ sampling.seed << 8U ^ generated);
    return {.token = random.below(static_cast<std::uint32_t>(shape_.vocabulary)),
            .logprob = 0,
            .alternatives = {}};
  }
  std::size_t block_bytes() const { return shape_.block_tokens * sizeof(Slot); }
  Slot* block(BlockNumber number) { return &memory_.at(std::size_t{number} * shape_.block_tokens); }
  Slot& slot(const StepPart& part, std::size_t position) {
    return block(part.blocks[position / shape_.block_tokens])[position % shape_.block_tokens];
  }

  Shape shape_;
  std::vector<Slot> memory_;
};

}  // namespace tandem

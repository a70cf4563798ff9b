#include "tests/unit/executor/infer/served_models.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "executor/train/random.h"

namespace tandem {

std::vector<Architecture> served_architectures() {
  Architecture gpt2 = small_gpt2();
  Architecture untied_gpt2 = small_gpt2();
  untied_gpt2.name = "untied-gpt2";
  untied_gpt2.tied = false;
  Architecture qwen2 = small_llama();
  qwen2.name = "qwen2";
  Architecture llama = small_llama();
  llama.name = "tied-llama";
  llama.tied = true;
  llama.biases = Biases::kNone;
  llama.kv_heads = 1;
  llama.rotary_base = 500;
  Architecture wide = small_llama();
  wide.name = "wide-llama";
  wide.hidden = 40;
  wide.heads = 6;
  wide.kv_heads = 3;
  wide.head_size = 48;
  wide.ffn = 52;
  wide.vocabulary = 70;
  return {gpt2, untied_gpt2, qwen2, llama, wide};
}

std::string name_of_served(const Architecture& model) {
  std::string name;
  for (const char c : model.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name;
}

ServedModelPair::ServedModelPair(const Architecture& architecture, std::int64_t block_tokens,
                                 Precision precision, int threads)
    : trained(architecture) {
  PagedModelOptions options;
  options.precision = precision;
  options.block_tokens = block_tokens;
  options.threads = threads;
  options.memory_bytes =
      cache_shape(architecture, precision, block_tokens).block_bytes() * (1600 / block_tokens);
  served = std::make_unique<PagedModel>(SmallWeights(trained), options);
}

std::vector<std::vector<double>> ServedModelPair::logprobs(std::span<const TokenId> tokens) {
  const at::NoGradGuard no_gradients;
  std::vector<std::int64_t> row(tokens.begin(), tokens.end());
  row.push_back(0);  // The target of the last, which nobody looks at.
  const at::Tensor logits =
      trained.transformer.logits(trained.transformer.hidden({}, batch_of({row})));
  const auto vocabulary = static_cast<std::size_t>(logits.size(1));
  const float* number = logits.data_ptr<float>();
  std::vector<std::vector<double>> all;
  for (std::size_t i = 0; i < tokens.size(); ++i, number += vocabulary) {
    auto& said = all.emplace_back(number, number + vocabulary);
    double sum = 0;
    for (const double logit : said) sum += std::exp(logit);
    for (double& logit : said) logit -= std::log(sum);
  }
  return all;
}

Sampling all_logprobs(std::int64_t vocabulary) {
  Sampling sampling;
  sampling.temperature = 0;
  sampling.logprobs = static_cast<std::int32_t>(vocabulary);
  return sampling;
}

std::vector<double> by_token(const GivenToken& given) {
  std::vector<double> all(given.alternatives.size());
  for (const TokenLogprob& each : given.alternatives) {
    all.at(each.token) = static_cast<double>(each.logprob);
  }
  return all;
}

std::vector<TokenId> random_text(std::uint64_t seed, std::int64_t count, std::int64_t vocabulary) {
  std::vector<TokenId> text;
  for (std::int64_t i = 0; i < count; ++i) {
    text.push_back(static_cast<TokenId>(random_bits(seed, static_cast<std::uint64_t>(i)) %
                                        static_cast<std::uint64_t>(vocabulary)));
  }
  return text;
}

std::vector<BlockNumber> shuffled_blocks(std::uint64_t seed, std::int64_t count) {
  std::vector<BlockNumber> blocks(static_cast<std::size_t>(count));
  std::iota(blocks.begin(), blocks.end(), 0U);
  std::ranges::sort(blocks, {}, [seed](BlockNumber block) { return random_bits(seed, block); });
  return blocks;
}

}  // namespace tandem

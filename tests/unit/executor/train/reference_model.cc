#include "tests/unit/executor/train/reference_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem {
namespace {

using Numbers = ReferenceModel::Numbers;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

Numbers sum(Numbers a, const Numbers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

double silu(double x) { return x / (1 + std::exp(-x)); }

}  // namespace

ReferenceModel::Rows ReferenceModel::embedded(const std::vector<std::int64_t>& tokens) const {
  const std::size_t hidden = size(model_.hidden);
  const Numbers& table = weight(gpt2() ? "transformer.wte.weight" : "model.embed_tokens.weight");
  Rows x(tokens.size(), Numbers(hidden));
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (std::size_t i = 0; i < hidden; ++i) {
      x[t][i] = table[size(tokens[t]) * hidden + i];
      if (gpt2()) x[t][i] += weight("transformer.wpe.weight")[t * hidden + i];
    }
  }
  return x;
}

Numbers ReferenceModel::normed(const Numbers& x, const std::string& name) const {
  const double n = static_cast<double>(x.size());
  double mean = 0;
  if (gpt2()) {
    for (const double v : x) mean += v / n;
  }
  double variance = 0;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  Numbers y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + model_.norm_epsilon) * weight(name + ".weight")[i];
    if (gpt2()) y[i] += weight(name + ".bias")[i];
  }
  return y;
}

Numbers ReferenceModel::multiplied(const Numbers& x, const std::string& name,
                                   std::size_t outputs) const {
  const Numbers& matrix = weight(name + ".weight");
  const auto bias = weights_.find(name + ".bias");
  Numbers y(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    if (bias != weights_.end()) y[o] = bias->second[o];
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[o] += x[i] * (gpt2() ? matrix[i * outputs + o] : matrix[o * x.size() + i]);
    }
  }
  return y;
}

ReferenceModel::Rows ReferenceModel::queries_keys_values(const Numbers& x,
                                                         const std::string& prefix) const {
  const std::size_t q = size(model_.query_width());
  const std::size_t kv = size(model_.kv_width());
  if (!gpt2()) {
    return {multiplied(x, prefix + "self_attn.q_proj", q),
            multiplied(x, prefix + "self_attn.k_proj", kv),
            multiplied(x, prefix + "self_attn.v_proj", kv)};
  }
  const Numbers all = multiplied(x, prefix + "attn.c_attn", q + 2 * kv);
  const auto part = [&](std::size_t from, std::size_t count) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
    return Numbers(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  return {part(0, q), part(q, kv), part(q + kv, kv)};
}

void ReferenceModel::rotate(Numbers& heads, std::size_t position) const {
  const std::size_t width = size(model_.head_size);
  const std::size_t half = width / 2;
  for (std::size_t head = 0; head < heads.size(); head += width) {
    for (std::size_t i = 0; i < half; ++i) {
      const double frequency =
          std::pow(model_.rotary_base, -2.0 * static_cast<double>(i) / static_cast<double>(width));
      const double angle = static_cast<double>(position) * frequency;
      const double a = heads[head + i];
      const double b = heads[head + i + half];
      heads[head + i] = a * std::cos(angle) - b * std::sin(angle);
      heads[head + i + half] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
}

void ReferenceModel::attend(Rows& x, const std::string& prefix) const {
  const std::size_t width = size(model_.head_size);
  const std::size_t group = size(model_.heads / model_.kv_heads);
  Rows queries, keys, values;
  for (std::size_t t = 0; t < x.size(); ++t) {
    const Numbers in = normed(x[t], prefix + (gpt2() ? "ln_1" : "input_layernorm"));
    Rows qkv = queries_keys_values(in, prefix);
    if (!gpt2()) {
      rotate(qkv[0], t);
      rotate(qkv[1], t);
    }
    queries.push_back(qkv[0]);
    keys.push_back(qkv[1]);
    values.push_back(qkv[2]);
  }
  for (std::size_t t = 0; t < x.size(); ++t) {
    Numbers out(size(model_.query_width()));
    for (std::size_t head = 0; head < size(model_.heads); ++head) {
      const std::size_t from = head * width;
      const std::size_t shared = head / group * width;
      Numbers scores(t + 1);
      for (std::size_t s = 0; s <= t; ++s) {
        for (std::size_t i = 0; i < width; ++i) {
          scores[s] += queries[t][from + i] * keys[s][shared + i];
        }
        scores[s] /= std::sqrt(static_cast<double>(width));
      }
      double total = 0;
      for (double& score : scores) total += (score = std::exp(score));
      for (std::size_t s = 0; s <= t; ++s) {
        for (std::size_t i = 0; i < width; ++i) {
          out[from + i] += scores[s] / total * values[s][shared + i];
        }
      }
    }
    const std::string projection = prefix + (gpt2() ? "attn.c_proj" : "self_attn.o_proj");
    x[t] = sum(x[t], multiplied(out, projection, x[t].size()));
  }
}

void ReferenceModel::feed_forward(Rows& x, const std::string& prefix) const {
  const std::size_t ffn = size(model_.ffn);
  for (Numbers& token : x) {
    const Numbers in = normed(token, prefix + (gpt2() ? "ln_2" : "post_attention_layernorm"));
    Numbers inner;
    if (gpt2()) {
      inner = multiplied(in, prefix + "mlp.c_fc", ffn);
      std::ranges::transform(inner, inner.begin(), gelu);
    } else {
      inner = multiplied(in, prefix + "mlp.gate_proj", ffn);
      const Numbers up = multiplied(in, prefix + "mlp.up_proj", ffn);
      for (std::size_t i = 0; i < ffn; ++i) inner[i] = silu(inner[i]) * up[i];
    }
    const std::string down = prefix + (gpt2() ? "mlp.c_proj" : "mlp.down_proj");
    token = sum(token, multiplied(inner, down, token.size()));
  }
}

std::vector<Numbers> ReferenceModel::logits(const std::vector<std::int64_t>& tokens) const {
  Rows x = embedded(tokens);
  for (std::int64_t layer = 0; layer < model_.layers; ++layer) {
    const std::string prefix =
        (gpt2() ? "transformer.h." : "model.layers.") + std::to_string(layer) + ".";
    attend(x, prefix);
    feed_forward(x, prefix);
  }
  const std::string tied = gpt2() ? "transformer.wte.weight" : "model.embed_tokens.weight";
  const Numbers& head = weight(model_.tied ? tied : "lm_head.weight");
  Rows all;
  for (const Numbers& token : x) {
    const Numbers in = normed(token, gpt2() ? "transformer.ln_f" : "model.norm");
    Numbers& out = all.emplace_back(size(model_.vocabulary));
    for (std::size_t v = 0; v < out.size(); ++v) {
      for (std::size_t i = 0; i < in.size(); ++i) out[v] += in[i] * head[v * in.size() + i];
    }
  }
  return all;
}

double ReferenceModel::loss(const std::vector<std::int64_t>& row) const {
  const std::vector<Numbers> all = logits({row.begin(), row.end() - 1});
  double loss = 0;
  for (std::size_t t = 0; t < all.size(); ++t) {
    double total = 0;
    for (const double logit : all[t]) total += std::exp(logit);
    loss += std::log(total) - all[t][size(row[t + 1])];
  }
  return loss;
}

}  // namespace tandem

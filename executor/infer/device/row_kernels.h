// What each token goes through by itself: embedding, norms, activations, and the choice of the
// likeliest token. As in the operators for processors sums are f32; `Number` is the type of weights
// and of what goes into matrix products.
//
// A kernel is a value: what it needs, how many teams it takes, and what one of them does.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "executor/infer/device/team.h"

namespace tandem {

/// Where a token of a step stands.
struct TokenPlace {
  std::int32_t token = 0;
  std::int32_t position = 0;  ///< In its request's text.
  std::int32_t block = 0;     ///< Of its keys and values.
  std::int32_t offset = 0;    ///< In the block.
};

/// stream = the embedding of each token, and of its position where those are learned.
template <class Number>
struct Embed {
  const Number* tokens = nullptr;    ///< [vocabulary, hidden]
  const float* positions = nullptr;  ///< [positions, hidden], or null.
  const TokenPlace* places = nullptr;
  std::int64_t rows = 0;
  std::int64_t hidden = 0;
  float* stream = nullptr;  ///< [rows, hidden]

  std::int64_t teams() const { return rows; }
  std::size_t shared_bytes() const { return 0; }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t row, std::byte*) const {
    const TokenPlace place = places[row];
    const Number* const token = tokens + place.token * hidden;
    divide(team, hidden, [&](std::int64_t i) {
      float number = static_cast<float>(token[i]);
      if (positions != nullptr) number += positions[place.position * hidden + i];
      stream[row * hidden + i] = number;
    });
  }
};

/// stream += delta + delta_bias, then normed = norm(stream) * weight + bias.
template <class Number>
struct AddAndNorm {
  float* stream = nullptr;            ///< [any, hidden]
  const Number* delta = nullptr;      ///< The same rows, or null: nothing is added.
  const float* delta_bias = nullptr;  ///< Or null.
  const float* weight = nullptr;
  const float* bias = nullptr;  ///< Null: an RMS norm, else a layer norm.
  float epsilon = 0;
  const std::int32_t* chosen = nullptr;  ///< The rows that are looked at; null: the first.
  std::int64_t rows = 0;
  std::int64_t hidden = 0;
  Number* normed = nullptr;  ///< [rows, hidden]

  std::int64_t teams() const { return rows; }
  std::size_t shared_bytes() const { return kTeamThreads * sizeof(float); }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t index, std::byte* memory) const {
    auto* const shared = reinterpret_cast<float*>(memory);
    const std::int64_t first = (chosen != nullptr ? chosen[index] : index) * hidden;
    float* const x = stream + first;
    // Every thread reads again what it has written itself.
    float sum = 0;
    divide(team, hidden, [&](std::int64_t i) {
      if (delta != nullptr) x[i] += static_cast<float>(delta[first + i]);
      if (delta_bias != nullptr) x[i] += delta_bias[i];
      sum += x[i];
    });
    const auto width = static_cast<float>(hidden);
    const float mean = bias != nullptr ? sum_of(team, sum, shared) / width : 0;
    float squares = 0;
    divide(team, hidden, [&](std::int64_t i) { squares += (x[i] - mean) * (x[i] - mean); });
    const float scale = 1 / std::sqrt(sum_of(team, squares, shared) / width + epsilon);
    divide(team, hidden, [&](std::int64_t i) {
      const float number = (x[i] - mean) * scale * weight[i] + (bias != nullptr ? bias[i] : 0);
      normed[index * hidden + i] = static_cast<Number>(number);
    });
  }
};

/// Of rows (gate | up): out = silu(gate) * up. Without a gate out = gelu(x + bias), in the form
/// with tanh (Hendrycks & Gimpel 2016).
template <class Number>
struct Activate {
  const Number* inner = nullptr;  ///< [rows, ffn], or [rows, 2 ffn] with a gate.
  const float* bias = nullptr;    ///< Of the rows, or null.
  bool gated = false;
  std::int64_t rows = 0;
  std::int64_t ffn = 0;
  Number* out = nullptr;  ///< [rows, ffn]

  std::int64_t teams() const { return rows * pieces(); }
  std::size_t shared_bytes() const { return 0; }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t index, std::byte*) const {
    const std::int64_t row = index / pieces();
    const std::int64_t first = index % pieces() * kPiece;
    const std::int64_t count = ffn - first < kPiece ? ffn - first : kPiece;
    divide(team, count, [&](std::int64_t i) {
      const std::int64_t column = first + i;
      const float number =
          gated ? silu(at(row, column)) * at(row, ffn + column) : gelu(at(row, column));
      out[row * ffn + column] = static_cast<Number>(number);
    });
  }

 private:
  static constexpr std::int64_t kPiece = 1024;  ///< Of a row, for one team.

  TANDEM_KERNEL static float silu(float x) { return x / (1 + std::exp(-x)); }
  TANDEM_KERNEL static float gelu(float x) {
    constexpr float kTwice = 1.59576912F;  // 2 sqrt(2 / pi)
    return x / (1 + std::exp(-kTwice * (x + 0.044715F * x * x * x)));
  }
  TANDEM_KERNEL float at(std::int64_t row, std::int64_t column) const {
    const float number = static_cast<float>(inner[row * (gated ? 2 * ffn : ffn) + column]);
    return bias != nullptr ? number + bias[column] : number;
  }
  TANDEM_BOTH std::int64_t pieces() const { return (ffn + kPiece - 1) / kPiece; }
};

/// Of each row of logits the largest, and the first token that has it; what is no number is passed
/// over, and where nothing is left it is minus infinity.
struct Likeliest {
  const float* logits = nullptr;  ///< [rows, vocabulary]
  std::int64_t rows = 0;
  std::int64_t vocabulary = 0;
  std::int32_t* tokens = nullptr;  ///< [rows]
  float* most = nullptr;           ///< [rows]

  std::int64_t teams() const { return rows; }
  std::size_t shared_bytes() const { return kTeamThreads * sizeof(Found); }

  template <class Team>
  TANDEM_KERNEL void operator()(const Team& team, std::int64_t row, std::byte* memory) const {
    auto* const shared = reinterpret_cast<Found*>(memory);
    Found found{kNothing, 0};
    divide(team, vocabulary, [&](std::int64_t i) {
      const float logit = logits[row * vocabulary + i];
      if (logit > found.logit) found = {logit, static_cast<std::int32_t>(i)};
    });
    shared[team.thread()] = found;
    team.meet();
    for (int half = team.threads() / 2; half > 0; half /= 2) {
      if (team.thread() < half) {
        const Found other = shared[team.thread() + half];
        if (other.is_before(shared[team.thread()])) shared[team.thread()] = other;
      }
      team.meet();
    }
    if (team.thread() > 0) return;
    tokens[row] = shared[0].token;
    most[row] = shared[0].logit;
  }

 private:
  struct Found {
    float logit;
    std::int32_t token;
    TANDEM_KERNEL bool is_before(const Found& other) const {
      return logit > other.logit || (logit == other.logit && token < other.token);
    }
  };
};

}  // namespace tandem

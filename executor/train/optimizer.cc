#include "executor/train/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <numeric>

#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Numbers that are summed, or updated, by one thread at a time.
constexpr std::int64_t kChunk = 1 << 16;

struct AdamwStep {
  float beta1, beta2, epsilon;
  float rate;
  float decay;  ///< What weights are multiplied with.
  float gradient_factor;
  float correction1, correction2;  ///< One over 1 - beta^step.
};

TANDEM_VECTORISED void adamw(const AdamwStep& step, float* weights, const float* gradients,
                             float* first, float* second, std::int64_t n) {
  const float rest1 = 1 - step.beta1;
  const float rest2 = 1 - step.beta2;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float gradient = gradients[i] * step.gradient_factor;
    first[i] = step.beta1 * first[i] + rest1 * gradient;
    second[i] = step.beta2 * second[i] + rest2 * gradient * gradient;
    const float length = __builtin_sqrtf(second[i] * step.correction2) + step.epsilon;
    weights[i] = weights[i] * step.decay - step.rate * (first[i] * step.correction1) / length;
  }
}

TANDEM_VECTORISED double squares(const float* numbers, std::int64_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    sum += static_cast<double>(numbers[i]) * static_cast<double>(numbers[i]);
  }
  return sum;
}

double squares_of(const float* numbers, std::int64_t count) {
  std::vector<double> sums(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  at::parallel_for(0, std::ssize(sums), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      sums[static_cast<std::size_t>(i)] =
          squares(numbers + i * kChunk, std::min(kChunk, count - i * kChunk));
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::int64_t total(const std::vector<NumberRange>& ranges) {
  std::int64_t sum = 0;
  for (const NumberRange& range : ranges) sum += range.count;
  return sum;
}

}  // namespace

Optimizer::Optimizer(const Recipe& recipe, FlatParameters& parameters,
                     std::vector<NumberRange> owned)
    : recipe_(recipe), parameters_(parameters), owned_(std::move(owned)) {
  first_ = at::zeros({total(owned_)}, parameters_.master().options());
  second_ = at::zeros({total(owned_)}, parameters_.master().options());
}

double Optimizer::gradient_squares(const std::function<bool(const Slot&)>& counts) const {
  const float* const gradients = parameters_.gradients().data_ptr<float>();
  double sum = 0;
  for (const NumberRange& range : owned_) {
    for_slots_in(parameters_.slots(), range, [&](const Slot& slot, const NumberRange& part) {
      if (counts(slot)) sum += squares_of(gradients + part.begin, part.count);
    });
  }
  return sum;
}

void Optimizer::update(std::int64_t step, double learning_rate, double gradient_factor) {
  const auto correction = [step](double beta) {
    return static_cast<float>(1 / (1 - std::pow(beta, static_cast<double>(step))));
  };
  AdamwStep now{static_cast<float>(recipe_.beta1),
                static_cast<float>(recipe_.beta2),
                static_cast<float>(recipe_.epsilon),
                static_cast<float>(learning_rate),
                1,
                static_cast<float>(gradient_factor),
                correction(recipe_.beta1),
                correction(recipe_.beta2)};
  std::int64_t behind = 0;  // Of the moments, those of ranges before this one.
  for (const NumberRange& range : owned_) {
    const std::int64_t shift = behind - range.begin;
    for_slots_in(parameters_.slots(), range, [&](const Slot& slot, const NumberRange& part) {
      const double decay = slot.decays ? recipe_.weight_decay : 0;
      now.decay = static_cast<float>(1 - learning_rate * decay);
      at::parallel_for(part.begin, part.begin + part.count, kChunk, [&](auto begin, auto end) {
        adamw(now, parameters_.master().data_ptr<float>() + begin,
              parameters_.gradients().data_ptr<float>() + begin,
              first_.data_ptr<float>() + begin + shift, second_.data_ptr<float>() + begin + shift,
              end - begin);
      });
    });
    behind += range.count;
  }
}

Moments Optimizer::moments() const {
  if (owns_all()) return {first_, second_};
  Moments whole{at::zeros_like(parameters_.master()), at::zeros_like(parameters_.master())};
  std::int64_t behind = 0;
  for (const NumberRange& range : owned_) {
    const auto copy = [&](at::Tensor& to, const at::Tensor& from) {
      to.narrow(0, range.begin, range.count).copy_(from.narrow(0, behind, range.count));
    };
    copy(whole.first, first_);
    copy(whole.second, second_);
    behind += range.count;
  }
  return whole;
}

void Optimizer::take(const Moments& moments) {
  if (moments.first.is_same(first_)) return;
  std::int64_t behind = 0;
  for (const NumberRange& range : owned_) {
    const auto copy = [&](at::Tensor& to, const at::Tensor& from) {
      to.narrow(0, behind, range.count).copy_(from.narrow(0, range.begin, range.count));
    };
    copy(first_, moments.first);
    copy(second_, moments.second);
    behind += range.count;
  }
}

double clip_factor(double gradient_norm, double clip) {
  return clip > 0 && gradient_norm > clip ? clip / gradient_norm : 1;
}

}  // namespace tandem

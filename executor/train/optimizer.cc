#include "executor/train/optimizer.h"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "executor/train/operators/adamw.h"

namespace tandem {
namespace {

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
  const at::Tensor& gradients = parameters_.gradients();
  std::vector<at::Tensor> parts;
  for (const NumberRange& range : owned_) {
    for_slots_in(parameters_.slots(), range, [&](const Slot& slot, const NumberRange& part) {
      if (counts(slot)) parts.push_back(gradients.narrow(0, part.begin, part.count));
    });
  }
  return squares(parts);
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
      const auto part_of = [&](const at::Tensor& flat, std::int64_t begin) {
        return flat.narrow(0, begin, part.count);
      };
      adamw(now, part_of(parameters_.master(), part.begin),
            part_of(parameters_.gradients(), part.begin), part_of(first_, part.begin + shift),
            part_of(second_, part.begin + shift));
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

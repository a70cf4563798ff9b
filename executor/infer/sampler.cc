#include "executor/infer/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "executor/infer/logit_loops.h"
#include "executor/train/random.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Maxima that the likeliest are looked for among: so many runs are a few cache lines each.
constexpr std::size_t kRuns = 2048;
/// After so many a range of logits has few of a flat distribution's tokens, and a pass over all is
/// as dear as sorting those.
constexpr int kHalvings = 14;
constexpr std::uint64_t kDraws = 0x73616D706C65;  // What the seed is used for.

bool likelier(const Candidate& a, const Candidate& b) {
  return (a.logit > b.logit) | ((a.logit == b.logit) & (a.token < b.token));
}

/// Puts those likelier than a pivot before it, the others behind; returns its place. Without
/// branches, which would be foretold wrong half of the time.
std::size_t partition(std::vector<Candidate>& all, std::size_t begin, std::size_t end) {
  Candidate* const first = &all[begin];
  Candidate* const middle = &all[begin + (end - begin) / 2];
  Candidate* const last = &all[end - 1];
  // The median of three to the end.
  if (likelier(*middle, *first)) std::swap(*first, *middle);
  if (likelier(*last, *first)) std::swap(*first, *last);
  if (likelier(*middle, *last)) std::swap(*middle, *last);
  const Candidate pivot = *last;
  Candidate* place = first;
  for (Candidate* each = first; each != last; ++each) {
    const Candidate candidate = *each;
    *each = *place;
    *place = candidate;
    place += likelier(candidate, pivot) ? 1 : 0;
  }
  std::swap(*place, *last);
  return static_cast<std::size_t>(place - all.data());
}

double weight_of(std::span<const Candidate> candidates) {
  double sum = 0;
  for (const Candidate& candidate : candidates) sum += static_cast<double>(candidate.weight);
  return sum;
}

/// In [0, 1): what the seed says of a request's token.
double share_of(std::uint64_t seed, std::uint32_t generated) {
  return static_cast<double>(random_bits(subkey(seed, kDraws), generated) >> 11) * 0x1p-53;
}

/// Where the weights of `count` places from 0 on add up to more than `weight`; never a place
/// without any, however sums were rounded.
template <class WeightOf>
std::size_t place_at(double weight, std::size_t count, WeightOf weight_of_place) {
  std::size_t place = 0;
  while (place + 1 < count && (weight -= static_cast<double>(weight_of_place(place))) >= 0) ++place;
  while (place > 0 && weight_of_place(place) <= 0) --place;
  return place;
}

}  // namespace

void require_numbers(double of) {
  if (!std::isfinite(of)) {
    throw std::runtime_error(
        "the model computed what is no number: its weights are damaged, or too large for the "
        "precision it is served with");
  }
}

void keep_likeliest(std::vector<Candidate>& candidates, double budget) {
  // Before `begin` are those that are kept, from `end` on those that are not.
  std::size_t begin = 0;
  std::size_t end = candidates.size();
  while (end - begin > 1) {
    const std::size_t pivot = partition(candidates, begin, end);
    const double before = weight_of(std::span(candidates).subspan(begin, pivot - begin));
    if (before >= budget && pivot > begin) {
      end = pivot;
      continue;
    }
    budget -= before + static_cast<double>(candidates[pivot].weight);
    begin = pivot + 1;
    if (budget <= 0) end = begin;
  }
  candidates.resize(end);
}

Sampler::Sampler(std::int64_t vocabulary, std::optional<TokenId> end)
    : end_(end),
      maxima_(kRuns),
      weights_(static_cast<std::size_t>(vocabulary)),
      sums_((weights_.size() + kSumRun - 1) / kSumRun) {}

GivenToken Sampler::choose(std::span<float> logits, const Sampling& how, std::uint32_t generated) {
  GivenToken given;
  const bool tells = how.logprobs >= 0;
  const double sum = tells ? log_sum(logits) : 0;
  if (how.logprobs > 0) given.alternatives = alternatives(logits, how.logprobs, sum);
  if (end_ && generated < how.min_tokens && !how.ignore_end) {
    logits[*end_] = -std::numeric_limits<float>::infinity();
  }
  if (how.temperature > 0) {
    given.token = drawn(logits, how, share_of(how.seed, generated));
  } else {
    const float most = largest(logits);
    require_numbers(static_cast<double>(most));
    given.token = static_cast<TokenId>(place_of(logits, most));
  }
  if (tells) given.logprob = static_cast<float>(static_cast<double>(logits[given.token]) - sum);
  return given;
}

double Sampler::log_sum(std::span<const float> logits) {
  const float most = largest(logits);
  const double sum = exponentials(logits, most, 1, weights_, sums_);
  require_numbers(sum);
  return static_cast<double>(most) + std::log(sum);
}

std::vector<TokenLogprob> Sampler::alternatives(std::span<const float> logits, std::int32_t count,
                                                double log_sum) {
  gather(logits, static_cast<std::size_t>(count));
  keep_likeliest(candidates_, count);
  std::ranges::sort(candidates_, likelier);
  std::vector<TokenLogprob> all;
  for (const Candidate& candidate : candidates_) {
    all.push_back(
        {candidate.token, static_cast<float>(static_cast<double>(candidate.logit) - log_sum)});
  }
  return all;
}

void Sampler::gather(std::span<const float> logits, std::size_t count) {
  // As many logits as there are runs with such a maximum are at least the count-th of the maxima.
  float floor = -std::numeric_limits<float>::infinity();
  if (count <= kRuns) {
    largest_of_runs(logits, maxima_);
    const auto nth = maxima_.begin() + static_cast<std::ptrdiff_t>(count) - 1;
    std::ranges::nth_element(maxima_, nth, std::greater<>());
    floor = *nth;
  }
  candidates_.clear();
  for (std::size_t token = 0; token < logits.size(); ++token) {
    if (logits[token] >= floor) candidates_.push_back({logits[token], static_cast<TokenId>(token)});
  }
}

TokenId Sampler::last_within(std::span<const float> logits, double budget, float most,
                             float reach) {
  // From `low` on there is enough, from `high` on too little: `above`.
  float low = most - reach;
  float high = most;
  double above = weight_from(logits, weights_, high);
  if (above >= budget) {
    low = most;
    high = std::numeric_limits<float>::infinity();
    above = 0;
  }
  for (int i = 0; i < kHalvings && high <= most; ++i) {
    const float middle = low + (high - low) / 2;
    const double from = weight_from(logits, weights_, middle);
    if (from >= budget) {
      low = middle;
    } else {
      high = middle;
      above = from;
    }
  }
  candidates_.clear();
  for (std::size_t token = 0; token < logits.size(); ++token) {
    if (logits[token] >= low && logits[token] < high) {
      candidates_.push_back({logits[token], static_cast<TokenId>(token), weights_[token]});
    }
  }
  keep_likeliest(candidates_, budget - above);
  return std::ranges::max_element(candidates_, likelier)->token;
}

TokenId Sampler::drawn(std::span<const float> logits, const Sampling& how, double share) {
  const float most = largest(logits);
  require_numbers(static_cast<double>(most));
  // Beyond these only the likeliest have weight, or all have the same.
  const auto factor = static_cast<float>(std::clamp(1 / how.temperature, 1e-30, 1e30));
  if (how.top_k > 0 && static_cast<std::size_t>(how.top_k) < logits.size()) {
    return drawn_from_top(logits, how, share, most, factor);
  }
  double all = exponentials(logits, most, factor, weights_, sums_);
  require_numbers(all);
  if (how.top_p < 1) {
    constexpr float kWeightless = 88;  // Of exponents, see exponential().
    const TokenId last = last_within(logits, how.top_p * all, most, kWeightless / factor);
    all = cut_behind(logits, last, weights_, sums_);
  }
  return drawn_from_all(share * all);
}

TokenId Sampler::drawn_from_top(std::span<const float> logits, const Sampling& how, double share,
                                float most, float factor) {
  gather(logits, static_cast<std::size_t>(how.top_k));
  keep_likeliest(candidates_, how.top_k);
  for (Candidate& candidate : candidates_) {
    candidate.weight = exponential((candidate.logit - most) * factor);
  }
  if (how.top_p < 1) keep_likeliest(candidates_, how.top_p * weight_of(candidates_));
  const double all = weight_of(candidates_);
  require_numbers(all);
  const std::size_t place = place_at(share * all, candidates_.size(),
                                     [this](std::size_t i) { return candidates_[i].weight; });
  return candidates_[place].token;
}

TokenId Sampler::drawn_from_all(double weight) const {
  std::size_t run = 0;
  while (run + 1 < sums_.size() && weight >= sums_[run]) weight -= sums_[run++];
  while (run > 0 && sums_[run] <= 0) --run;
  const std::size_t first = run * kSumRun;
  const std::size_t place = place_at(weight, std::min(kSumRun, weights_.size() - first),
                                     [&](std::size_t i) { return weights_[first + i]; });
  return static_cast<TokenId>(first + place);
}

}  // namespace tandem

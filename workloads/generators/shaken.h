// Input shaking: what was recorded, each arrival a little sooner or later, so that one trace
// becomes as many as there are seeds.
//
// A simulated mean over one trace can hang on coincidences of that trace. Tsafrir, Ouaknine and
// Feitelson, "Reducing Performance Evaluation Sensitivity and Variability by Input Shaking"
// (MASCOTS 2007): repeat it under small random changes of the input.
#pragma once

#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "policies/core/units.h"
#include "workloads/generators/random.h"

namespace tandem {

/// The longest way an arrival moves: so many mean gaps of `count` arrivals, the last at `end`.
inline Duration shake_of(double gaps, Time end, std::uint64_t count) {
  if (count < 2) return Duration::zero();
  const auto length = static_cast<double>((end - kStartOfTime).count());
  return Duration{std::llround(gaps * length / static_cast<double>(count - 1))};
}

/// Moves each of a stream of things that come in order by up to `shake`, either way, but not before
/// the start of time, and gives them in their new order; those that meet keep their old one. Holds
/// only what may still be overtaken. `Coming` tells when a thing comes.
template <class Thing, class Coming>
class Shaken {
 public:
  Shaken(std::function<std::optional<Thing>()> source, Duration shake, Stream stream)
      : source_(std::move(source)), shake_(shake), stream_(std::move(stream)) {
    following_ = source_();
  }

  std::optional<std::pair<Time, Thing>> next() {
    while (following_ && (waiting_.empty() || may_overtake(Coming{}(*following_)))) take();
    if (waiting_.empty()) return std::nullopt;
    // The top is const only for the sake of its place, which it is about to lose.
    Moved top = std::move(const_cast<Moved&>(waiting_.top()));
    waiting_.pop();
    return std::pair(top.time, std::move(top.thing));
  }

 private:
  struct Moved {
    Time time;
    std::uint64_t place;
    Thing thing;
    bool operator>(const Moved& other) const {
      return std::pair(time, place) > std::pair(other.time, other.place);
    }
  };

  bool may_overtake(Time coming) const { return coming - shake_ < waiting_.top().time; }

  void take() {
    const double way = 2 * boost::random::uniform_01<double>()(stream_) - 1;
    const Duration moved{std::llround(way * static_cast<double>(shake_.count()))};
    const Time time = std::max(kStartOfTime, Coming{}(*following_) + moved);
    waiting_.push({time, taken_++, std::move(*following_)});
    following_ = source_();
  }

  std::function<std::optional<Thing>()> source_;
  Duration shake_;
  Stream stream_;
  std::optional<Thing> following_;
  std::priority_queue<Moved, std::vector<Moved>, std::greater<>> waiting_;
  std::uint64_t taken_ = 0;
};

}  // namespace tandem

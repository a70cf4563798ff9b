#include "executor/worker/measure_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "executor/worker/engine_probe.h"
#include "executor/worker/rehearsal.h"
#include "workloads/perf/serving/curve.h"
#include "workloads/perf/serving/measured_cost.h"

namespace tandem {
namespace {

using Points = MeasuredEngine::Points;

/// Tokens of a decoding request with little to look back at.
constexpr std::int64_t kShort = 16;

double real(std::int64_t number) { return static_cast<double>(number); }

/// Not the median: what now and then holds up a step does so in real runs, too.
double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// So many tokens are measured each by itself: what few requests decode, at every step.
constexpr std::int64_t kEach = 16;

/// Powers of two and `last`.
std::vector<std::int64_t> doublings(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> all;
  for (std::int64_t at = first; at < last; at *= 2) all.push_back(at);
  if (last >= first) all.push_back(last);
  return all;
}

/// Numbers around `middle` which leave all remainders by 8, for products go by tiles of rows: what
/// a step takes rises in stairs, and a power of two is where a stair ends.
std::vector<std::int64_t> around(std::int64_t middle) {
  const std::int64_t stride = (middle / 64) | 1;
  std::vector<std::int64_t> all;
  for (std::int64_t i = -4; i < 4; ++i) all.push_back(middle + i * stride);
  return all;
}

/// Groups of numbers of tokens; a curve has a point for each, the mean of the group.
std::vector<std::vector<std::int64_t>> token_groups(std::int64_t most) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::int64_t tokens = 1; tokens <= std::min(kEach, most); ++tokens) {
    groups.push_back({tokens});
  }
  for (std::int64_t middle = 2 * kEach; middle < most; middle *= 2)
    groups.push_back(around(middle));
  if (most > kEach) groups.push_back({most});
  return groups;
}

class Measuring {
 public:
  Measuring(LanguageModel& model, const ServingSpec& spec, const EngineDriver::Clock& clock,
            const EngineMeasurement& how)
      : model_(model), clock_(clock), probe_(model, clock, how.least), spec_(spec), how_(how) {}

  MeasuredEngine run() {
    choose();
    for (int pass = 0; pass < how_.passes; ++pass) {
      for (auto& [parts, seconds] : steps_) seconds.push_back(probe_.step_s(parts));
      for (auto& [users, rehearsed] : rehearsals_) {
        rehearsed.rehearsal->play(how_.rehearsal, rehearsed.turns);
      }
      for (int i = 0; pausing_ && i < how_.pauses; ++i) {
        after_pauses_.push_back(pausing_->first_after(how_.pause));
      }
    }
    MeasuredEngine engine;
    engine.model = spec_.model.name;
    engine.precision = spec_.deployment.precision;
    engine.pairs = pairs();
    engine.context = context();
    engine.tokens = tokens(engine);
    engine.sampled = sampled(engine);
    set_band(engine);
    scale(engine, rehearsed_level(engine));
    add_turns(engine);
    engine.after_pause = after_pause(engine);
    return engine;
  }

 private:
  using Batch = std::vector<AlikeParts>;

  /// Prompts without sampling, of so many tokens together.
  AlikeParts prompts(std::int64_t tokens) const {
    const std::int64_t requests = (tokens + probe_.longest() - 1) / probe_.longest();
    return {requests, tokens / requests, 0, false};
  }
  static AlikeParts decoding(std::int64_t requests, std::int64_t known) {
    return {requests, 1, known, true};
  }
  AlikeParts chunk(std::int64_t tokens) const {
    return {1, tokens, probe_.longest() - tokens, false};
  }
  /// The longest context that so many requests can have at one time.
  std::int64_t long_context(std::int64_t requests) const {
    std::int64_t known = probe_.longest() - 1;
    for (AlikeParts parts = decoding(requests, known); known > kShort && !probe_.fits({&parts, 1});
         parts = decoding(requests, known)) {
      known /= 2;
    }
    return known;
  }

  /// Whether to time it; one step, in which caches get warm, is made at once.
  bool add(Batch batch) {
    if (!probe_.fits(batch)) return false;
    if (steps_.contains(batch)) return true;
    if (of_seconds(probe_.step_s(batch)) > how_.longest_step) return false;
    steps_.emplace(std::move(batch), std::vector<double>());
    return true;
  }
  static Duration of_seconds(double seconds) {
    return Duration{static_cast<std::int64_t>(seconds * 1e9)};
  }

  void choose() {
    for (const std::vector<std::int64_t>& group : token_groups(spec_.engine.batch_tokens)) {
      if (!std::ranges::all_of(group, [this](std::int64_t n) { return add({prompts(n)}); })) break;
      token_groups_.push_back(group);
    }
    for (const std::int64_t tokens : doublings(kShort, spec_.engine.batch_tokens)) {
      if (2 * tokens > probe_.longest()) break;
      if (!add({chunk(tokens)}) || !add({prompts(tokens)})) break;
      chunks_.push_back(tokens);
    }
    for (std::int64_t n = 1; n <= std::min(kEach, spec_.engine.max_sequences); ++n) {
      if (add({decoding(n, kShort)})) decoding_.insert(n);
    }
    for (const std::int64_t requests : doublings(1, spec_.engine.max_sequences)) {
      if (!add({decoding(requests, kShort)})) break;
      decoding_.insert(requests);
      rehearsals_[requests].rehearsal =
          std::make_unique<Rehearsal>(model_, spec_, clock_, requests);
      if (long_context(requests) >= 4 * kShort) add({decoding(requests, long_context(requests))});
    }
    if (!rehearsals_.empty()) pausing_ = std::make_unique<Rehearsal>(model_, spec_, clock_, 0);
    for (const std::int64_t requests : doublings(1, std::min(32L, spec_.engine.max_sequences))) {
      for (const std::int64_t tokens : chunks_) {
        const Batch batch{decoding(requests, long_context(2 * requests)),
                          {1, tokens, probe_.longest() / 2 - tokens, true}};
        if (tokens + requests <= spec_.engine.batch_tokens && add(batch)) mixed_.push_back(batch);
      }
    }
  }

  double seconds(const Batch& batch) const { return mean_of(steps_.at(batch)); }

  Points pairs() const {
    Points points;
    for (const std::int64_t tokens : chunks_) {
      const AlikeParts behind = chunk(tokens);
      const double more = seconds({behind}) - seconds({prompts(tokens)});
      points.push_back({real(tokens), std::max(0.0, more / real(behind.tokens * behind.known))});
    }
    return points;
  }

  Points context() const {
    Points points;
    for (const auto& [requests, rehearsed] : rehearsals_) {
      const std::int64_t known = long_context(requests);
      if (!steps_.contains({decoding(requests, known)}) || known < 4 * kShort) continue;
      const double more =
          seconds({decoding(requests, known)}) - seconds({decoding(requests, kShort)});
      points.push_back({real(requests), std::max(0.0, more / real(requests * (known - kShort)))});
    }
    return points;
  }

  Points tokens(const MeasuredEngine& engine) const {
    MeasuredEngine attention = engine;
    attention.tokens = {{0, 0}};
    const MeasuredCost cost(attention, "");
    Points points;
    for (const std::vector<std::int64_t>& group : token_groups_) {
      std::vector<double> at, rest;
      for (const std::int64_t tokens : group) {
        const Batch batch{prompts(tokens)};
        at.push_back(real(batch[0].requests * batch[0].tokens));
        rest.push_back(seconds(batch) - predicted(cost, batch));
      }
      points.push_back({mean_of(at), std::max(0.0, mean_of(rest))});
    }
    return points;
  }

  Points sampled(const MeasuredEngine& engine) const {
    const MeasuredCost cost(engine, "");
    Points points;
    for (const std::int64_t requests : decoding_) {
      const Batch batch{decoding(requests, kShort)};
      const double more = seconds(batch) - predicted(cost, batch);
      points.push_back({real(requests), std::max(0.0, more)});
    }
    return points;
  }

  void set_band(MeasuredEngine& engine) const {
    const MeasuredCost cost(engine, "");
    std::vector<double> ratios;
    for (const Batch& batch : mixed_) ratios.push_back(seconds(batch) / predicted(cost, batch));
    if (ratios.empty()) return;
    std::ranges::sort(ratios);
    const auto out = static_cast<std::size_t>(std::ssize(ratios) / 20);  // On either side.
    engine.band_low = ratios[out];
    engine.band_high = ratios[ratios.size() - 1 - out];
  }

  /// What steps took among each other, over what the curves say of them.
  double rehearsed_level(const MeasuredEngine& engine) const {
    const MeasuredCost cost(engine, "");
    double took = 0, said = 0;
    for (const auto& [users, rehearsed] : rehearsals_) {
      for (const RehearsedTurn& turn : rehearsed.turns) {
        took += turn.compute_s;
        said += seconds_of(cost, turn.shape);
      }
    }
    return said > 0 ? took / said : 1;
  }

  static void scale(MeasuredEngine& engine, double factor) {
    for (Points* points : {&engine.tokens, &engine.sampled, &engine.context, &engine.pairs}) {
      for (auto& [at, seconds] : *points) seconds *= factor;
    }
  }

  /// What a turn takes besides computing.
  void add_turns(MeasuredEngine& engine) const {
    std::vector<double> users, besides;
    for (const auto& [count, rehearsed] : rehearsals_) {
      std::vector<double> of_turns;
      for (const RehearsedTurn& turn : rehearsed.turns) {
        of_turns.push_back(turn.turn_s - turn.compute_s);
      }
      users.push_back(real(count));
      besides.push_back(mean_of(of_turns));
    }
    if (users.empty()) return;
    const Curve turn(users, besides);
    for (auto& [requests, seconds] : engine.sampled) seconds += turn.at(requests);
  }

  /// One point: what such steps differ by themselves hides what it owes to their tokens.
  Points after_pause(const MeasuredEngine& engine) const {
    if (after_pauses_.empty()) return {};
    const MeasuredCost cost(engine, "");
    std::vector<double> tokens, more;
    for (const RehearsedTurn& turn : after_pauses_) {
      tokens.push_back(real(turn.shape.prefill_tokens));
      more.push_back(turn.turn_s - seconds_of(cost, turn.shape));
    }
    return {{mean_of(tokens), std::max(0.0, mean_of(more))}};
  }

  static double seconds_of(const StepCost& cost, const BatchShape& shape) {
    return static_cast<double>(cost.line(shape).at(shape.decode_context)) * 1e-12;
  }

  static double predicted(const StepCost& cost, const Batch& batch) {
    BatchShape shape;
    for (const auto& [requests, tokens, known, sampled] : batch) {
      if (tokens == 1 && sampled) {
        shape.decode_requests += requests;
        shape.decode_context += requests * (known + 1);
      } else {
        shape.prefill_requests += requests;
        shape.prefill_tokens += requests * tokens;
        shape.prefill_pairs += requests * (tokens * known + tokens * (tokens + 1) / 2);
      }
      shape.sampled += sampled ? requests : 0;
    }
    return seconds_of(cost, shape);
  }

  struct Rehearsed {
    std::unique_ptr<Rehearsal> rehearsal;
    std::vector<RehearsedTurn> turns;
  };

  LanguageModel& model_;
  const EngineDriver::Clock& clock_;
  EngineProbe probe_;
  const ServingSpec& spec_;
  const EngineMeasurement how_;
  std::vector<std::vector<std::int64_t>> token_groups_;
  std::vector<std::int64_t> chunks_;
  std::set<std::int64_t> decoding_;  ///< Requests.
  std::vector<Batch> mixed_;
  std::map<Batch, std::vector<double>> steps_;
  std::map<std::int64_t, Rehearsed> rehearsals_;  ///< By users.
  std::unique_ptr<Rehearsal> pausing_;
  std::vector<RehearsedTurn> after_pauses_;
};

}  // namespace

MeasuredEngine measure_engine(LanguageModel& model, const ServingSpec& spec,
                              const EngineDriver::Clock& clock, const EngineMeasurement& how) {
  return Measuring(model, spec, clock, how).run();
}

nlohmann::ordered_json to_json(const MeasuredEngine& engine) {
  const auto points = [](const Points& all) {
    auto json = nlohmann::ordered_json::array();
    for (const auto& [at, seconds] : all) json.push_back({{"at", at}, {"seconds", seconds}});
    return json;
  };
  return {{"model", engine.model},
          {"precision", name_of(engine.precision)},
          {"start", fmt::format("{:.4f} s", to_seconds(engine.start))},
          {"tokens", points(engine.tokens)},
          {"sampled", points(engine.sampled)},
          {"context", points(engine.context)},
          {"pairs", points(engine.pairs)},
          {"after_pause", points(engine.after_pause)},
          {"band_low", engine.band_low},
          {"band_high", engine.band_high}};
}

}  // namespace tandem

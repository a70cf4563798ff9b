#include "executor/control/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace tandem {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace

Calibration::Calibration(Workers& workers, RealGangs& gangs, const RunClock& clock,
                         std::size_t devices, std::filesystem::path folder, Settings settings)
    : workers_(workers),
      gangs_(gangs),
      clock_(clock),
      devices_(devices),
      folder_(std::move(folder)),
      settings_(settings) {}

void Calibration::attend() {
  std::vector<zmq_pollitem_t> items;
  workers_.add_to(items);
  constexpr long kPollMs = 100;
  zmq_poll(items.data(), static_cast<int>(items.size()), kPollMs);
  gangs_.attend(workers_.attend(), clock_.now(), events_);
}

template <class E>
double Calibration::seconds_until(const std::function<void()>& begin) {
  const Time begun = clock_.now();
  begin();
  std::vector<double> seconds;
  while (seconds.size() < copies_.size()) {
    attend();
    for (const Event& event : std::exchange(events_, {})) {
      if (!std::holds_alternative<E>(event)) {
        throw std::runtime_error(fmt::format("a gang of {} broke while it was measured: {}",
                                             spec_.model.name, gangs_.last_trouble(copies_[0])));
      }
      seconds.push_back(to_seconds(clock_.now() - begun));
    }
  }
  return mean_of(seconds);
}

void Calibration::make_copies() {
  const auto size = static_cast<std::size_t>(spec_.layout.devices());
  for (std::size_t used = 0; used + size <= devices_; used += size) {
    copies_.push_back({next_job_++});
  }
}

void Calibration::forget_copies() {
  for (const JobId job : std::exchange(copies_, {})) gangs_.forget(job);
}

void Calibration::preempt_all() {
  for (const JobId job : copies_) gangs_.preempt(job, clock_.now());
}

double Calibration::mean(double GangFigures::*figure) const {
  std::vector<double> values;
  for (const JobId job : copies_) values.push_back(gangs_.figures(job)->*figure);
  return mean_of(values);
}

void Calibration::start_all(std::uint32_t generation) {
  const std::size_t each = devices_ / copies_.size();
  const auto size = static_cast<std::size_t>(spec_.layout.devices());
  for (std::size_t copy = 0; copy < copies_.size(); ++copy) {
    Allocation allocation;
    for (std::size_t rank = 0; rank < size; ++rank) {
      allocation.devices.push_back({static_cast<std::uint32_t>(copy * each + rank)});
    }
    gangs_.start(copies_[copy], generation, allocation,
                 {folder_ / std::to_string(copies_[copy].value), spec_}, clock_.now());
  }
}

std::vector<Calibration::Stepped> Calibration::run(std::int64_t steps, Time until) {
  std::vector<std::int64_t> first;
  for (const JobId job : copies_) first.push_back(gangs_.figures(job)->steps_done);
  const auto has_stepped = [&] {
    for (std::size_t i = 0; i < copies_.size(); ++i) {
      if (gangs_.figures(copies_[i])->steps_done < first[i] + steps) return false;
    }
    return true;
  };
  while (clock_.now() < until || !has_stepped()) {
    attend();
    if (!events_.empty()) throw std::runtime_error("a gang broke while it was measured");
  }
  std::vector<Stepped> all;
  for (const JobId job : copies_) {
    const GangFigures& figures = *gangs_.figures(job);
    const auto done = static_cast<double>(figures.steps_done);
    all.push_back({done, done * figures.step_s});
  }
  return all;
}

MeasuredGang Calibration::measure(const TrainingSpec& spec) {
  spec_ = spec;
  spec_.recipe.checkpoint_every = spec_.recipe.evaluate_every = 0;
  spec_.steps = std::numeric_limits<std::int32_t>::max();
  std::vector<double> starts, stops, saves, loads, steps;
  make_copies();
  // Not counted: what a worker does once in its life, such as counting the tokens of a text.
  seconds_until<Started>([this] { start_all(1); });
  seconds_until<Stopped>([this] { preempt_all(); });
  forget_copies();
  for (int repetition = 0; repetition < settings_.repetitions; ++repetition) {
    make_copies();
    const double started = seconds_until<Started>([this] { start_all(1); });
    const auto first = run(settings_.first_steps, clock_.now());
    const auto all = run(settings_.steps, clock_.now() + settings_.measured);
    std::vector<double> more, usual;
    for (std::size_t i = 0; i < all.size(); ++i) {
      usual.push_back((all[i].seconds - first[i].seconds) / (all[i].steps - first[i].steps));
      more.push_back(first[i].seconds - first[i].steps * usual.back());
    }
    steps.push_back(mean_of(usual));
    starts.push_back(started + std::max(0.0, mean_of(more)));
    const double stopping = seconds_until<Stopped>([this] { preempt_all(); });
    saves.push_back(mean(&GangFigures::save_s));
    stops.push_back(std::max(0.0, stopping - saves.back() - steps.back() / 2));
    const double starting = seconds_until<Started>([this] { start_all(2); });
    loads.push_back(std::max(0.0, starting - started));
    seconds_until<Stopped>([this] { preempt_all(); });
    forget_copies();
  }
  return {spec,
          mean_of(steps),
          mean_of(starts),
          mean_of(loads),
          mean_of(saves),
          mean_of(stops),
          spec.recipe.evaluate_every > 0 ? evaluation_s(spec) : 0};
}

double Calibration::evaluation_s(const TrainingSpec& spec) {
  spec_ = spec;
  spec_.kind = JobKind::kTrain;  // Weights of any age take as long.
  spec_.checkpoints.clear();
  spec_.recipe.checkpoint_every = 0;
  spec_.recipe.evaluate_every = 1;
  spec_.steps = std::numeric_limits<std::int32_t>::max();
  make_copies();
  seconds_until<Started>([this] { start_all(1); });
  run(1, clock_.now());  // Not counted: the first touches its memory for the first time.
  std::vector<double> seconds;
  for (int repetition = 0; repetition < settings_.repetitions; ++repetition) {
    run(1, clock_.now());
    seconds.push_back(mean(&GangFigures::evaluation_s));
  }
  seconds_until<Stopped>([this] { preempt_all(); });
  forget_copies();
  return mean_of(seconds);
}

}  // namespace tandem

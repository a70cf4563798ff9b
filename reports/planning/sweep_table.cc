#include "reports/planning/sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "reports/human.h"
#include "reports/metric.h"

namespace tandem {
namespace {

using Value = std::optional<double>;

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  const bool whole = read.ec == std::errc{} && read.ptr == end;
  return whole ? std::optional(value) : std::nullopt;
}

ParquetColumn setting_column(const std::string& name, std::size_t place,
                             const std::vector<SweepRow>& rows) {
  const auto is_number = [&](const SweepRow& row) { return number_in(row.values[place]); };
  if (std::ranges::all_of(rows, [&](const SweepRow& row) { return is_number(row).has_value(); })) {
    ParquetNumbers numbers;
    for (const SweepRow& row : rows) numbers.push_back(is_number(row));
    return {name, std::move(numbers)};
  }
  ParquetTexts texts;
  for (const SweepRow& row : rows) texts.push_back(row.values[place]);
  return {name, std::move(texts)};
}

ParquetColumn number_column(const std::string& name, const std::vector<SweepRow>& rows,
                            const std::function<Value(const RunResult&)>& value) {
  ParquetNumbers numbers;
  for (const SweepRow& row : rows) numbers.push_back(row.run ? value(*row.run) : std::nullopt);
  return {name, std::move(numbers)};
}

struct Part {
  const char* name;
  double Percentiles::*member;
};
constexpr Part kParts[] = {{"mean", &Percentiles::mean}, {"p50", &Percentiles::p50},
                           {"p90", &Percentiles::p90},   {"p95", &Percentiles::p95},
                           {"p99", &Percentiles::p99},   {"max", &Percentiles::max}};

/// The columns of one service.
class ServiceColumns {
 public:
  ServiceColumns(const std::string& service, const std::vector<SweepRow>& rows,
                 std::vector<ParquetColumn>& columns)
      : service_(service), rows_(rows), columns_(columns) {}

  void add() {
    distribution("ttft_ms", [](const ServiceResult& s) { return s.latencies.ttft_ms; });
    distribution("tpot_ms", [](const ServiceResult& s) { return s.latencies.tpot_ms; });
    distribution("itl_ms", [](const ServiceResult& s) { return s.itl_ms; });
    distribution("e2e_ms", [](const ServiceResult& s) { return s.latencies.e2e_ms; });
    figure("attainment", [](const ServiceResult& s) { return s.attainment; });
    figure("throughput_rps", [](const ServiceResult& s) { return s.throughput_rps; });
    figure("goodput_rps", [](const ServiceResult& s) { return s.goodput_rps; });
    figure("kv_utilization_mean",
           [](const ServiceResult& s) { return Value(s.kv_utilization.mean); });
    figure("kv_utilization_max",
           [](const ServiceResult& s) { return Value(s.kv_utilization.max); });
    figure("queue_length_mean", [](const ServiceResult& s) { return Value(s.queue_length.mean); });
    figure("preemptions",
           [](const ServiceResult& s) { return Value(static_cast<double>(s.preemptions)); });
    figure("requests_completed",
           [](const ServiceResult& s) { return Value(static_cast<double>(s.requests.completed)); });
  }

 private:
  template <class Figure>
  void figure(const std::string& name, Figure value) {
    const std::string& service = service_;
    columns_.push_back(number_column(
        fmt::format("{}.{}", service, name), rows_, [&](const RunResult& run) -> Value {
          const auto found = std::ranges::find(run.services, service, &ServiceResult::name);
          return found == run.services.end() ? std::nullopt : value(*found);
        }));
  }
  template <class Figures>
  void distribution(const std::string& name, Figures values) {
    for (const Part& part : kParts) {
      figure(fmt::format("{}_{}", name, part.name), [&](const ServiceResult& service) {
        const auto found = values(service);
        return found ? Value((*found).*part.member) : std::nullopt;
      });
    }
  }

  const std::string& service_;
  const std::vector<SweepRow>& rows_;
  std::vector<ParquetColumn>& columns_;
};

std::vector<std::string> services_of(const std::vector<SweepRow>& rows) {
  std::vector<std::string> names;
  for (const SweepRow& row : rows) {
    if (!row.run) continue;
    for (const ServiceResult& service : row.run->services) {
      if (std::ranges::find(names, service.name) == names.end()) names.push_back(service.name);
    }
  }
  return names;
}

/// What the answer is about: the mean wait of jobs, or the TTFT of the first service's requests.
struct Yardstick {
  std::string name;
  std::function<Value(const RunResult&)> value;
};

Yardstick yardstick(const std::vector<SweepRow>& rows) {
  const Metric& wait = metrics()[metric_index("wait_s_mean")];
  const auto services = services_of(rows);
  const auto has_wait = [&](const SweepRow& row) { return row.run && wait.value(*row.run); };
  if (services.empty() || std::ranges::any_of(rows, has_wait)) return {"the mean wait", wait.value};
  return {fmt::format("the mean TTFT of {}", services.front()), [](const RunResult& run) -> Value {
            if (run.services.empty()) return std::nullopt;
            const auto& ttft = run.services.front().latencies.ttft_ms;
            return ttft ? Value(ttft->mean / 1000) : std::nullopt;
          }};
}

/// Rows of one setting and policy.
struct Group {
  const SweepRow* first = nullptr;
  double sum = 0;
  double count = 0;
  double mean() const { return sum / count; }
};

std::string text_of(const Group& group, const std::vector<std::string>& settings) {
  std::string text;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    text += fmt::format("{}{}={}", i > 0 ? ", " : "", settings[i], group.first->values[i]);
  }
  return fmt::format("{} with {} under {}", human(group.mean(), Unit::kSeconds), text,
                     group.first->policy);
}

}  // namespace

std::vector<ParquetColumn> sweep_columns(const std::vector<std::string>& settings,
                                         const std::vector<SweepRow>& rows) {
  std::vector<ParquetColumn> columns;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    columns.push_back(setting_column(settings[i], i, rows));
  }
  ParquetTexts policies;
  ParquetNumbers seeds;
  ParquetTexts errors;
  for (const SweepRow& row : rows) {
    policies.emplace_back(row.policy);
    seeds.emplace_back(static_cast<double>(row.seed));
    errors.push_back(row.error.empty() ? std::nullopt : std::optional(row.error));
  }
  columns.push_back({"policy", std::move(policies)});
  columns.push_back({"seed", std::move(seeds)});
  for (const Metric& metric : metrics()) {
    columns.push_back(number_column(std::string(metric.name), rows, metric.value));
  }
  for (const std::string& service : services_of(rows)) ServiceColumns(service, rows, columns).add();
  columns.push_back({"error", std::move(errors)});
  return columns;
}

std::string sweep_answer(const std::vector<std::string>& settings,
                         const std::vector<SweepRow>& rows) {
  const Yardstick measure = yardstick(rows);
  std::vector<Group> groups;
  for (const SweepRow& row : rows) {
    const Value value = row.run ? measure.value(*row.run) : std::nullopt;
    if (!value) continue;
    const bool continues = !groups.empty() && groups.back().first->values == row.values &&
                           groups.back().first->policy == row.policy;
    if (!continues) groups.push_back({&row, 0, 0});
    groups.back().sum += *value;
    groups.back().count += 1;
  }
  if (groups.empty()) return "No simulation completed a job.";
  const auto [least, most] = std::ranges::minmax_element(groups, {}, &Group::mean);
  if (least->mean() == most->mean()) {
    return fmt::format("{} is the same everywhere: {}.", measure.name, text_of(*least, settings));
  }
  return fmt::format("{} is between {} and {}.", measure.name, text_of(*least, settings),
                     text_of(*most, settings));
}

}  // namespace tandem

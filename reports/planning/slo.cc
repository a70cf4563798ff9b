#include "reports/planning/slo.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "reports/human.h"

namespace tandem {
namespace {

using Value = std::optional<double>;
using OfRun = std::function<Value(const RunResult&)>;
using OfService = std::function<Value(const ServiceResult&)>;

struct Figure {
  std::string name;
  Unit unit;
  OfRun value;
};

struct ServiceFigure {
  std::string name;
  Unit unit;
  OfService value;
  /// Which of several services is the worst; kNeither: only a named one can be meant.
  Better better;
};

struct Part {
  std::string_view name;
  double Distribution::*member;
};
constexpr Part kParts[] = {{"mean", &Distribution::mean}, {"p50", &Distribution::p50},
                           {"p90", &Distribution::p90},   {"p95", &Distribution::p95},
                           {"p99", &Distribution::p99},   {"max", &Distribution::max}};

/// "wait_s_p95" as people say it: "wait.p95".
std::string dotted(std::string_view flat) {
  std::string name(flat);
  for (const std::string_view end : {"_kwh", "_kg"}) {
    if (name.ends_with(end)) return name.substr(0, name.size() - end.size());
  }
  if (name.starts_with("jobs_")) return "jobs." + name.substr(5);
  std::string part;
  for (const Part& known : kParts) {
    const std::string end = fmt::format("_{}", known.name);
    if (!name.ends_with(end)) continue;
    part = fmt::format(".{}", known.name);
    name.resize(name.size() - end.size());
    break;
  }
  if (name.ends_with("_s")) name.resize(name.size() - 2);
  return name + part;
}

Value seconds_of(const std::optional<Distribution>& ms, double Distribution::*member) {
  return ms ? Value((*ms).*member / 1000) : std::nullopt;
}

std::vector<ServiceFigure> service_figures() {
  std::vector<ServiceFigure> all;
  const auto add = [&](const std::string& name, auto distribution) {
    for (const Part& part : kParts) {
      all.push_back({fmt::format("{}.{}", name, part.name), Unit::kSeconds,
                     [distribution, member = part.member](const ServiceResult& service) {
                       return seconds_of(distribution(service), member);
                     },
                     Better::kLess});
    }
  };
  add("ttft", [](const ServiceResult& s) { return s.latencies.ttft_ms; });
  add("tpot", [](const ServiceResult& s) { return s.latencies.tpot_ms; });
  add("itl", [](const ServiceResult& s) { return s.itl_ms; });
  add("e2e", [](const ServiceResult& s) { return s.latencies.e2e_ms; });
  all.push_back(
      {"attainment", Unit::kFraction, [](const auto& s) { return s.attainment; }, Better::kMore});
  all.push_back(
      {"goodput", Unit::kPlain, [](const auto& s) { return s.goodput_rps; }, Better::kMore});
  all.push_back({"throughput", Unit::kPlain, [](const auto& s) { return s.throughput_rps; },
                 Better::kNeither});
  all.push_back({"kv_utilization.mean", Unit::kFraction,
                 [](const auto& s) { return Value(s.kv_utilization.mean); }, Better::kNeither});
  all.push_back({"kv_utilization.max", Unit::kFraction,
                 [](const auto& s) { return Value(s.kv_utilization.max); }, Better::kNeither});
  all.push_back({"queue.mean", Unit::kPlain,
                 [](const auto& s) { return Value(s.queue_length.mean); }, Better::kNeither});
  all.push_back({"queue.max", Unit::kPlain, [](const auto& s) { return Value(s.queue_length.max); },
                 Better::kNeither});
  return all;
}

OfRun of_service(const std::string& service, const OfService& value) {
  return [service, value](const RunResult& run) -> Value {
    const auto found = std::ranges::find(run.services, service, &ServiceResult::name);
    return found == run.services.end() ? std::nullopt : value(*found);
  };
}

/// Of the service that is worst off; nothing if one of them has no such figure.
OfRun of_worst_service(const ServiceFigure& figure) {
  return [value = figure.value, less = figure.better == Better::kLess](const RunResult& run) {
    Value worst;
    for (const ServiceResult& service : run.services) {
      const Value one = value(service);
      if (!one) return Value();
      worst = !worst ? *one : less ? std::max(*worst, *one) : std::min(*worst, *one);
    }
    return worst;
  };
}

template <class Member>
OfRun of_tenant(const std::string& tenant, Member member) {
  return [tenant, member](const RunResult& run) -> Value {
    const auto found = std::ranges::find(run.tenants, tenant, &TenantResult::name);
    return found == run.tenants.end() ? std::nullopt : (*found).*member;
  };
}

std::vector<Figure> known_figures(const SloNames& names) {
  std::vector<Figure> all;
  for (const Metric& metric : metrics())
    all.push_back({dotted(metric.name), metric.unit, metric.value});
  const std::vector<ServiceFigure> of_services = service_figures();
  for (const ServiceFigure& figure : of_services) {
    if (names.services.empty() || figure.better == Better::kNeither) continue;
    all.push_back({figure.name, figure.unit, of_worst_service(figure)});
  }
  for (const std::string& service : names.services) {
    for (const ServiceFigure& figure : of_services) {
      all.push_back({fmt::format("{}.{}", service, figure.name), figure.unit,
                     of_service(service, figure.value)});
    }
  }
  for (const std::string& tenant : names.tenants) {
    const auto add = [&](const char* name, Unit unit, auto member) {
      all.push_back({fmt::format("{}.{}", tenant, name), unit, of_tenant(tenant, member)});
    };
    add("wait.mean", Unit::kSeconds, &TenantResult::wait_s_mean);
    add("wait.p95", Unit::kSeconds, &TenantResult::wait_s_p95);
    add("jct.mean", Unit::kSeconds, &TenantResult::jct_s_mean);
    add("slowdown.mean", Unit::kPlain, &TenantResult::slowdown_mean);
  }
  return all;
}

struct NamedUnit {
  std::string name;
  double factor;  ///< To the unit of the figure.
};

std::vector<NamedUnit> units_of(Unit unit) {
  switch (unit) {
    case Unit::kSeconds:
      return {{"s", 1},       {"ms", 1e-3},    {"us", 1e-6},     {"min", 60},      {"h", 3600},
              {"day", 86400}, {"days", 86400}, {"week", 604800}, {"weeks", 604800}};
    case Unit::kFraction: return {{"%", 0.01}, {"", 1}};
    case Unit::kMoney: return {{"USD", 1}, {"", 1}};
    case Unit::kKilowattHours: return {{"kWh", 1}, {"MWh", 1000}};
    case Unit::kKilograms: return {{"kg", 1}, {"t", 1000}};
    case Unit::kDeviceHours:
    case Unit::kPlain:
    case Unit::kCount: break;
  }
  return {{"", 1}};
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

class Reader {
 public:
  Reader(std::string_view text, const SloNames& names) : text_(text), names_(names) {}

  Slo read() {
    Slo slo;
    read_figure(slo);
    read_comparison(slo);
    read_bound(slo);
    return slo;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& message) const {
    throw InputError({"--slo", 1, at + 1}, fmt::format("{}, in '{}'", message, text_));
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::string_view until(std::string_view ends) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && ends.find(text_[at_]) == ends.npos) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void read_figure(Slo& slo) {
    skip_blanks();
    const std::size_t begin = at_;
    const std::string name(until("<>="));
    if (name.empty()) fail(begin, "expected a figure, such as wait.p95 or chat.ttft.p99");
    std::vector<Figure> figures = known_figures(names_);
    const auto is_it = [&](const Figure& f) { return f.name == name || f.name == dotted(name); };
    const auto found = std::ranges::find_if(figures, is_it);
    if (found == figures.end()) {
      std::vector<std::string> known;
      for (const Figure& figure : figures) known.push_back(figure.name);
      fail(begin, fmt::format("unknown figure '{}'{}", name, suggestion_of_many(name, known)));
    }
    slo.figure = found->name;
    slo.unit = found->unit;
    slo.value = std::move(found->value);
  }

  void read_comparison(Slo& slo) {
    skip_blanks();
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    if (first != '<' && first != '>') fail(at_, "expected <, <=, > or >=");
    ++at_;
    const bool or_equal = at_ < text_.size() && text_[at_] == '=';
    if (or_equal) ++at_;
    using enum Slo::Comparison;
    slo.comparison = first == '<' ? (or_equal ? kAtMost : kLess) : (or_equal ? kAtLeast : kMore);
  }

  void read_bound(Slo& slo) {
    skip_blanks();
    const std::size_t begin = at_;
    const char* const end = text_.data() + text_.size();
    const auto [after, error] = std::from_chars(text_.data() + at_, end, slo.bound);
    if (error != std::errc{} || !std::isfinite(slo.bound) || slo.bound < 0) {
      fail(begin, "expected a number, 0 or more");
    }
    at_ = static_cast<std::size_t>(after - text_.data());
    skip_blanks();
    const std::size_t unit_at = at_;
    std::string unit(until(""));
    skip_blanks();
    if (at_ < text_.size()) fail(at_, "expected the end");
    slo.bound *= factor_of(slo.unit, unit, unit_at);
    if (slo.unit == Unit::kFraction && slo.bound > 1) fail(begin, "a share is at most 100 %");
    if (!std::isfinite(slo.bound)) fail(begin, "the number is too large");
  }

  double factor_of(Unit unit, const std::string& name, std::size_t at) const {
    std::vector<std::string> known;
    for (const NamedUnit& one : units_of(unit)) {
      if (one.name == name) return one.factor;
      if (!one.name.empty()) known.push_back(one.name);
    }
    if (known.empty()) fail(at, fmt::format("this figure has no unit, found '{}'", name));
    const std::string what =
        name.empty() ? "expected a unit" : fmt::format("unknown unit '{}'", name);
    fail(at, fmt::format("{} (one of: {})", what, fmt::join(known, ", ")));
  }

  std::string_view text_;
  const SloNames& names_;
  std::size_t at_ = 0;
};

constexpr std::string_view kSigns[] = {"<", "<=", ">", ">="};

}  // namespace

bool Slo::is_met(double figure_of_run) const {
  switch (comparison) {
    case Comparison::kLess: return figure_of_run < bound;
    case Comparison::kAtMost: return figure_of_run <= bound;
    case Comparison::kMore: return figure_of_run > bound;
    case Comparison::kAtLeast: return figure_of_run >= bound;
  }
  return false;
}

double Slo::strain(double figure_of_run) const {
  const bool is_share = unit == Unit::kFraction && !is_ceiling();
  const double used = is_share ? 1 - figure_of_run : is_ceiling() ? figure_of_run : bound;
  const double allowed = is_share ? 1 - bound : is_ceiling() ? bound : figure_of_run;
  if (allowed > 0) return used / allowed;
  return used > 0 ? std::numeric_limits<double>::infinity() : 0;
}

std::string Slo::text() const {
  return fmt::format("{} {} {}", figure, kSigns[static_cast<std::size_t>(comparison)],
                     human(bound, unit));
}

Slo parse_slo(std::string_view text, const SloNames& names) { return Reader(text, names).read(); }

}  // namespace tandem

#include "cli/load_table.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/terminal.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

std::string ms_text(double ms) {
  return ms < 10 ? fmt::format("{:.2f}", ms) : fmt::format("{:.1f}", ms);
}

std::vector<std::string> latency_row(const std::string& name, const Spread& spread) {
  const Percentiles& values = spread.values;
  return {name,
          ms_text(values.mean),
          ms_text(spread.deviation),
          ms_text(values.p50),
          ms_text(values.p90),
          ms_text(values.p95),
          ms_text(values.p99),
          ms_text(values.max)};
}

std::string answer(const LoadReport& report, std::size_t count) {
  const LoadFigures& figures = report.figures;
  if (figures.completed == 0) {
    return fmt::format("None of {} was answered.\n", counted(count, "request"));
  }
  return fmt::format(
      "{} of {} answered in {:.2f} s: {:.2f} requests/s, {:.1f} output tokens/s; half saw their "
      "first token within {} ms, 99 % within {} ms.\n",
      figures.completed, counted(count, "request"), figures.length_s,
      figures.requests_per_s.value_or(0), figures.output_tokens_per_s.value_or(0),
      ms_text(figures.ttft_ms->values.p50), ms_text(figures.ttft_ms->values.p99));
}

std::string notes(const LoadReport& report, const LoadOutcome& outcome) {
  const LoadFigures& figures = report.figures;
  std::string text;
  if (figures.goodput_rps) {
    text += fmt::format("Goodput: {:.2f} requests/s met every objective.\n", *figures.goodput_rps);
  }
  for (const auto& [name, count] : report.errors) {
    text += fmt::format("{}: {}; the first: {}\n", name, counted(count, "request"),
                        report.words.at(name));
  }
  if (report.retries > 0) {
    text += fmt::format("Refused and tried again: {}.\n", counted(report.retries, "time"));
  }
  if (report.interrupted > 0) {
    text += fmt::format("Interrupted: {} had no end.\n", counted(report.interrupted, "request"));
  }
  if (report.lateness_ms) {
    text += fmt::format(
        "The client sent requests {} ms late in the mean, {} ms at most; up to {} "
        "were under way, over {}.\n",
        ms_text(report.lateness_ms->mean), ms_text(report.lateness_ms->max), outcome.most_open,
        counted(outcome.connections, "connection"));
  }
  if (report.events > 0 && figures.output_tokens > report.events) {
    text += fmt::format(
        "The server sent {:.2f} tokens an event: ITL is the time between events.\n",
        static_cast<double>(figures.output_tokens) / static_cast<double>(report.events));
  }
  return text;
}

}  // namespace

LoadReport load_report(const LoadOutcome& outcome, std::span<const Objective> objectives) {
  LoadReport report;
  LoadSample sample{{}, outcome.gaps_ms, outcome.length};
  std::vector<double> lateness;
  for (const Exchange& exchange : outcome.exchanges) {
    lateness.push_back(to_seconds(exchange.lateness) * 1000);
    report.retries += exchange.retries;
    if (exchange.error == "interrupted") {
      ++report.interrupted;
      continue;
    }
    sample.requests.push_back(exchange.record);
    if (exchange.error.empty()) continue;
    ++report.errors[exchange.error];
    report.words.try_emplace(exchange.error, exchange.words);
  }
  report.figures = load_figures(sample, objectives);
  report.lateness_ms = percentiles_of(std::move(lateness));
  report.events = outcome.gaps_ms.size() + report.figures.completed;
  return report;
}

nlohmann::ordered_json load_json(const LoadReport& report, const LoadOutcome& outcome) {
  nlohmann::ordered_json json = {{"schema", "tandem.load/1"}, {"model", outcome.model}};
  json.update(write(report.figures));
  json["errors"] = report.errors;
  json["interrupted"] = report.interrupted;
  json["retries"] = report.retries;
  json["lateness_ms"] = write(report.lateness_ms);
  json["connections"] = outcome.connections;
  json["max_concurrency"] = outcome.most_open;
  return json;
}

std::string load_text(const LoadReport& report, const LoadOutcome& outcome) {
  std::string text = answer(report, outcome.exchanges.size());
  const LoadFigures& figures = report.figures;
  std::vector<std::vector<std::string>> rows{
      {"ms", "mean", "std", "p50", "p90", "p95", "p99", "max"}};
  for (const auto& [name, spread] : {std::pair{"TTFT", &figures.ttft_ms},
                                     {"TPOT", &figures.tpot_ms},
                                     {"ITL", &figures.itl_ms},
                                     {"E2E", &figures.e2e_ms}}) {
    if (*spread) rows.push_back(latency_row(name, **spread));
  }
  if (rows.size() > 1) text += "\n" + aligned(rows) + "\n";
  return text + notes(report, outcome);
}

}  // namespace tandem

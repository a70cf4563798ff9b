#include "reports/export.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "policies/core/csv_text.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/comparison.h"
#include "reports/metric.h"
#include "reports/pipeline_comparison.h"
#include "reports/service_comparison.h"

namespace tandem {
namespace {

std::string result_json(const ResultDocument& document) { return json_text(to_json(document)); }

struct Format {
  std::string_view ending;
  std::string (*text)(const ResultDocument&);
};

constexpr Format kFormats[] = {
    {".json", result_json}, {".csv", result_csv}, {".md", result_markdown}};

const Format& format_of(const std::filesystem::path& path) {
  for (const Format& format : kFormats) {
    if (path.extension() == format.ending) return format;
  }
  throw InputError(
      fmt::format("cannot tell from '{}' what to write: supported are .json, .csv "
                  "and .md",
                  path.filename().string()));
}

/// A text inside a cell of a GitHub table.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '*') result += '\\';
    result += c;
  }
  return result;
}

std::string markdown_table(const std::string& title, std::span<const std::string> policies,
                           std::span<const ComparisonRow> rows) {
  std::string text = fmt::format("| {}{}|", escaped(title), title.empty() ? "" : " ");
  for (const std::string& policy : policies) text += fmt::format(" {} |", escaped(policy));
  text += "\n|---|";
  for (std::size_t i = 0; i < policies.size(); ++i) text += "---:|";
  text += '\n';
  for (const ComparisonRow& row : rows) {
    text += fmt::format("| {} |", escaped(row.label));
    for (const ComparisonCell& cell : row.cells) {
      text += fmt::format(" {0}{1}{0} |", cell.best ? "**" : "", cell.text);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string result_csv(const ResultDocument& document) {
  std::string text = "policy,seed";
  for (const Metric& metric : metrics()) text.append(",").append(metric.name);
  text += '\n';
  for (const RunResult& run : document.runs) {
    append_field(text, run.policy);
    text += fmt::format(",{}", run.seed);
    for (const Metric& metric : metrics()) {
      const auto value = metric.value(run);
      text += value ? fmt::format(",{}", *value) : ",";
    }
    text += '\n';
  }
  return text;
}

std::string result_markdown(const ResultDocument& document) {
  const Comparison comparison = compare_policies(document.runs);
  std::string text = escaped(comparison.answer) + "\n\n";
  for (const std::string& note : comparison.notes) text += fmt::format("- {}\n", escaped(note));
  if (!comparison.notes.empty()) text += '\n';
  text += markdown_table("", comparison.policies, comparison.rows);
  const PipelineComparison pipelines = compare_pipelines(document.runs, comparison.policies);
  for (const ComparisonBlock& block : pipelines.blocks) {
    text += '\n' + markdown_table("pipeline " + block.title, comparison.policies, block.rows);
  }
  if (!pipelines.more.empty()) text += fmt::format("\n{}\n", pipelines.more);
  for (const ComparisonBlock& block : compare_services(document.runs, comparison.policies)) {
    text += '\n' + markdown_table("service " + block.title, comparison.policies, block.rows);
  }
  return text;
}

void check_export(const std::filesystem::path& path) { format_of(path); }

void write_export(const std::filesystem::path& path, const ResultDocument& document) {
  const Format& format = format_of(path);
  AtomicFile file(path);
  file.write(format.text(document));
  file.commit();
}

}  // namespace tandem

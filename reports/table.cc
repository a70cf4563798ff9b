#include "reports/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "reports/answer.h"
#include "reports/comparison.h"
#include "reports/human.h"
#include "reports/pipeline_comparison.h"
#include "reports/service_comparison.h"

namespace tandem {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLongestHeader = 24;
constexpr std::string_view kBestColor = "\x1b[1;32m";
constexpr std::string_view kNoColor = "\x1b[0m";

/// A policy's column: its name on up to two lines, and as wide as its widest text.
struct Column {
  std::string upper;
  std::string lower;
  std::size_t width = 0;
  bool shortened = false;
};

std::string shortened(std::string text) {
  if (text.size() <= kLongestHeader) return text;
  return text.substr(0, kLongestHeader - 1) + "…";
}

/// Breaks a policy's name at one of its joints, where the two lines come out most equal.
Column name_column(const std::string& name, std::size_t wanted) {
  std::size_t best = name.size() <= wanted ? 0 : name.size();
  std::size_t cut = 0;
  for (std::size_t at = 1; at < name.size() && best > 0; ++at) {
    const bool joint = name[at] == '+' || name[at - 1] == ':' || name[at - 1] == ',';
    const std::size_t longer = std::max(at, name.size() - at);
    if (joint && longer < best) best = longer, cut = at;
  }
  Column column{shortened(name.substr(0, cut)), shortened(name.substr(cut)), 0, false};
  column.shortened = column.upper + column.lower != name;
  return column;
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + std::string(text);
}

class Table {
 public:
  Table(std::span<const std::string> policies, std::span<const ComparisonRow> rows,
        TableStyle style)
      : rows_(rows), style_(style) {
    for (const ComparisonRow& row : rows_) {
      label_width_ = std::max(label_width_, display_width(row.label));
    }
    for (std::size_t i = 0; i < policies.size(); ++i) {
      std::size_t width = 0;
      for (const ComparisonRow& row : rows_) {
        width = std::max(width, display_width(row.cells[i].text));
      }
      Column column = name_column(policies[i], std::max<std::size_t>(width, 8));
      column.width =
          std::max({width, display_width(column.upper), display_width(column.lower)}) + 1;
      columns_.push_back(std::move(column));
    }
  }

  std::string text() const {
    std::string result;
    for (std::size_t from = 0; from < columns_.size();) {
      std::size_t to = from + 1;
      std::size_t width = label_width_ + kGap + columns_[from].width;
      while (to < columns_.size() && width + kGap + columns_[to].width <= style_.width) {
        width += kGap + columns_[to++].width;
      }
      if (from > 0) result += '\n';
      result += block(from, to);
      from = to;
    }
    return result;
  }

  bool is_shortened(std::size_t column) const { return columns_[column].shortened; }

 private:
  std::string block(std::size_t from, std::size_t to) const {
    std::string upper(label_width_, ' ');
    std::string lower(label_width_, ' ');
    for (std::size_t i = from; i < to; ++i) {
      // The last place of a column is for the mark.
      upper += padded(columns_[i].upper + " ", kGap + columns_[i].width);
      lower += padded(columns_[i].lower + " ", kGap + columns_[i].width);
    }
    std::string result;
    for (const std::string& line : {upper, lower}) {
      const std::size_t end = line.find_last_not_of(' ');
      if (end != std::string::npos) result += line.substr(0, end + 1) + "\n";
    }
    for (const ComparisonRow& row : rows_) {
      result += row.label + std::string(label_width_ - display_width(row.label), ' ');
      for (std::size_t i = from; i < to; ++i) result += cell(row.cells[i], columns_[i].width);
      result.erase(result.find_last_not_of(' ') + 1);
      result += '\n';
    }
    return result;
  }

  std::string cell(const ComparisonCell& cell, std::size_t width) const {
    const std::string text = padded(cell.text + (cell.best ? "*" : " "), kGap + width);
    if (!cell.best || !style_.color) return text;
    const std::size_t begin = text.find_first_not_of(' ');
    return text.substr(0, begin) + std::string(kBestColor) + text.substr(begin) +
           std::string(kNoColor);
  }

  std::span<const ComparisonRow> rows_;
  TableStyle style_;
  std::size_t label_width_ = 0;
  std::vector<Column> columns_;
};

}  // namespace

std::string result_table(const ResultDocument& document, TableStyle style) {
  const Comparison comparison = compare_policies(document.runs);
  std::string text = wrapped(comparison.answer, style.width);
  for (const std::string& note : comparison.notes) {
    text += wrapped(fmt::format("! {}", note), style.width, "  ");
  }
  const Table table(comparison.policies, comparison.rows, style);
  text.append("\n").append(table.text());
  const PipelineComparison pipelines = compare_pipelines(document.runs, comparison.policies);
  for (const ComparisonBlock& block : pipelines.blocks) {
    text.append("\npipeline ").append(block.title).append("\n");
    text.append(Table(comparison.policies, block.rows, style).text());
  }
  for (const ComparisonBlock& block : compare_services(document.runs, comparison.policies)) {
    text.append("\nservice ").append(block.title).append("\n");
    text.append(Table(comparison.policies, block.rows, style).text());
  }
  std::string below;
  for (std::size_t i = 0; i < comparison.policies.size(); ++i) {
    if (!table.is_shortened(i)) continue;
    below +=
        wrapped(fmt::format("column {} is {}", i + 1, comparison.policies[i]), style.width, "  ");
  }
  if (!pipelines.more.empty()) below += wrapped(pipelines.more, style.width);
  if (!comparison.legend.empty()) below += wrapped(comparison.legend, style.width);
  if (!below.empty()) text.append("\n").append(below);
  return text;
}

}  // namespace tandem

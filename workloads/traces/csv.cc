#include "workloads/traces/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "policies/core/nearest.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

constexpr std::size_t kMostColumns = 1'000;

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_spaces(std::string_view line, std::size_t at) {
  while (at < line.size() && is_space(line[at])) ++at;
  return at;
}

/// Where the quote at `start` ends; npos if not on this line. Two quotes are no end.
std::size_t closing_quote(std::string_view line, std::size_t start) {
  std::size_t end = line.find('"', start + 1);
  while (end != std::string_view::npos && end + 1 < line.size() && line[end + 1] == '"') {
    end = line.find('"', end + 2);
  }
  return end;
}

/// What a header has instead of the column that was asked for.
std::string alternatives(std::string_view name, const std::vector<std::string>& header) {
  if (const std::string near = nearest(name, header); !near.empty()) {
    return fmt::format(" (did you mean it by {}?)", shown(near));
  }
  return fmt::format("; the header is {}", shown(fmt::format("{}", fmt::join(header, ","))));
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string file) : lines_(text, std::move(file)) {
  if (!lines_.next_filled()) throw InputError({lines_.file()}, "there is no header line");
  split_line();
  if (slices_.size() > kMostColumns) {
    throw InputError({lines_.file(), lines_.number()}, "the header has more than 1000 columns");
  }
  for (const Slice& slice : slices_) {
    if (!slice.text.empty() && find(slice.text)) {
      throw InputError({lines_.file(), lines_.number(), slice.column},
                       fmt::format("column {} comes twice", shown(slice.text)));
    }
    header_.emplace_back(slice.text);
  }
}

CsvReader::CsvReader(std::string_view text, std::string file, std::vector<std::string> header)
    : lines_(text, std::move(file)), header_(std::move(header)), has_header_(false) {}

std::optional<std::size_t> CsvReader::find(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t CsvReader::column(std::string_view name) const {
  const auto found = find(name);
  if (!found) {
    throw InputError({lines_.file(), lines_.number()},
                     fmt::format("column '{}' is missing{}", name, alternatives(name, header_)));
  }
  return *found;
}

bool CsvReader::next() {
  if (!lines_.next_filled()) return false;
  split_line();
  if (slices_.size() != header_.size()) {
    const bool too_many = slices_.size() > header_.size();
    const std::size_t place = too_many ? slices_[header_.size()].column : lines_.line().size() + 1;
    throw InputError({lines_.file(), lines_.number(), place},
                     fmt::format("the row has {} fields: expected {}{}", slices_.size(),
                                 header_.size(), has_header_ ? ", as in the header" : ""));
  }
  return true;
}

std::optional<Field> CsvReader::given(std::optional<std::size_t> column) const {
  if (!column || slices_[*column].text.empty()) return std::nullopt;
  return field(*column);
}

void CsvReader::split_line() {
  const std::string_view line = lines_.line();
  slices_.clear();
  unescaped_.clear();
  for (std::size_t start = 0; start <= line.size();) {
    start = skip_spaces(line, start);
    const bool quoted = start < line.size() && line[start] == '"';
    start = quoted ? take_quoted(line, start) : take_plain(line, start);
  }
}

/// Both return where the next field begins; past the end of the line when there is none.
std::size_t CsvReader::take_plain(std::string_view line, std::size_t start) {
  const std::size_t end = std::min(line.find(',', start), line.size());
  std::string_view text = line.substr(start, end - start);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  slices_.push_back({text, start + 1});
  return end + 1;
}

std::size_t CsvReader::take_quoted(std::string_view line, std::size_t start) {
  const std::size_t end = closing_quote(line, start);
  if (end == std::string_view::npos) {
    throw InputError({lines_.file(), lines_.number(), start + 1},
                     "the quoted field does not end on its line");
  }
  const std::string_view text = line.substr(start + 1, end - start - 1);
  const bool escaped = text.find('"') != std::string_view::npos;
  slices_.push_back({escaped ? unescape(text) : text, start + 1});
  const std::size_t after = skip_spaces(line, end + 1);
  if (after < line.size() && line[after] != ',') {
    throw InputError({lines_.file(), lines_.number(), after + 1},
                     "expected a comma behind the quoted field");
  }
  return after + 1;
}

std::string_view CsvReader::unescape(std::string_view quoted) {
  // Room for the whole line at once: earlier fields' views must stay where they are.
  unescaped_.reserve(lines_.line().size());
  const std::size_t start = unescaped_.size();
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    unescaped_ += quoted[i];
    if (quoted[i] == '"') ++i;
  }
  return std::string_view(unescaped_).substr(start);
}

std::optional<std::size_t> most_alike(const CsvReader& csv,
                                      std::span<const std::vector<std::string_view>> sets) {
  std::optional<std::size_t> best;
  std::size_t best_shared = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    std::size_t shared = 0;
    for (const std::string_view column : sets[i]) shared += csv.find(column) ? 1 : 0;
    if (shared <= best_shared || 2 * shared < sets[i].size()) continue;
    best = i;
    best_shared = shared;
  }
  return best;
}

}  // namespace tandem

// ServeGen's histograms of lengths: JSON whose values are Python dictionaries in text,
// "{13: 0.496, 14: 0.475}".

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "policies/core/error.h"
#include "workloads/requests/request_draft.h"
#include "workloads/requests/servegen.h"
#include "workloads/traces/names.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

namespace json = simdjson::ondemand;

/// Reads one text; knows where each part of it stands.
class LengthsReader {
 public:
  LengthsReader(std::string_view text, const std::string& file) : file_(file), text_(text) {
    text_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    text_size_ = text.size();
  }

  std::vector<LengthWindow> read() {
    json::parser parser;
    json::document document;
    bool is_open = false;
    try {
      document = parser.iterate(text_.data(), text_size_, text_.size());
      is_open = true;
      for (auto entry : document.get_object()) {
        const std::string_view key = entry.unescaped_key();
        json::value value = entry.value();
        read_window(key, value);
      }
    } catch (const simdjson::simdjson_error& error) {
      const std::string message =
          fmt::format("expected histograms by their start: {}", error.what());
      // A document that was not opened must not be asked anything.
      if (!is_open) throw InputError(Position{file_}, message);
      const auto place = document.current_location();
      fail_at(place.error() ? text_.data() + text_size_ : place.value_unsafe(), message);
    }
    if (windows_.empty()) throw InputError(Position{file_}, "there is no histogram in it");
    std::ranges::sort(windows_, {}, &LengthWindow::start);
    return std::move(windows_);
  }

 private:
  using Histogram = std::optional<WeightedChoice<std::uint32_t>>;

  void read_window(std::string_view key, json::value& value) {
    const char* const place = std::string_view(value.raw_json_token()).data();
    const Position position = position_of(place);
    const Time start{seconds({key, "start", &file_, position.line, position.column})};
    Histogram prompt;
    Histogram output;
    for (auto entry : value.get_object()) {
      const std::string_view name = entry.unescaped_key();
      json::value histogram = entry.value();
      if (name == "input_tokens") prompt = read_histogram(histogram);
      if (name == "output_tokens") output = read_histogram(histogram);
    }
    if (prompt.has_value() != output.has_value()) {
      fail_at(place, "expected input_tokens and output_tokens, both with lengths or both empty");
    }
    if (!prompt) return;
    if (std::ranges::find(windows_, start, &LengthWindow::start) != windows_.end()) {
      fail_at(place, fmt::format("start {} comes twice", shown(key)));
    }
    windows_.push_back({start, std::move(*prompt), std::move(*output)});
  }

  /// Nothing if there is nothing between its braces.
  Histogram read_histogram(json::value& value) {
    const std::string_view quoted = value.raw_json_token();
    if (value.type() != json::json_type::string) {
      fail_at(quoted.data(), "expected a histogram in text: \"{13: 0.5, 14: 0.5}\"");
    }
    rest_ = quoted.substr(1, quoted.rfind('"') - 1);
    expect('{');
    std::vector<std::uint32_t> lengths;
    std::vector<double> weights;
    while (!rest_.starts_with('}')) {
      if (!lengths.empty()) expect(',');
      lengths.push_back(static_cast<std::uint32_t>(number(1, kMostTokens)));
      expect(':');
      weights.push_back(number(0, 1e18));
    }
    rest_.remove_prefix(1);
    skip_spaces();
    if (!rest_.empty()) fail_at(rest_.data(), "expected nothing more behind the histogram");
    if (lengths.empty()) return std::nullopt;
    if (std::ranges::count(weights, 0.0) == std::ssize(weights)) {
      fail_at(quoted.data(), "all of the histogram's weights are 0");
    }
    return WeightedChoice<std::uint32_t>(std::move(lengths), weights);
  }

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  void expect(char mark) {
    skip_spaces();
    if (!rest_.starts_with(mark)) fail_at(rest_.data(), fmt::format("expected '{}'", mark));
    rest_.remove_prefix(1);
    skip_spaces();
  }

  double number(double least, double most) {
    double value = -1;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || !(value >= least && value <= most)) {
      fail_at(rest_.data(), fmt::format("expected a number from {} to {}", least, most));
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    skip_spaces();
    return value;
  }

  Position position_of(const char* place) const {
    const std::string_view before(text_.data(), static_cast<std::size_t>(place - text_.data()));
    const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
    const std::size_t start = before.rfind('\n');
    return {file_, line, before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1};
  }

  [[noreturn]] void fail_at(const char* place, const std::string& message) const {
    throw InputError(position_of(place), message);
  }

  const std::string& file_;
  std::string text_;  // With room behind it, which simdjson reads past the end.
  std::size_t text_size_ = 0;
  std::string_view rest_;  // Of the histogram that is being read.
  std::vector<LengthWindow> windows_;
};

}  // namespace

std::vector<LengthWindow> read_client_lengths(std::string_view text, const std::string& file) {
  return LengthsReader(text, file).read();
}

std::vector<LengthWindow> read_client_lengths(const std::filesystem::path& file) {
  const TextFile opened(file);
  return read_client_lengths(opened.text(), file.string());
}

}  // namespace tandem

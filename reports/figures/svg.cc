#include "reports/figures/svg.h"

#include <fmt/format.h>

#include <iterator>

namespace tandem {
namespace {

/// At most two decimals, none that are zero.
std::string short_number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

/// The length of the UTF-8 sequence that begins at `at`; 0 if none does.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80            ? 1
                             : first >> 5 == 0b110   ? 2
                             : first >> 4 == 0b1110  ? 3
                             : first >> 3 == 0b11110 ? 4
                                                     : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if (byte(i) >> 6 != 0b10) return 0;
  }
  return length;
}

}  // namespace

std::string xml_escaped(std::string_view words) {
  std::string text;
  for (std::size_t i = 0; i < words.size();) {
    const std::size_t length = sequence_length(words, i);
    const char c = words[i];
    const bool is_control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n';
    if (length == 0 || is_control) {
      text += "\uFFFD";
    } else if (c == '&') {
      text += "&amp;";
    } else if (c == '<') {
      text += "&lt;";
    } else if (c == '>') {
      text += "&gt;";
    } else if (c == '"') {
      text += "&quot;";
    } else {
      text += words.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return text;
}

void Svg::text(double x, double y, std::string_view words, const Letters& letters) {
  constexpr std::string_view kAnchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  body_ += fmt::format("<text x=\"{}\" y=\"{}\"", short_number(x), short_number(y));
  if (letters.size != 12) body_ += fmt::format(" font-size=\"{}\"", short_number(letters.size));
  body_ += fmt::format(" fill=\"{}\"", letters.colour);
  body_ += kAnchors[static_cast<std::size_t>(letters.anchor)];
  if (letters.bold) body_ += " font-weight=\"bold\"";
  if (letters.turn != 0) {
    body_ += fmt::format(" transform=\"rotate({} {} {})\"", short_number(letters.turn),
                         short_number(x), short_number(y));
  }
  body_ += fmt::format(">{}</text>\n", xml_escaped(words));
}

void Svg::box(double x, double y, double width, double height, std::string_view colour) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                       short_number(x), short_number(y), short_number(width), short_number(height),
                       colour);
}

void Svg::box(double x, double y, double width, double height, std::string_view colour,
              const Stroke& stroke) {
  box(x, y, width, height, colour);
  body_.resize(body_.size() - 3);  // "/>" and the line break.
  body_ += fmt::format(" stroke=\"{}\" stroke-width=\"{}\"/>\n", stroke.colour,
                       short_number(stroke.width));
}

void Svg::line(const std::vector<Place>& places, const Stroke& stroke) {
  body_ += "<polyline fill=\"none\" points=\"";
  for (const Place& place : places) {
    fmt::format_to(std::back_inserter(body_), "{},{} ", short_number(place.x),
                   short_number(place.y));
  }
  if (body_.back() == ' ') body_.pop_back();
  body_ +=
      fmt::format("\" stroke=\"{}\" stroke-width=\"{}\"{}/>\n", stroke.colour,
                  short_number(stroke.width), stroke.dashed ? " stroke-dasharray=\"4 3\"" : "");
}

void Svg::boxes(const std::vector<Box>& boxes, std::string_view colour) {
  if (boxes.empty()) return;
  body_ += fmt::format("<path fill=\"{}\" d=\"", colour);
  for (const Box& box : boxes) {
    fmt::format_to(std::back_inserter(body_), "M{} {}h{}v{}h-{}z", short_number(box.x),
                   short_number(box.y), short_number(box.width), short_number(box.height),
                   short_number(box.width));
  }
  body_ += "\"/>\n";
}

void Svg::dot(double x, double y, double radius, std::string_view colour) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n", short_number(x),
                       short_number(y), short_number(radius), colour);
}

std::string Svg::document(double width, double height, std::string_view title) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" aria-label=\"{2}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n{3}</svg>\n",
      short_number(width), short_number(height), xml_escaped(title), body_);
}

}  // namespace tandem

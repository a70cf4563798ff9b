// The few shapes that our pictures are made of, as SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// As text of XML: names come from files. What no XML may hold becomes U+FFFD.
std::string xml_escaped(std::string_view words);

/// Shapes in the order in which they are drawn; places in units of the picture from its upper left.
class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };
  struct Letters {
    double size = 12;
    std::string_view colour = "#1b1f27";
    Anchor anchor = Anchor::kStart;
    bool bold = false;
    double turn = 0;  ///< Degrees, clockwise.
  };
  struct Stroke {
    std::string_view colour = "#555";
    double width = 0.4;
    bool dashed = false;
  };
  struct Place {
    double x = 0;
    double y = 0;
  };

  void text(double x, double y, std::string_view words, const Letters& letters);
  void text(double x, double y, std::string_view words) { text(x, y, words, {}); }
  void box(double x, double y, double width, double height, std::string_view colour);
  void box(double x, double y, double width, double height, std::string_view colour,
           const Stroke& stroke);
  void line(const std::vector<Place>& places, const Stroke& stroke);
  struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
  };
  /// Many boxes of one colour, in few bytes.
  void boxes(const std::vector<Box>& boxes, std::string_view colour);
  void dot(double x, double y, double radius, std::string_view colour);

  /// The whole picture on white, with a title for who cannot see it.
  std::string document(double width, double height, std::string_view title) const;

 private:
  std::string body_;
};

}  // namespace tandem

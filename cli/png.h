// Drawings as pixels, for documents that take no SVG. The one place that knows librsvg and cairo.
#pragma once

#include <string>

namespace tandem {

/// A PNG of an SVG image of ours, `scale` pixels for each of its units. Letters are of the fonts
/// that the machine has.
std::string png_of(const std::string& svg, double scale);

}  // namespace tandem

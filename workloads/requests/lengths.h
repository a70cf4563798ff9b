// Pairs of lengths without arrivals, from which generators draw.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/requests/request_trace.h"

namespace tandem {

/// Of one request.
struct Lengths {
  std::uint32_t prompt_tokens = 0;
  std::uint32_t output_tokens = 0;
};

struct LengthTable {
  std::vector<Lengths> rows;
  std::vector<std::string> warnings;
};

/// Reads the lengths of any format but servegen: of recorded requests, or of a table or JSON lines
/// that have no arrivals (sharegpt). Throws InputError.
LengthTable read_lengths(const std::filesystem::path& file, RequestFormat format);
LengthTable read_lengths(std::string_view text, const std::string& file, RequestFormat format);

}  // namespace tandem

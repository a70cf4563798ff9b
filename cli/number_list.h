// Lists of numbers as people write them: "7", "1..20" or "1,2,5..8".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tandem {

/// The numbers in the order in which they are written, at most 10,000. `thing` names one in
/// messages: "seed". Throws InputError for what is no such list and for numbers named twice.
std::vector<std::uint64_t> number_list(std::string_view text, std::string_view thing);

}  // namespace tandem

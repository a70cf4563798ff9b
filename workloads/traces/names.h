// What may be a name in a trace, and how text from a trace is shown in a message: input is not
// trusted to be printable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

bool is_utf8(std::string_view text);

/// Whether `text` can name a job, tenant or device type: not empty, UTF-8, without white space and
/// control characters. Journals and tables rely on it.
bool is_name(std::string_view text);

/// "'text'" for a message: cut after some forty bytes, what is not printable as \xNN.
std::string shown(std::string_view text);

/// "1 job", "2 jobs"; `one` takes an s.
std::string counted(std::uint64_t count, std::string_view one);

std::string lower_case(std::string_view text);

}  // namespace tandem

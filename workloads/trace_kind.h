// What a file records, jobs or requests, for whoever takes either.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "workloads/requests/request_trace.h"
#include "workloads/traces/trace.h"

namespace tandem {

/// Of jobs or of requests.
using TraceKind = std::variant<TraceFormat, RequestFormat>;

/// The format of this name, of whichever kind has one; both have a native one, which the header
/// tells apart. Empty: told from the file. Throws InputError.
TraceKind trace_kind(const std::filesystem::path& file, std::string_view format);

/// The format's own name.
std::string name_of(const TraceKind& kind);

}  // namespace tandem

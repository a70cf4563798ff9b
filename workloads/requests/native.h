// What our own table of requests and our own JSON lines have in common: names and their meaning.
#pragma once

#include <cstdint>
#include <optional>

#include "workloads/requests/request_draft.h"

namespace tandem {

/// What a request says of itself beside its arrival and its lengths.
struct NativeDetails {
  std::optional<Field> tenant;
  std::optional<Field> priority;
  std::optional<Field> session;
  std::optional<Field> deadline;
};

/// Tells the draft about its last request.
void set_details(const NativeDetails& details, RequestDraft& draft);

}  // namespace tandem

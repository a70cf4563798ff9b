// Where nobody needs a token, a page of somebody else's in the user's own browser must not get in:
// neither by asking this address from its own place, nor by a name that leads here.
#pragma once

#include <string_view>

namespace tandem {

/// Throws ApiError 403 for an `origin` (the header; empty: no browser) that is not this `host`, and
/// for a `host` that is neither "localhost" nor an address.
void check_origin(std::string_view host, std::string_view origin);

}  // namespace tandem

// Where a server is, as users write it.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

struct ServerUrl {
  bool is_secure = false;  ///< https.
  std::string host;
  std::string port;
  std::string base;  ///< In front of "/completions": "/v1", or what a proxy puts before it.

  /// As the Host header has it.
  std::string authority() const;
};

/// "http://127.0.0.1:8000", with or without "/v1" behind it. Throws InputError for what is no such
/// address.
ServerUrl server_url(std::string_view text);

}  // namespace tandem

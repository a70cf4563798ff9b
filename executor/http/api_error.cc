#include "executor/http/api_error.h"

#include <nlohmann/json.hpp>

#include "executor/http/answer_text.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

const char* type_of(int status) {
  switch (status) {
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 429: return "rate_limit_error";
    default: return status < 500 ? "invalid_request_error" : "server_error";
  }
}

ordered_json or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

}  // namespace

std::string to_json(const ApiError& error) {
  const ordered_json json{{"error",
                           {{"message", well_formed(error.what())},
                            {"type", type_of(error.status)},
                            {"param", or_null(error.param)},
                            {"code", or_null(error.code)}}}};
  return json.dump();
}

}  // namespace tandem

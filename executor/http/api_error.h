// What is wrong with a request, as OpenAI's API says it.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace tandem {

/// Ends the handling of one request; its client reads the status and
/// {"error":{"message","type","param","code"}}.
class ApiError : public std::runtime_error {
 public:
  ApiError(int http_status, const std::string& message)
      : runtime_error(message), status(http_status) {}

  /// The field that is wrong.
  ApiError&& about(std::string field) && {
    param = std::move(field);
    return std::move(*this);
  }
  /// A word for programs.
  ApiError&& coded(std::string word) && {
    code = std::move(word);
    return std::move(*this);
  }
  ApiError&& again_in(std::chrono::seconds time) && {
    retry_after = time;
    return std::move(*this);
  }

  int status;
  std::string param;
  std::string code;
  std::string allow;  ///< Of 405: the methods there are.
  std::optional<std::chrono::seconds> retry_after;
};

/// The body of its response.
std::string to_json(const ApiError& error);

}  // namespace tandem

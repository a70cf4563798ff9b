#include "executor/load/server_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policies/core/error.h"

namespace tandem {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw InputError(fmt::format(
      "'{}' is no address of a server: {}; expected one such as http://127.0.0.1:8000", text, why));
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65'535;
}

}  // namespace

std::string ServerUrl::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{0}{1}{2}:{3}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

ServerUrl server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  url.is_secure = rest.starts_with("https://");
  if (!url.is_secure && !rest.starts_with("http://")) refuse(text, "it begins with no http://");
  rest.remove_prefix(url.is_secure ? 8 : 7);
  const auto is_odd = [](char c) {
    return c <= ' ' || c > '~' || c == '?' || c == '#' || c == '@';
  };
  if (std::ranges::any_of(rest, is_odd)) refuse(text, "there is more in it than host and path");
  const std::string_view place = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(place.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  url.base = path.ends_with("/v1") ? std::string(path) : std::string(path) + "/v1";
  const std::size_t bracket = place.starts_with('[') ? place.find(']') : 0;
  const std::size_t colon = place.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = place.substr(0, colon);
  url.port = url.is_secure ? "443" : "80";
  if (colon != std::string_view::npos) url.port = place.substr(colon + 1);
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) refuse(text, "it names no host");
  if (!is_port(url.port)) refuse(text, fmt::format("'{}' is no port", url.port));
  return url;
}

}  // namespace tandem

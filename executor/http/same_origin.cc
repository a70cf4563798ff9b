#include "executor/http/same_origin.h"

#include <boost/asio/ip/address.hpp>
#include <string>

#include "executor/http/api_error.h"

namespace tandem {
namespace {

/// "host:80" without the port, "[::1]:80" without brackets too.
std::string name_of(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

bool leads_here(const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return name.empty() || name == "localhost" || !error;
}

}  // namespace

void check_origin(std::string_view host, std::string_view origin) {
  if (!leads_here(name_of(host))) {
    throw ApiError(403, "without a file of users this server goes by 'localhost' or its address");
  }
  const std::size_t scheme = origin.find("://");
  const std::string_view from =
      scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
  if (!origin.empty() && from != host) {
    throw ApiError(403, "pages of other sites may not ask without a token");
  }
}

}  // namespace tandem

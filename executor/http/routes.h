// Which path is whose: finds it, asks who comes, and lets it answer.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "executor/http/completions.h"
#include "executor/http/connection.h"
#include "executor/http/doorkeeper.h"
#include "executor/http/front_end.h"
#include "executor/http/metrics.h"
#include "executor/http/tenant_limits.h"

namespace tandem {

class Routes final : public Site {
 public:
  /// The desk must outlive it; `connections` says how many are open.
  Routes(ServiceDesk& desk, const FrontEndOptions& options,
         std::function<std::size_t()> connections);

  boost::asio::awaitable<void> handle(Connection& connection, const HttpRequest& request) override;
  void responded(int status) override { metrics_.responded(status); }
  void log(const std::string& line) override { options_.log(line); }

  /// Completions are answered with 503 and when to come again; whatever is answered already is not
  /// touched.
  void refuse_from_now_on() { completions_.refuse_from_now_on(); }
  bool is_answering() const { return completions_.is_answering(); }
  /// Nothing is asked of the desk any more.
  void withdraw_all() { completions_.withdraw_all(); }

 private:
  struct Route;
  using Answer = boost::asio::awaitable<void>;
  static const Route& find(std::string_view path, boost::beast::http::verb method);

  Answer show_page(Connection& connection, const HttpRequest& request, const User* user);
  Answer health(Connection& connection, const HttpRequest& request, const User* user);
  Answer version(Connection& connection, const HttpRequest& request, const User* user);
  Answer metrics(Connection& connection, const HttpRequest& request, const User* user);
  Answer status(Connection& connection, const HttpRequest& request, const User* user);
  Answer models(Connection& connection, const HttpRequest& request, const User* user);
  Answer model(Connection& connection, const HttpRequest& request, const User* user);
  Answer complete(Connection& connection, const HttpRequest& request, const User* user);
  Answer chat(Connection& connection, const HttpRequest& request, const User* user);

  ServiceDesk& desk_;
  const FrontEndOptions options_;
  const std::function<std::size_t()> connections_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Metrics metrics_;
  Doorkeeper doorkeeper_;
  TenantLimits tenants_;
  Completions completions_;
};

}  // namespace tandem

// POST /v1/completions and /v1/chat/completions: from the body of a request to its response.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "executor/http/connection.h"
#include "executor/http/metrics.h"
#include "executor/http/openai_request.h"
#include "executor/http/tenant_limits.h"
#include "executor/http/users.h"
#include "executor/serve/service_desk.h"

namespace tandem {

class CompletionRun;

class Completions {
 public:
  /// All must outlive it.
  Completions(ServiceDesk& desk, Metrics& metrics, TenantLimits& tenants, const HttpLimits& limits,
              Site& site);

  /// Replies; throws ApiError for what is refused.
  boost::asio::awaitable<void> handle(Connection& connection, const User& user, bool is_chat);

  /// Whoever comes from now on gets 503 and when to come again.
  void refuse_from_now_on() { refuses_ = true; }
  bool refuses() const { return refuses_; }
  bool is_answering() const { return !runs_.empty(); }
  /// Nothing is asked of the desk any more.
  void withdraw_all();

  /// The place of a model in the desk's list. Throws ApiError 404 with the nearest name.
  std::size_t model_named(const std::string& name) const;

 private:
  boost::asio::awaitable<void> stream(Connection& connection, CompletionRun& run) const;
  boost::asio::awaitable<void> collect(Connection& connection, CompletionRun& run) const;
  void warn(const CompletionRequest& request, const User& user) const;
  std::string new_id(bool is_chat);

  ServiceDesk& desk_;
  Metrics& metrics_;
  TenantLimits& tenants_;
  const HttpLimits& limits_;
  Site& site_;
  std::set<CompletionRun*> runs_;
  std::uint64_t ids_ = 0;
  bool refuses_ = false;
};

}  // namespace tandem

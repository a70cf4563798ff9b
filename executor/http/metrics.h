// What is counted of all requests, for Prometheus and for the page. Names follow the serving
// engines' under the prefix tandem_ (reference.md, section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "executor/http/recent_figures.h"
#include "executor/serve/service_desk.h"

namespace prometheus {
class Counter;
class Histogram;
}  // namespace prometheus

namespace tandem {

/// Of the requests of one tenant to one model. All times in seconds.
class RequestMetrics {
 public:
  void submitted(std::int64_t prompt_tokens);
  /// From handing in until a batch took it up.
  void queued(double time);
  void first_token(double time);
  /// Since the token before.
  void later_token(double time);
  /// `reason`: "stop", "length", "error" or "cancelled".
  void ended(std::string_view reason, double time);

 private:
  friend class Metrics;
  RecentFigures* recent_ = nullptr;
  prometheus::Histogram* queue_ = nullptr;
  prometheus::Histogram* ttft_ = nullptr;
  prometheus::Histogram* itl_ = nullptr;
  prometheus::Histogram* e2e_ = nullptr;
  prometheus::Counter* prompt_tokens_ = nullptr;
  prometheus::Counter* tokens_ = nullptr;
  prometheus::Counter* stop_ = nullptr;
  prometheus::Counter* length_ = nullptr;
  prometheus::Counter* error_ = nullptr;
  prometheus::Counter* cancelled_ = nullptr;
};

class Metrics {
 public:
  explicit Metrics(std::span<const ServedModel> models);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Stays where it is. Tenants must be few: users of a file, never what clients send.
  RequestMetrics& of(std::size_t model, const std::string& tenant);
  void refused(std::size_t model);
  void responded(int status);
  const RecentFigures& recent(std::size_t model) const;

  /// Prometheus' text format, with what the desk says now.
  std::string text(const ServiceDesk& desk, std::size_t open_connections);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem

#include "executor/http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>
#include <vector>

namespace tandem {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;
using Buckets = Histogram::BucketBoundaries;

const Buckets kWaits{0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300};
const Buckets kGaps{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5};
const Buckets kAnswers{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800};

template <class Builder>
auto& family(Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(Registry& registry, const char* name, const char* help) {
  return family(registry, prometheus::BuildGauge(), name, help);
}
Family<Counter>& counter(Registry& registry, const char* name, const char* help) {
  return family(registry, prometheus::BuildCounter(), name, help);
}
Family<Histogram>& histogram(Registry& registry, const char* name, const char* help) {
  return family(registry, prometheus::BuildHistogram(), name, help);
}

/// Counters only go up: a desk that counts from the start is followed by its differences.
void follow(Counter& counter, std::int64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(std::span<const ServedModel> models) : recent_(models.size()) {
    for (const ServedModel& model : models) names_.push_back(model.name);
  }

  RequestMetrics& of(std::size_t model, const std::string& tenant) {
    const auto [place, is_new] = requests_.try_emplace({model, tenant});
    if (is_new) fill(place->second, model, tenant);
    return place->second;
  }
  void refused(std::size_t model) { refused_.Add({{"model", names_[model]}}).Increment(); }
  void responded(int status) { responses_.Add({{"code", std::to_string(status)}}).Increment(); }
  const RecentFigures& recent(std::size_t model) const { return recent_[model]; }

  std::string text(const ServiceDesk& desk, std::size_t open_connections) {
    for (std::size_t i = 0; i < names_.size(); ++i) refresh(desk.figures(i), names_[i]);
    connections_.Add({}).Set(static_cast<double>(open_connections));
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  void fill(RequestMetrics& metrics, std::size_t model, const std::string& tenant) {
    const prometheus::Labels of_model{{"model", names_[model]}};
    const prometheus::Labels of_tenant{{"model", names_[model]}, {"tenant", tenant}};
    const auto with_reason = [&](const char* reason) {
      auto labels = of_tenant;
      labels.emplace("finished_reason", reason);
      return &ended_.Add(labels);
    };
    metrics.recent_ = &recent_[model];
    metrics.queue_ = &queue_.Add(of_model, kWaits);
    metrics.ttft_ = &ttft_.Add(of_model, kWaits);
    metrics.itl_ = &itl_.Add(of_model, kGaps);
    metrics.e2e_ = &e2e_.Add(of_model, kAnswers);
    metrics.prompt_tokens_ = &prompt_tokens_.Add(of_tenant);
    metrics.tokens_ = &tokens_.Add(of_tenant);
    metrics.stop_ = with_reason("stop");
    metrics.length_ = with_reason("length");
    metrics.error_ = with_reason("error");
    metrics.cancelled_ = with_reason("cancelled");
  }

  void refresh(const ServiceFigures& figures, const std::string& name) {
    const prometheus::Labels labels{{"model", name}};
    const auto set = [&](Family<Gauge>& gauges, std::int64_t value) {
      gauges.Add(labels).Set(static_cast<double>(value));
    };
    set(running_, figures.running);
    set(waiting_, figures.waiting);
    set(replicas_, figures.replicas);
    const double blocks = static_cast<double>(std::max<std::int64_t>(figures.blocks, 1));
    kv_use_.Add(labels).Set(static_cast<double>(figures.blocks_held) / blocks);
    step_.Add(labels).Set(figures.last_step_s);
    follow(preemptions_.Add(labels), figures.preemptions);
    follow(cached_.Add(labels), figures.cached_tokens);
  }

  Registry registry_;
  std::vector<std::string> names_;
  std::vector<RecentFigures> recent_;
  std::map<std::pair<std::size_t, std::string>, RequestMetrics> requests_;

  Family<Gauge>& running_ =
      gauge(registry_, "tandem_num_requests_running", "Requests that hold blocks of a cache.");
  Family<Gauge>& waiting_ =
      gauge(registry_, "tandem_num_requests_waiting", "Requests that no batch has taken up.");
  Family<Gauge>& replicas_ = gauge(registry_, "tandem_num_replicas", "Replicas that serve.");
  Family<Gauge>& kv_use_ = gauge(registry_, "tandem_kv_cache_usage_perc",
                                 "Share of the blocks that are held, from 0 to 1.");
  Family<Gauge>& step_ =
      gauge(registry_, "tandem_last_step_seconds", "Time of some engine's last step.");
  Family<Gauge>& connections_ =
      gauge(registry_, "tandem_http_connections", "Open connections of clients.");
  Family<Counter>& preemptions_ = counter(registry_, "tandem_num_preemptions_total",
                                          "Requests that had to give way to others.");
  Family<Counter>& cached_ = counter(registry_, "tandem_cached_prompt_tokens_total",
                                     "Tokens of prompts that were found in a cache.");
  Family<Counter>& prompt_tokens_ =
      counter(registry_, "tandem_prompt_tokens_total", "Tokens of prompts taken in.");
  Family<Counter>& tokens_ =
      counter(registry_, "tandem_generation_tokens_total", "Tokens of answers.");
  Family<Counter>& ended_ =
      counter(registry_, "tandem_requests_total", "Requests that have ended, by what ended them.");
  Family<Counter>& refused_ =
      counter(registry_, "tandem_requests_refused_total", "Requests that were not taken in.");
  Family<Counter>& responses_ =
      counter(registry_, "tandem_http_responses_total", "HTTP responses by status.");
  Family<Histogram>& queue_ = histogram(registry_, "tandem_request_queue_time_seconds",
                                        "From handing in until a batch takes the request up.");
  Family<Histogram>& ttft_ = histogram(registry_, "tandem_time_to_first_token_seconds",
                                       "From handing in until the first token.");
  Family<Histogram>& itl_ =
      histogram(registry_, "tandem_inter_token_latency_seconds", "Between tokens of an answer.");
  Family<Histogram>& e2e_ = histogram(registry_, "tandem_e2e_request_latency_seconds",
                                      "From handing in until the end of the answer.");
};

Metrics::Metrics(std::span<const ServedModel> models) : impl_(std::make_unique<Impl>(models)) {}
Metrics::~Metrics() = default;

RequestMetrics& Metrics::of(std::size_t model, const std::string& tenant) {
  return impl_->of(model, tenant);
}
void Metrics::refused(std::size_t model) { impl_->refused(model); }
void Metrics::responded(int status) { impl_->responded(status); }
const RecentFigures& Metrics::recent(std::size_t model) const { return impl_->recent(model); }
std::string Metrics::text(const ServiceDesk& desk, std::size_t open_connections) {
  return impl_->text(desk, open_connections);
}

void RequestMetrics::submitted(std::int64_t prompt_tokens) {
  prompt_tokens_->Increment(static_cast<double>(prompt_tokens));
  recent_->requests.add(std::chrono::steady_clock::now(), 1);
}

void RequestMetrics::queued(double time) { queue_->Observe(time); }

void RequestMetrics::first_token(double time) {
  ttft_->Observe(time);
  tokens_->Increment();
  recent_->ttft.add(time);
  recent_->tokens.add(std::chrono::steady_clock::now(), 1);
}

void RequestMetrics::later_token(double time) {
  itl_->Observe(time);
  tokens_->Increment();
  recent_->itl.add(time);
  recent_->tokens.add(std::chrono::steady_clock::now(), 1);
}

void RequestMetrics::ended(std::string_view reason, double time) {
  Counter* counter = reason == "stop"     ? stop_
                     : reason == "length" ? length_
                     : reason == "error"  ? error_
                                          : cancelled_;
  counter->Increment();
  if (counter == cancelled_) return;
  e2e_->Observe(time);
  recent_->e2e.add(time);
}

}  // namespace tandem

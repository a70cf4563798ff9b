#include "cli/recorded_requests.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/requests/request_draft.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

using Arrivals = std::vector<RequestArrival>;

class RecordedRequests final : public RequestSource {
 public:
  explicit RecordedRequests(std::shared_ptr<const Arrivals> arrivals)
      : arrivals_(std::move(arrivals)) {}
  bool next(RequestArrival& next) override {
    if (at_ == arrivals_->size()) return false;
    next = (*arrivals_)[at_++];
    return true;
  }
  std::uint64_t count() const override { return arrivals_->size(); }

 private:
  std::shared_ptr<const Arrivals> arrivals_;
  std::size_t at_ = 0;
};

template <class All, class Name>
std::size_t place_of(const All& all, const Field& field, Name name) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].*name == field.text) return i;
  }
  fail(field, "a name of the scenario that was run");
}

RequestState state_of(const Field& field) {
  constexpr std::array<std::pair<std::string_view, RequestState>, 4> kStates = {
      {{"completed", RequestState::kCompleted},
       {"rejected", RequestState::kRejected},
       {"failed", RequestState::kFailed},
       {"cancelled", RequestState::kCancelled}}};
  for (const auto& [name, state] : kStates) {
    if (field.text == name) return state;
  }
  fail(field, "completed, rejected, failed or cancelled");
}

Time time_of(const Field& field) { return Time{seconds(field)}; }

RequestArrival arrival_of(const RequestRecord& record, const ServiceSettings& service) {
  RequestArrival arrival;
  arrival.output_tokens = record.output_tokens;
  Request& request = arrival.request;
  request.tenant = record.tenant;
  request.priority = service.priority;
  request.arrival = record.arrival;
  request.deadline = later(request.arrival, service.first_token_limit());
  request.prompt_tokens = record.prompt_tokens;
  request.output_limit = record.output_tokens;
  return arrival;
}

}  // namespace

std::vector<RequestRecord> recorded_requests(const std::filesystem::path& file,
                                             const Scenario& scenario) {
  const TextFile text(file);
  CsvReader csv(text.text(), file.string());
  const auto column = [&](std::string_view name) { return csv.column(name); };
  const std::size_t service = column("service"), tenant = column("tenant"), state = column("state"),
                    arrival = column("arrival_s"), first = column("first_token_s"),
                    last = column("last_token_s"), prompt = column("input_tokens"),
                    output = column("output_tokens");
  std::vector<RequestRecord> records;
  while (csv.next()) {
    RequestRecord& record = records.emplace_back();
    record.service = {static_cast<std::uint32_t>(
        place_of(scenario.services, csv.field(service), &ServiceSettings::name))};
    record.tenant = {static_cast<std::uint32_t>(
        place_of(scenario.tenants.all(), csv.field(tenant), &Tenant::name))};
    record.state = state_of(csv.field(state));
    record.arrival = time_of(csv.field(arrival));
    record.prompt_tokens = token_count(csv.field(prompt), 0);
    record.output_tokens = token_count(csv.field(output), 0);
    if (record.state != RequestState::kCompleted) continue;
    record.first_token = time_of(csv.field(first));
    record.last_token = time_of(csv.field(last));
  }
  return records;
}

void use_recorded_requests(const std::vector<RequestRecord>& records, Scenario& scenario) {
  std::vector<Arrivals> all(scenario.services.size());
  for (const RequestRecord& record : records) {
    if (record.output_tokens == 0 || record.prompt_tokens == 0) continue;
    const std::size_t place = record.service.value;
    all[place].push_back(arrival_of(record, scenario.services[place]));
  }
  for (std::size_t place = 0; place < all.size(); ++place) {
    std::ranges::stable_sort(all[place], {}, [](const auto& a) { return a.request.arrival; });
    for (std::uint32_t i = 0; i < all[place].size(); ++i) all[place][i].request.id = {i};
    ServiceSettings& service = scenario.services[place];
    service.max_concurrency = 0;
    service.engine.hash_tokens = 0;  // What prompts had in common is not known.
    service.requests = [arrivals = std::make_shared<const Arrivals>(std::move(all[place]))](
                           std::uint64_t) { return std::make_unique<RecordedRequests>(arrivals); };
  }
}

}  // namespace tandem

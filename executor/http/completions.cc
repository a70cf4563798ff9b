#include "executor/http/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "executor/http/completion_run.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostWarnings =
    8;  // Names of fields are the client's: neither many nor long.
constexpr std::size_t kLongestName = 40;
constexpr const char* kShutDown = "the server is being shut down";
constexpr std::chrono::seconds kComeAgain{5};  // To whoever takes its place.

/// A run that is known to others while it lasts.
class Listed {
 public:
  Listed(std::set<CompletionRun*>& list, CompletionRun& run) : list_(list), run_(run) {
    list_.insert(&run);
  }
  ~Listed() { list_.erase(&run_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::set<CompletionRun*>& list_;
  CompletionRun& run_;
};

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Completions::Completions(ServiceDesk& desk, Metrics& metrics, TenantLimits& tenants,
                         const HttpLimits& limits, Site& site)
    : desk_(desk), metrics_(metrics), tenants_(tenants), limits_(limits), site_(site) {}

asio::awaitable<void> Completions::handle(Connection& connection, const User& user, bool is_chat) {
  const std::string body = co_await connection.read_body();
  if (connection.is_broken()) co_return;
  if (refuses_) throw ApiError(503, kShutDown).coded("shutting_down").again_in(kComeAgain);
  const CompletionRequest request = is_chat ? parse_chat(body) : parse_completion(body);
  warn(request, user);
  const std::size_t model = model_named(request.model);
  if (is_chat && desk_.models()[model].chat_template.empty()) {
    throw ApiError(400, fmt::format("'{}' takes no chats: ask /v1/completions", request.model))
        .about("model");
  }
  const auto place = tenants_.enter(user.tenant_name, std::chrono::steady_clock::now());
  const RunSetting setting{desk_,
                           model,
                           request,
                           user,
                           metrics_.of(model, user.tenant_name),
                           connection,
                           limits_.unread_bytes};
  const bool wants_logprobs = request.sampling.logprobs >= 0;
  const ResponseForm form{new_id(is_chat), seconds_since_1970(), request.model,
                          is_chat,         wants_logprobs,       request.wants_usage};
  const auto run = std::make_shared<CompletionRun>(setting, form);
  const Listed listed(runs_, *run);
  try {
    run->submit();
  } catch (const ApiError&) {
    metrics_.refused(model);
    throw;
  }
  if (request.streams) {
    co_await stream(connection, *run);
  } else {
    co_await collect(connection, *run);
  }
}

/// Who leaves takes the run along: its end withdraws what still runs.
asio::awaitable<void> Completions::stream(Connection& connection, CompletionRun& run) const {
  co_await connection.begin_stream("text/event-stream");
  while (!connection.is_gone()) {
    if (connection.is_ending()) run.fail(kShutDown);
    const bool is_over = run.is_over();
    const std::string events = run.take_events();
    if (!events.empty()) {
      co_await connection.write_chunk(events);
    } else if (is_over) {
      co_return co_await connection.end_stream();
    } else {
      co_await connection.wait();
    }
  }
}

asio::awaitable<void> Completions::collect(Connection& connection, CompletionRun& run) const {
  while (!run.is_over() && !connection.is_gone()) {
    if (connection.is_ending()) throw ApiError(503, kShutDown);
    co_await connection.wait();
  }
  if (run.failure()) throw ApiError(503, *run.failure()).coded("failed");
  if (!run.is_over()) co_return;
  HttpResponse response;
  response.body = run.whole();
  co_await connection.reply(std::move(response));
}

void Completions::withdraw_all() {
  for (CompletionRun* run : runs_) run->withdraw_all();
}

std::size_t Completions::model_named(const std::string& name) const {
  const auto models = desk_.models();
  const auto found = std::ranges::find(models, name, &ServedModel::name);
  if (found != models.end()) return static_cast<std::size_t>(found - models.begin());
  std::vector<std::string> names;
  for (const ServedModel& model : models) names.push_back(model.name);
  const std::string shown = name.substr(0, kLongestName);
  throw ApiError(404, fmt::format("there is no model '{}'{}", shown, suggestion(shown, names)))
      .about("model")
      .coded("model_not_found");
}

void Completions::warn(const CompletionRequest& request, const User& user) const {
  if (request.ignored.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(request.ignored.size(), kMostWarnings); ++i) {
    const std::string name = well_formed(request.ignored[i].substr(0, kLongestName));
    names += (i == 0 ? "" : ", ") + nlohmann::json(name).dump();
  }
  if (request.ignored.size() > kMostWarnings) names += ", ...";
  site_.log(fmt::format("warning: fields that mean nothing here were ignored: {} (of '{}')", names,
                        user.name));
}

std::string Completions::new_id(bool is_chat) {
  // Unlike those of another run of this program.
  static const std::int64_t start = seconds_since_1970();
  return fmt::format("{}-{:x}-{}", is_chat ? "chatcmpl" : "cmpl", start, ids_++);
}

}  // namespace tandem

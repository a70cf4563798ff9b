// From a service's `requests` to a plan that makes them.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "workloads/requests/merged_requests.h"
#include "workloads/requests/trace_requests.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/drawn_requests.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

/// Sources of requests are numbered apart from those of jobs, service by service.
constexpr std::uint64_t kFirstSource = std::uint64_t{1} << 32;
constexpr std::uint64_t kMostSources = std::uint64_t{1} << 16;

/// Makes one source's stream for a seed.
using SourceMaker = std::function<std::unique_ptr<RequestSource>(std::uint64_t seed)>;

class RequestsBuilder {
 public:
  RequestsBuilder(const Value& value, const RequestSetting& setting, ScenarioBuild& build)
      : value_(value), setting_(setting), build_(build) {}

  RequestPlan read() {
    if (const Value* rate = value_.find("rate")) rate_ = factor_of(*rate);
    rate_ *= build_.rate;
    if (const Value* most = value_.find("max_concurrency")) {
      plan_.max_concurrency = static_cast<std::uint32_t>(integer_of(*most));
    }
    if (const Value* sources = value_.find("sources")) {
      for (const Value& source : sources->items) add_source(source);
    } else {
      add_source(value_);
    }
    check_blocks();
    plan_.tenants.assign(tenants_.begin(), tenants_.end());
    plan_.source = [makers = std::move(makers_)](std::uint64_t seed) {
      std::vector<std::unique_ptr<RequestSource>> sources;
      for (const SourceMaker& make : makers) sources.push_back(make(seed));
      return merged_requests(std::move(sources));
    };
    return std::move(plan_);
  }

 private:
  void add_source(const Value& source) {
    build_.attempt([&] {
      if (const Value* trace = source.find("trace")) {
        add_trace(*trace);
      } else {
        add_generator(*source.find("generate"));
      }
    });
    ++next_source_;
  }

  RequestTerms terms_of(const Value& source) const {
    RequestTerms terms;
    terms.source = kFirstSource + setting_.service * kMostSources + next_source_;
    if (setting_.context) {
      terms.limits.context = static_cast<std::uint32_t>(
          std::clamp<std::int64_t>(*setting_.context, 2, terms.limits.context));
    }
    if (const Value* limit = value_.find("output_limit")) {
      terms.limits.output = static_cast<std::uint32_t>(integer_of(*limit));
    }
    if (const Value* prediction = value_.find("predicted")) {
      const Value* error = prediction->find("error");
      terms.prediction = error != nullptr ? PredictionRule{RoughPrediction{number_of(*error)}}
                                          : PredictionRule{ExactPrediction{}};
    }
    if (const Value* deadline = source.find("deadline")) terms.deadline = duration_of(*deadline);
    return terms;
  }

  void add_trace(const Value& source) {
    const auto file = build_.file_named(*source.find("file"));
    if (!file) return;
    const RequestFormat format = request_format_of(source, *file);
    if (format == RequestFormat::kServeGen) return add_client(source, *file);
    if (const Value* lengths = source.find("lengths")) {
      build_.fail(*lengths, "only a servegen client has its lengths in a file of their own");
    }
    auto play = std::make_shared<TracePlay>();
    play->trace = read_request_trace(*file, format);
    play->terms = terms_of(source);
    play->start = time_of(source, "start", kStartOfTime);
    play->rate = rate_;
    play->shake = build_.shake;
    build_.attempt(source, [&] {
      if (source.has("from") || source.has("until")) {
        cut_to_times(play->trace, time_of(source, "from", kStartOfTime),
                     time_of(source, "until", kForever));
      }
      cut_to_limits(play->trace, play->terms.limits);
      name_tenants(source, *play);
    });
    add_warnings(*file, play->trace.warnings, plan_.warnings);
    if (const Value* priority = source.find("priority")) play->priority = integer_of(*priority);
    plan_.random |= is_random(play->terms.prediction) || play->shake > 0;
    add_block(play->trace.prefix_block_tokens);
    makers_.push_back([play](std::uint64_t seed) { return trace_requests(play, seed); });
  }

  /// Only those that are left in the trace become tenants of the scenario.
  void name_tenants(const Value& source, TracePlay& play) {
    const RequestTrace& trace = play.trace;
    play.tenants.resize(trace.tenants.size());
    if (const Value* tenant = source.find("tenant")) {
      std::ranges::fill(play.tenants, build_.tenants.resolve_declared(tenant->text));
      tenants_.insert(play.tenants.front());
      return;
    }
    std::vector<bool> asks(trace.tenants.size());
    asks[0] = trace.tenant.empty();
    for (const std::uint32_t tenant : trace.tenant) asks[tenant] = true;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (!asks[i]) continue;
      play.tenants[i] = build_.tenants.resolve(trace.tenants[i]);
      tenants_.insert(play.tenants[i]);
    }
  }

  /// A client's windows, and its lengths from the file beside them.
  void add_client(const Value& source, const std::filesystem::path& file) {
    const auto lengths = lengths_beside(source, file);
    if (!lengths) return;
    const Time from = time_of(source, "from", kStartOfTime);
    const auto windows =
        cut_windows(read_client_windows(file), from, time_of(source, "until", kForever));
    if (ClientArrivals::count(windows) == 0) {
      return build_.fail(source, "the client asks nothing in that time");
    }
    std::vector<LengthWindow> histograms = read_client_lengths(*lengths);
    for (LengthWindow& window : histograms) window.start -= from - kStartOfTime;
    RequestSettings settings;
    settings.arrival =
        ClientRule{std::make_shared<const std::vector<ClientWindow>>(windows), rate_};
    settings.lengths = std::make_shared<const std::vector<LengthWindow>>(std::move(histograms));
    settings.start = time_of(source, "start", kStartOfTime);
    build_.attempt(source, [&] {
      const Value* tenant = source.find("tenant");
      settings.tenant =
          WeightedChoice(tenant != nullptr ? build_.tenants.resolve_declared(tenant->text)
                                           : build_.tenants.resolve(kDefaultTenant));
    });
    settings.priority = drawn_priority(source, build_);
    add_settings(std::move(settings), source);
  }

  /// ServeGen calls them NAME-trace.csv and NAME-dataset.json.
  std::optional<std::filesystem::path> lengths_beside(const Value& source,
                                                      const std::filesystem::path& file) {
    if (const Value* lengths = source.find("lengths")) return build_.file_named(*lengths);
    constexpr std::string_view kEnd = "-trace.csv";
    const Value& given = *source.find("file");
    Value beside = given;
    if (beside.text.ends_with(kEnd)) {
      beside.text.replace(beside.text.size() - kEnd.size(), kEnd.size(), "-dataset.json");
      if (std::filesystem::exists(file.parent_path() /
                                  std::filesystem::path(beside.text).filename())) {
        return build_.file_named(beside);
      }
    }
    build_.fail(given, "a servegen client needs 'lengths', its *-dataset.json; none is beside it");
    return std::nullopt;
  }

  void add_generator(const Value& source) {
    add_settings(drawn_requests(source, rate_, plan_.warnings, build_), source);
  }

  void add_settings(RequestSettings settings, const Value& source) {
    settings.terms = terms_of(source);
    if (settings.system_prompt_tokens + 1 >= settings.terms.limits.context) {
      build_.fail(source, fmt::format("the system prompt leaves no room for a prompt and an "
                                      "answer in the context of {} tokens",
                                      settings.terms.limits.context));
    }
    if (!build_.problems.empty()) return;
    plan_.random |= settings.is_random();
    for (const TenantId tenant : settings.tenant.values()) tenants_.insert(tenant);
    if (settings.has_prefixes()) add_block(settings.prefix_block_tokens);
    const auto shared = std::make_shared<const RequestSettings>(std::move(settings));
    if (setting_.context) warn_of_cuts(shared);
    makers_.push_back(
        [shared](std::uint64_t seed) { return std::make_unique<RequestGenerator>(shared, seed); });
  }

  /// What the context cuts of generated requests differs from seed to seed: tries some.
  void warn_of_cuts(const std::shared_ptr<const RequestSettings>& settings) {
    constexpr std::uint64_t kTried = 20'000;
    RequestGenerator trial(settings, 0);
    RequestArrival request;
    std::uint64_t made = 0;
    while (made < kTried && trial.next(request)) ++made;
    const auto cut = [&](std::uint64_t count, const char* what) {
      if (count == 0) return;
      plan_.warnings.push_back(
          fmt::format("generated {} are cut to the context of {} tokens: of the first {} about {}",
                      what, settings->terms.limits.context, counted(made, "request"), count));
    };
    cut(trial.cut_prompts(), "prompts");
    cut(trial.cut_answers(), "answers");
  }

  void add_block(std::uint32_t tokens) {
    if (tokens > 0) blocks_.insert(tokens);
  }

  void check_blocks() {
    if (blocks_.size() < 2) return;
    build_.fail(value_, fmt::format("the sources know their prompts in blocks of {} and of {} "
                                    "tokens: one service needs one size (prefix_block)",
                                    *blocks_.begin(), *blocks_.rbegin()));
  }

  const Value& value_;
  const RequestSetting setting_;
  ScenarioBuild& build_;
  RequestPlan plan_;
  double rate_ = 1;
  std::vector<SourceMaker> makers_;
  std::uint64_t next_source_ = 0;
  std::set<TenantId> tenants_;
  std::set<std::uint32_t> blocks_;
};

}  // namespace

RequestPlan read_requests(const Value& value, const RequestSetting& setting, ScenarioBuild& build) {
  return RequestsBuilder(value, setting, build).read();
}

}  // namespace tandem

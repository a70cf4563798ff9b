// From a `generate` entry of a service's requests to the settings of a generator.
#include "workloads/scenario/drawn_requests.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "workloads/requests/lengths.h"

namespace tandem {
namespace {

constexpr Duration kLongestThought = std::chrono::hours{24 * 365};

/// Refuses requests that come to no end in a lifetime.
void check_end(const Value& generate, const RequestSettings& settings, double rate,
               ScenarioBuild& build) {
  const double start = to_seconds(settings.start);
  if (!settings.count && !settings.until) {
    build.fail(generate, "generate needs 'count' or 'until': how many requests there are");
  } else if (!settings.until) {
    const double end = start + static_cast<double>(*settings.count) / rate;
    if (end > to_seconds(ArrivalProcess::kEnd) / 2) {
      build.fail(generate, "the last of these requests would arrive after more than 50 years");
    }
  } else if (!settings.count && (to_seconds(*settings.until) - start) * rate > 1e9) {
    build.fail(generate, "these are more than 1000000000 requests; give a 'count'");
  }
}

LengthRule recorded_lengths(const Value& lengths, std::vector<std::string>& warnings,
                            ScenarioBuild& build) {
  const auto file = build.file_named(*lengths.find("file"));
  if (!file) return {};
  const RequestFormat format = request_format_of(lengths, *file);
  if (format == RequestFormat::kServeGen) {
    throw InputError(Position{file->string()}, "these are rates of arrivals, not lengths");
  }
  LengthTable table = read_lengths(*file, format);
  add_warnings(*file, table.warnings, warnings);
  return std::make_shared<const std::vector<Lengths>>(std::move(table.rows));
}

LengthRule lengths_of(const Value& generate, std::vector<std::string>& warnings,
                      ScenarioBuild& build) {
  const Value* prompt = generate.find("prompt");
  const Value* output = generate.find("output");
  if (const Value* lengths = generate.find("lengths")) {
    if (prompt != nullptr || output != nullptr) {
      build.fail(*lengths, "'lengths' gives both lengths: drop 'prompt' and 'output'");
    }
    return recorded_lengths(*lengths, warnings, build);
  }
  if (prompt == nullptr || output == nullptr) {
    build.fail(generate,
               "generate needs 'prompt' and 'output', or 'lengths': how long requests are");
    return {};
  }
  return SeparateLengths{drawn_counts(*prompt, build), drawn_counts(*output, build)};
}

}  // namespace

RequestSettings drawn_requests(const Value& generate, double rate,
                               std::vector<std::string>& warnings, ScenarioBuild& build) {
  RequestSettings settings;
  if (const Value* count = generate.find("count")) {
    settings.count = static_cast<std::uint64_t>(integer_of(*count));
  }
  if (generate.has("until")) settings.until = time_of(generate, "until", kForever);
  settings.start = time_of(generate, "start", kStartOfTime);
  ArrivalShape arrival = arrival_shape_of(*generate.find("arrival"), build);
  set_rate(arrival, rate_of(arrival) * rate);
  check_end(generate, settings, rate_of(arrival), build);
  settings.arrival = arrival;
  settings.lengths = lengths_of(generate, warnings, build);
  if (const Value* tokens = generate.find("system_prompt")) {
    settings.system_prompt_tokens = static_cast<std::uint32_t>(integer_of(*tokens));
  }
  if (const Value* block = generate.find("prefix_block")) {
    settings.prefix_block_tokens = static_cast<std::uint32_t>(integer_of(*block));
  }
  if (const Value* sessions = generate.find("sessions")) {
    settings.sessions =
        SessionRule{drawn_counts(*sessions->find("turns"), build),
                    drawn_durations(*sessions->find("think"), kLongestThought, build)};
  }
  settings.tenant = drawn_tenants(generate, build);
  settings.priority = drawn_priority(generate, build);
  return settings;
}

RequestFormat request_format_of(const Value& source, const std::filesystem::path& file) {
  const Value* format = source.find("format");
  return format != nullptr ? request_format(format->text) : detect_request_format(file);
}

Time time_of(const Value& source, const char* key, Time fallback) {
  const Value* time = source.find(key);
  return time != nullptr ? Time{duration_of(*time)} : fallback;
}

void add_warnings(const std::filesystem::path& file, const std::vector<std::string>& said,
                  std::vector<std::string>& warnings) {
  for (const std::string& warning : said) {
    warnings.push_back(fmt::format("{}: {}", file.string(), warning));
  }
}

}  // namespace tandem

// tandem bench-serve: requests as scenarios describe them, sent to a real server.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/commands.h"
#include "cli/listeners.h"
#include "cli/load_table.h"
#include "cli/notes.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/progress.h"
#include "reports/requests_csv.h"
#include "workloads/requests/described_requests.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Requests a second.
double rate_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || !(value >= 1e-6 && value <= 1e6)) {
    throw InputError(fmt::format(
        "--request-rate: expected a number from 0.000001 to 1000000 or inf, found '{}'", text));
  }
  return value;
}

std::vector<Override> trace_keys(const Arguments& arguments) {
  const LoadArguments& load = arguments.load;
  std::vector<Override> keys{{"trace.file", '"' + arguments.trace + '"', "--trace"}};
  if (!load.format.empty()) keys.push_back({"trace.format", load.format, "--format"});
  if (!load.rate.empty()) keys.push_back({"rate", load.rate, "--rate"});
  return keys;
}

std::vector<Override> drawn_keys(const LoadArguments& load) {
  if (load.count == 0) throw InputError("--count is missing: how many requests there are");
  std::vector<Override> keys{
      {"generate.count", std::to_string(load.count + load.warmup), "--count"},
      {"generate.prompt", load.prompt_tokens, "--prompt-tokens"},
      {"generate.output", load.output_tokens, "--output-tokens"}};
  if (load.concurrency > 0 || load.rate == "inf") {
    keys.push_back({"generate.arrival", "at-once", "--request-rate"});
    return keys;
  }
  if (load.rate.empty()) {
    throw InputError("say when requests are sent: --request-rate, --concurrency or --trace");
  }
  // A gamma distribution of shape k varies by 1/sqrt(k).
  const std::string arrival = fmt::format("{{ gamma: {{ rate: {}/s, cv: {} }} }}",
                                          rate_of(load.rate), 1 / std::sqrt(load.burstiness));
  keys.push_back({"generate.arrival", arrival, "--request-rate"});
  return keys;
}

/// The first line of a file with a bearer token.
std::string token_of(const std::string& file) {
  if (file.empty()) return {};
  std::ifstream in(file);
  std::string token;
  if (!in || !std::getline(in, token)) {
    throw InputError(Position{file}, "there is no token to be read");
  }
  while (!token.empty() && token.back() <= ' ') token.pop_back();
  const bool is_word = std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  if (token.empty() || !is_word) {
    throw InputError(Position{file}, "expected a token: one line without spaces");
  }
  return token;
}

LoadTarget target_of(const LoadArguments& load) {
  LoadTarget target;
  target.url = server_url(load.url);
  target.model = load.model;
  target.token = token_of(load.token_file);
  target.authority = load.authority;
  target.verifies = !load.insecure;
  target.chats = load.chats;
  target.sends_ids = load.prompts == "ids";
  target.ignores_end = load.ignores_end;
  target.retries = load.retries;
  target.patience = std::chrono::seconds(load.timeout_s);
  return target;
}

void write_file(const fs::path& path, const std::string& text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void check_exports(const std::vector<std::string>& exports) {
  for (const std::string& file : exports) {
    if (fs::path(file).extension() == ".json") continue;
    throw InputError(fmt::format("cannot tell from '{}' what to write: supported is .json", file));
  }
}

void write_folder(const fs::path& folder, const std::string& json, const LoadOutcome& outcome,
                  const Tenants& tenants) {
  AtomicFile file(folder / "requests.csv");
  RequestsCsv requests([&](std::string_view row) { file.write(row); }, {outcome.model}, tenants);
  for (const Exchange& exchange : outcome.exchanges) {
    if (exchange.error != "interrupted") requests.ended(exchange.record);
  }
  file.commit();
  write_file(folder / "result.json", json);
}

}  // namespace

int run_bench_serve(const Arguments& arguments) {
  const LoadArguments& load = arguments.load;
  check_exports(arguments.exports);
  const LoadTarget target = target_of(load);
  const DescribedRequests described =
      described_requests(arguments.trace.empty() ? drawn_keys(load) : trace_keys(arguments));
  if (!arguments.quiet) {
    for (const std::string& warning : described.plan.warnings) print_aside(warning + "\n");
  }
  if (!arguments.output.empty()) fs::create_directories(arguments.output);
  const auto source = described.plan.source(load.seed);
  LoadPace pace{load.count, load.warmup, {}, load.seed};
  if (pace.count == 0) pace.count = source->count() - std::min(source->count(), load.warmup);
  if (load.concurrency > 0) pace.concurrency = load.concurrency;
  Progress progress(1, progress_mode(arguments), monotonic_seconds, print_aside);
  const LoadOutcome outcome =
      run_load(target, pace, *source, [&](std::uint64_t ended, std::uint64_t count) {
        progress.update(0, static_cast<double>(ended) / static_cast<double>(count));
      });
  progress.finish();
  const LoadReport report = load_report(outcome, load.goodput);
  const nlohmann::ordered_json json = load_json(report, outcome);
  const std::string text =
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (!arguments.output.empty()) {
    write_folder(arguments.output, text, outcome, described.tenants);
  }
  for (const std::string& file : arguments.exports) write_file(file, text);
  print_output(arguments.json ? text : load_text(report, outcome));
  if (outcome.is_interrupted) {
    print_error(fmt::format("interrupted: {} of {} requests have ended",
                            outcome.exchanges.size() - report.interrupted, pace.count));
    return 130;
  }
  return report.figures.completed > 0 ? 0 : 5;
}

}  // namespace tandem

#include "cli/load_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/validators.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

const std::vector<std::string> kMetrics = {"ttft", "tpot", "itl", "e2el"};

/// When requests are sent, one of three ways.
void add_pace(CLI::App* app, Arguments& arguments) {
  LoadArguments& load = arguments.load;
  auto* rate = app->add_option("--request-rate", load.rate,
                               "Open loop: so many requests a second, whatever comes back; inf: "
                               "all at once")
                   ->type_name("R");
  app->add_option("--burstiness", load.burstiness,
                  "Shape of the gamma distribution of gaps: 1 is Poisson, less comes in bursts")
      ->type_name("B")
      ->check(number(1e-4, 1e6))
      ->needs(rate)
      ->capture_default_str();
  auto* concurrency = app->add_option("--concurrency", load.concurrency,
                                      "Closed loop: so many requests under way at any time")
                          ->type_name("N")
                          ->check(whole_number(1, 100'000));
  auto* trace = app->add_option("--trace", arguments.trace,
                                "Replay a trace of requests (docs/requests.md has the formats)")
                    ->type_name("FILE");
  app->add_option("--format", load.format, "Of the trace; told from the file unless said")
      ->needs(trace)
      ->type_name("NAME");
  app->add_option("--rate", load.rate, "So much faster than the trace was recorded: x10")
      ->needs(trace)
      ->excludes(rate)
      ->type_name("xS");
  rate->excludes(concurrency)->excludes(trace);
  concurrency->excludes(trace);
}

void add_requests(CLI::App* app, Arguments& arguments) {
  LoadArguments& load = arguments.load;
  CLI::Option* trace = app->get_option("--trace");
  app->add_option("--count", load.count, "Requests; of a trace the first so many, or all")
      ->type_name("N")
      ->check(whole_number(1, 100'000'000));
  app->add_option("--prompt-tokens", load.prompt_tokens,
                  "Tokens of a prompt: a number, or a distribution as scenarios have it, such as "
                  "'{lognormal: {median: 200, p99: 2000}}'")
      ->excludes(trace)
      ->type_name("D")
      ->capture_default_str();
  app->add_option("--output-tokens", load.output_tokens, "Tokens of an answer at most, likewise")
      ->excludes(trace)
      ->type_name("D")
      ->capture_default_str();
  app->add_option("--seed", load.seed, "Of all that is drawn")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--warmup", load.warmup, "Requests before, one by one, that are not counted")
      ->type_name("N")
      ->check(whole_number(0, 1'000'000));
  app->add_flag("--ignore-eos", load.ignores_end, "Answers go on to their full length");
  app->add_flag("--chat", load.chats, "Chat completions");
  app->add_option(
         "--prompt", load.prompts,
         "Prompts as numbers of tokens, or as text, of which the server is asked first how "
         "many tokens it is; chats are text")
      ->type_name("ids|text")
      ->check(one_of({"ids", "text"}))
      ->capture_default_str();
  app->add_option("--timeout", load.timeout_s, "Seconds after which an answer has failed")
      ->type_name("S")
      ->check(whole_number(1, 86'400))
      ->capture_default_str();
  app->add_flag("--retry", load.retries, "Who is refused with 429 comes again after Retry-After");
}

}  // namespace

void add_load_command(const MakeCommand& command, Arguments& arguments, std::string& goodput) {
  LoadArguments& load = arguments.load;
  CLI::App* app = command("bench-serve", Command::kBenchServe,
                          "Load an OpenAI-compatible server with requests and measure the answers");
  app->add_option("URL", load.url, "Of the server, such as http://127.0.0.1:8000")
      ->type_name("")
      ->required();
  app->add_option("--model", load.model, "What it calls the model; its only one unless told")
      ->type_name("NAME");
  app->add_option("--token-file", load.token_file, "File with the bearer token")->type_name("FILE");
  auto* insecure = app->add_flag("--insecure", load.insecure, "Take any certificate");
  app->add_option("--ca", load.authority, "Certificates that the server's is signed by (PEM)")
      ->excludes(insecure)
      ->type_name("FILE");
  add_pace(app, arguments);
  add_requests(app, arguments);
  app->add_option("--goodput", goodput,
                  "What a good request meets, in milliseconds: ttft:500,tpot:50")
      ->type_name("LIST");
  app->add_option("-o,--output", arguments.output, "Folder for result.json and requests.csv")
      ->type_name("FOLDER");
  app->add_option("--export", arguments.exports, "Also write the result: .json")
      ->take_all()
      ->expected(1)
      ->type_name("FILE")
      ->allow_extra_args(false);
}

std::vector<Objective> parse_goodput(const std::string& text) {
  std::vector<Objective> objectives;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::string name(item.substr(0, item.find(':')));
    const std::string_view limit = item.substr(std::min(name.size() + 1, item.size()));
    const auto metric = std::ranges::find(kMetrics, name);
    if (metric == kMetrics.end()) {
      throw CLI::ValidationError(
          "--goodput", fmt::format("unknown latency '{}'{}", name, suggestion(name, kMetrics)));
    }
    double ms = 0;
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), ms);
    const bool fits =
        error == std::errc{} && end == limit.data() + limit.size() && ms > 0 && ms <= 1e9;
    if (!fits) {
      throw CLI::ValidationError(
          "--goodput",
          fmt::format("expected milliseconds, such as {}:500, found '{}'", name, item));
    }
    objectives.push_back({static_cast<Objective::Metric>(metric - kMetrics.begin()), 100,
                          Duration{std::llround(ms * 1e6)}});
  }
  return objectives;
}

}  // namespace tandem

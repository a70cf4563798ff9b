#include "cli/comparing/result_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/registry.h"
#include "reports/journal_file.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// FOLDER/NAME or FOLDER/NAME.zst, whichever is there.
std::optional<fs::path> file_in(const fs::path& folder, const std::string& name) {
  std::error_code unknown;
  for (const std::string& file : {name, name + ".zst"}) {
    if (fs::is_regular_file(folder / file, unknown)) return folder / file;
  }
  return std::nullopt;
}

ResultDocument read_document(const fs::path& file) {
  try {
    const TextFile text(file);
    return document_from_json(nlohmann::ordered_json::parse(text.text()));
  } catch (const nlohmann::json::exception& error) {
    throw InputError({file.string(), 0, 0}, std::string("this is no JSON: ") + error.what());
  } catch (const InputError& error) {
    const std::string what = error.what();
    if (what.starts_with(file.string())) throw;
    throw InputError({file.string(), 0, 0}, what);
  }
}

/// Groups by name, in the order in which they come.
class Groups {
 public:
  explicit Groups(SampleTable& table) : table_(table) {}
  std::uint32_t place(std::string_view name) {
    const auto [it, is_new] =
        places_.emplace(name, static_cast<std::uint32_t>(table_.groups.size()));
    if (is_new) table_.groups.emplace_back(name);
    return it->second;
  }

 private:
  SampleTable& table_;
  std::map<std::string, std::uint32_t, std::less<>> places_;
};

SampleTable read_jobs(const fs::path& file) {
  const TextFile text(file);
  CsvReader csv(text.text(), file.string());
  const std::size_t id = csv.column("job_id"), tenant = csv.column("tenant"),
                    submit = csv.column("submit_s"), end = csv.column("end_s"),
                    wait = csv.column("wait_s"), state = csv.column("state");
  SampleTable table;
  Groups groups(table);
  while (csv.next()) {
    Sample& sample = table.samples.emplace_back();
    sample.id = csv.field(id).text;
    sample.group = groups.place(csv.field(tenant).text);
    const Duration submitted = seconds(csv.field(submit));
    sample.at_s = to_seconds(submitted);
    if (csv.field(state).text != "completed") continue;
    sample.values[kWaitColumn] = to_seconds(seconds(csv.field(wait)));
    sample.values[kJctColumn] = to_seconds(seconds(csv.field(end)) - submitted);
  }
  return table;
}

SampleTable read_requests(const fs::path& file) {
  const TextFile text(file);
  CsvReader csv(text.text(), file.string());
  const std::size_t id = csv.column("request_id"), service = csv.column("service"),
                    arrival = csv.column("arrival_s"), first = csv.column("first_token_s"),
                    last = csv.column("last_token_s"), tokens = csv.column("output_tokens"),
                    state = csv.column("state");
  SampleTable table;
  Groups groups(table);
  while (csv.next()) {
    Sample& sample = table.samples.emplace_back();
    sample.id = csv.field(id).text;
    sample.group = groups.place(csv.field(service).text);
    const Duration arrived = seconds(csv.field(arrival));
    sample.at_s = to_seconds(arrived);
    if (csv.field(state).text != "completed") continue;
    const Duration began = seconds(csv.field(first));
    const Duration ended = seconds(csv.field(last));
    const std::int64_t count =
        whole_number(csv.field(tokens), 0, std::int64_t{1} << 40, "a count of tokens");
    sample.values[kTtftColumn] = to_seconds(began - arrived);
    sample.values[kE2eColumn] = to_seconds(ended - arrived);
    if (count < 2) continue;
    sample.values[kTpotColumn] = to_seconds(ended - began) / static_cast<double>(count - 1);
  }
  return table;
}

/// Tables and result.json are written one after the other: another run may have replaced one.
void check_belongs(const fs::path& file, const SampleTable& jobs, const RunResult& run) {
  std::uint64_t completed = 0;
  double waits = 0;
  for (const Sample& job : jobs.samples) {
    if (!job.values[kWaitColumn]) continue;
    ++completed;
    waits += *job.values[kWaitColumn];
  }
  const double mean = completed == 0 ? 0 : waits / static_cast<double>(completed);
  const double told = run.wait_s ? run.wait_s->mean : 0;
  const bool fits = completed == run.jobs.completed &&
                    std::fabs(mean - told) <= 1e-6 * std::max(1.0, std::fabs(told));
  if (fits) return;
  throw InputError({file.string(), 0, 0},
                   fmt::format("these are not the jobs of result.json, which has {} completed with "
                               "a mean wait of {} s, not {} with {} s; run it again",
                               run.jobs.completed, told, completed, mean));
}

std::optional<SampleTable> read_table(const fs::path& folder, bool is_alone, const RunResult& run,
                                      OverSamples::Table table) {
  const bool is_jobs = table == OverSamples::Table::kJobs;
  const std::string name = is_jobs ? "jobs.csv" : "requests.csv";
  auto file = file_in(folder / run_folder(run.policy, run.seed), name);
  if (!file && is_alone) file = file_in(folder, name);  // A real run.
  if (!file) return std::nullopt;
  if (!is_jobs) return read_requests(*file);
  SampleTable jobs = read_jobs(*file);
  check_belongs(*file, jobs, run);
  return jobs;
}

/// What a path stands for: a file with a result, and perhaps one run of it.
struct Place {
  fs::path file;
  std::string run;  ///< Its folder's name; empty: all.
};

std::optional<Place> place_of(const fs::path& path) {
  std::error_code unknown;
  if (fs::is_regular_file(path, unknown)) return Place{path, {}};
  if (!fs::is_directory(path, unknown)) return std::nullopt;
  if (const auto file = file_in(path, "result.json")) return Place{*file, {}};
  const fs::path whole = fs::absolute(path).lexically_normal();
  const fs::path run = whole.has_filename() ? whole : whole.parent_path();
  if (const auto file = file_in(run.parent_path(), "result.json")) {
    return Place{*file, run.filename().string()};
  }
  throw InputError({path.string(), 0, 0},
                   "there is no result.json here; 'tandem simulate -o FOLDER' writes one");
}

/// The name of a policy as results have it: canonical, unless nobody here knows it (a plug-in).
std::string result_name(const std::string& policy) {
  try {
    return canonical_policy(policy);
  } catch (const InputError&) {
    return policy;
  }
}

void keep(ComparedResult& result, const std::vector<std::string>& policies) {
  std::vector<std::string> known;
  for (const RunResult& run : result.runs) known.push_back(run.policy);
  std::vector<std::string> wanted;
  for (const std::string& policy : policies) {
    wanted.push_back(result_name(policy));
    if (std::ranges::find(known, wanted.back()) == known.end()) {
      throw InputError({result.path, 0, 0}, fmt::format("no run of '{}' here{}", policy,
                                                        suggestion(wanted.back(), known)));
    }
  }
  std::erase_if(result.runs, [&](const RunResult& run) {
    return std::ranges::find(wanted, run.policy) == wanted.end();
  });
}

ComparedResult result_of(const fs::path& file, const std::string& name) {
  ResultDocument document = read_document(file);
  ComparedResult result;
  result.path = name;
  result.scenario = std::move(document.scenario);
  result.runs = std::move(document.runs);
  if (result.runs.empty()) throw InputError({file.string(), 0, 0}, "there are no runs in it");
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  result.samples = [folder, is_alone = result.runs.size() == 1](const RunResult& run,
                                                                OverSamples::Table table) {
    return read_table(folder, is_alone, run, table);
  };
  return result;
}

}  // namespace

ComparedResult read_result_folder(const fs::path& folder, const std::string& name) {
  const auto file = file_in(folder, "result.json");
  if (!file) throw InputError({folder.string(), 0, 0}, "there is no result.json here");
  return result_of(*file, name);
}

ComparedResult read_result(const std::string& text, const std::vector<std::string>& policies) {
  auto place = place_of(text);
  std::vector<std::string> wanted = policies;
  // A policy's name may have colons, too: the path is the shortest that there is.
  for (std::size_t colon = text.find(':'); !place && colon != std::string::npos;
       colon = text.find(':', colon + 1)) {
    place = place_of(text.substr(0, colon));
    if (place) wanted = {text.substr(colon + 1)};
  }
  if (!place) throw InputError({text, 0, 0}, "there is no such folder or file");
  ComparedResult result = result_of(place->file, text);
  if (!place->run.empty()) {
    std::erase_if(result.runs, [&](const RunResult& run) {
      return run_folder(run.policy, run.seed) != place->run;
    });
    if (result.runs.empty()) {
      throw InputError({text, 0, 0}, "result.json beside it does not list this run");
    }
  }
  if (!wanted.empty()) keep(result, wanted);
  return result;
}

}  // namespace tandem

#include "cli/report_runs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "policies/core/error.h"
#include "reports/findings.h"
#include "reports/history/history_recorder.h"
#include "reports/journal_file.h"
#include "reports/result_json.h"
#include "reports/run_metrics.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::optional<ResultDocument> find_document(const fs::path& folder) {
  const fs::path file = folder / "result.json";
  if (!fs::is_regular_file(file)) return std::nullopt;
  std::ifstream in(file);
  const auto json = nlohmann::ordered_json::parse(in, nullptr, false);
  if (json.is_discarded()) throw InputError({file.string(), 0, 0}, "damaged: not JSON");
  try {
    return document_from_json(json);
  } catch (const InputError& error) {
    throw InputError({file.string(), 0, 0}, error.what());
  }
}

std::optional<fs::path> find_journal(const fs::path& folder) {
  for (const char* name : {"journal", "journal.zst"}) {
    if (fs::is_regular_file(folder / name)) return folder / name;
  }
  return std::nullopt;
}

/// The folder of one run: what the result.json here, or above, says of it.
RunPlace one_run(const fs::path& folder, const fs::path& journal) {
  RunPlace place{folder, journal, "", std::nullopt, fs::is_directory(folder / "jobs")};
  auto document = find_document(folder);
  if (document && !document->runs.empty()) {
    place.scenario = document->scenario.name;
    place.result = std::move(document->runs.front());
    return place;
  }
  document = find_document(fs::absolute(folder).lexically_normal().parent_path());
  if (!document) return place;
  const std::string name = fs::absolute(folder).lexically_normal().filename();
  for (RunResult& run : document->runs) {
    if (run_folder(run.policy, run.seed) != name) continue;
    place.scenario = document->scenario.name;
    place.result = std::move(run);
  }
  return place;
}

std::vector<RunPlace> runs_of_document(const fs::path& folder, ResultDocument document) {
  std::vector<RunPlace> places;
  for (RunResult& run : document.runs) {
    const fs::path own = folder / run_folder(run.policy, run.seed);
    const auto journal = find_journal(own);
    if (!journal) {
      throw InputError({own.string(), 0, 0},
                       "no journal here, though result.json lists this run; simulate again with "
                       "-o");
    }
    places.push_back({own, *journal, document.scenario.name, std::move(run), false});
  }
  return places;
}

/// Without "/" at the end, which would leave it without a name.
fs::path tidy(const fs::path& path) {
  fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

double number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : 0;
}

/// Columns "step" and another of a table that may still be written to: its last line may be half.
Polyline read_curve(const fs::path& file) {
  Polyline curve;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);  // The head.
  while (std::getline(in, line) && !in.eof()) {
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos) continue;
    const std::string_view rest = std::string_view(line).substr(comma + 1);
    curve.push_back(
        {number(std::string_view(line).substr(0, comma)), number(rest.substr(0, rest.find(',')))});
  }
  return curve;
}

std::vector<LossCurve> read_losses(const fs::path& folder) {
  std::vector<LossCurve> losses;
  if (!fs::is_directory(folder / "jobs")) return losses;
  for (const auto& job : fs::directory_iterator(folder / "jobs")) {
    LossCurve loss{job.path().filename(), read_curve(job.path() / "losses.csv"),
                   read_curve(job.path() / "held_out.csv")};
    if (!loss.loss.empty()) losses.push_back(std::move(loss));
  }
  std::ranges::sort(losses, {}, &LossCurve::job);
  return losses;
}

std::vector<FirstTokens> read_first_tokens(const fs::path& folder) {
  std::vector<FirstTokens> all;
  const fs::path file = folder / "requests.csv";
  if (!fs::is_regular_file(file)) return all;
  const TextFile text(file);
  CsvReader csv(text.text(), file.string());
  const std::size_t service = csv.column("service");
  const std::size_t state = csv.column("state");
  const std::size_t arrival = csv.column("arrival_s");
  const std::size_t first = csv.column("first_token_s");
  std::map<std::string, std::size_t, std::less<>> places;
  while (csv.next()) {
    if (csv.field(state).text != "completed") continue;
    const Field name = csv.field(service);
    auto place = places.find(name.text);
    if (place == places.end()) {
      place = places.emplace(std::string(name.text), all.size()).first;
      all.push_back({std::string(name.text), {}});
    }
    const Duration wait = seconds(csv.field(first)) - seconds(csv.field(arrival));
    all[place->second].ttft_ms.push_back(1e3 * to_seconds(wait));
  }
  return all;
}

ReportedRun read_run(const RunPlace& place) {
  JournalReader reader(open_journal(place.journal), place.journal.string());
  HistoryRecorder history;
  RunMetrics metrics;
  Findings findings;
  std::vector<Recorder*> recorders{&history};
  if (!place.result) recorders.insert(recorders.end(), {&metrics, &findings});
  Recorders all(std::move(recorders));
  read_journal(reader, all);
  if (!reader.complete() && !place.is_real) {
    throw InputError({reader.file(), 0, 0}, "damaged: the file is cut");
  }
  ReportedRun run{place.result.value_or(RunResult{}), history.finish(reader.complete()),
                  read_first_tokens(place.folder), read_losses(place.folder)};
  if (!place.result) {
    run.result = metrics.result();
    run.result.findings = findings.result(run.result);
  }
  if (!reader.complete()) {
    run.result.warnings.push_back("the run has not come to its end; this is how far it came");
  }
  return run;
}

/// How the report calls the policies of several folders.
class Labels {
 public:
  explicit Labels(const std::vector<std::vector<RunPlace>>& groups) {
    for (const auto& group : groups) {
      std::set<std::string> own;
      for (const RunPlace& place : group) own.insert(policy_of(place));
      for (const std::string& policy : own) ++groups_with_[policy];
    }
  }
  std::string of(const RunPlace& place, const std::string& group) const {
    const std::string policy = policy_of(place);
    return groups_with_.at(policy) > 1 ? fmt::format("{} ({})", policy, group) : policy;
  }
  static std::string policy_of(const RunPlace& place) {
    if (place.result) return place.result->policy;
    return JournalReader(open_journal(place.journal), place.journal.string()).header().policy;
  }

 private:
  std::map<std::string, int> groups_with_;
};

std::vector<std::string> group_names(const std::vector<std::string>& runs) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  bool clear = true;
  for (const std::string& run : runs) {
    names.push_back(tidy(run).filename());
    clear &= seen.insert(names.back()).second;
  }
  return clear ? names : runs;
}

}  // namespace

std::vector<RunPlace> find_runs(const fs::path& given) {
  const fs::path run = tidy(given);
  if (fs::is_regular_file(run)) return {one_run(run.parent_path(), run)};
  if (const auto journal = find_journal(run)) return {one_run(run, *journal)};
  if (auto document = find_document(run); document && !document->runs.empty()) {
    return runs_of_document(run, std::move(*document));
  }
  std::vector<RunPlace> places;
  for (const fs::path& journal : find_journals(run)) {
    places.push_back(one_run(journal.parent_path(), journal));
  }
  return places;
}

Report read_report(const std::vector<std::string>& runs,
                   const std::function<void(std::size_t, std::size_t)>& progress) {
  std::vector<std::vector<RunPlace>> groups;
  for (const std::string& run : runs) groups.push_back(find_runs(run));
  const std::vector<std::string> names = group_names(runs);
  const Labels labels(groups);
  std::vector<std::pair<std::string, const RunPlace*>> places;
  std::set<std::string> policies;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const RunPlace& place : groups[i]) {
      places.emplace_back(labels.of(place, names[i]), &place);
      policies.insert(places.back().first);
    }
  }
  std::vector<RunResult> results;
  std::vector<ReportedRun> shown;
  std::vector<std::string> titles;
  std::set<std::string> read;
  for (const auto& [label, place] : places) {
    const bool is_first = read.insert(label).second;
    if (is_first || !place->result) {
      ReportedRun run = read_run(*place);
      run.result.policy = label;
      results.push_back(run.result);
      titles.push_back(run.history.header.scenario);
      if (is_first) shown.push_back(std::move(run));
      progress(read.size(), policies.size());
    } else {
      results.push_back(*place->result);
      results.back().policy = label;
    }
  }
  std::ranges::sort(titles);
  const auto same = std::ranges::unique(titles);
  titles.erase(same.begin(), same.end());
  return make_report(fmt::format("{}", fmt::join(titles, ", ")), std::move(results),
                     std::move(shown));
}

}  // namespace tandem

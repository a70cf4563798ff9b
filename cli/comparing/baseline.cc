#include "cli/comparing/baseline.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdio.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "cli/comparing/result_source.h"
#include "policies/core/csv_text.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/journal_file.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr int kLevel = 19;
constexpr std::string_view kWhatToDo = "'tandem check SUITE --update' writes it anew";

void write_compressed(const fs::path& path, std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  packed.resize(size);
  AtomicFile file(path);
  file.write(packed);
  file.commit();
}

/// The named columns of a table; empty if there is no such file.
std::string columns_of(const fs::path& path, const std::vector<std::string>& names) {
  std::error_code unknown;
  if (!fs::is_regular_file(path, unknown)) return {};
  const TextFile file(path);
  CsvReader csv(file.text(), path.string());
  std::vector<std::size_t> columns;
  for (const std::string& name : names) columns.push_back(csv.column(name));
  std::string text = fmt::format("{}\n", fmt::join(names, ","));
  while (csv.next()) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += ',';
      append_field(text, csv.field(columns[i]).text);
    }
    text += '\n';
  }
  return text;
}

void keep_table(const fs::path& from, const fs::path& to, const std::string& name,
                const std::vector<std::string>& columns) {
  const std::string text = columns_of(from / name, columns);
  if (text.empty()) return;
  fs::create_directories(to);
  write_compressed(to / (name + ".zst"), text);
}

}  // namespace

fs::path baseline_folder(const fs::path& suite) {
  fs::path folder = suite;
  return folder.replace_extension(".baseline");
}

ComparedResult read_baseline(const fs::path& folder, const SuiteCase& one,
                             const std::string& scenario_hash,
                             const std::vector<std::string>& policies) {
  const fs::path own = folder / one.name;
  std::error_code unknown;
  if (!fs::exists(own / "result.json.zst", unknown)) {
    throw InputError({own.string(), 0, 0},
                     fmt::format("case '{}' has no baseline; {}", one.name, kWhatToDo));
  }
  ComparedResult baseline = read_result_folder(own, own.string());
  if (baseline.scenario.hash != scenario_hash) {
    throw InputError({own.string(), 0, 0},
                     fmt::format("the baseline of case '{}' is of another scenario ({}, now {}): "
                                 "it or a file it names has changed since; {}",
                                 one.name, baseline.scenario.hash, scenario_hash, kWhatToDo));
  }
  for (const std::string& policy : policies) {
    for (const std::uint64_t seed : one.seeds) {
      const bool is_there = std::ranges::any_of(baseline.runs, [&](const RunResult& run) {
        return run.policy == policy && run.seed == seed;
      });
      if (is_there) continue;
      throw InputError({own.string(), 0, 0},
                       fmt::format("the baseline of case '{}' has no run of {} with seed {}; {}",
                                   one.name, policy, seed, kWhatToDo));
    }
  }
  return baseline;
}

BaselineUpdate::BaselineUpdate(fs::path folder, bool keeps_others)
    : folder_(std::move(folder)), staged_(folder_) {
  staged_ += fmt::format(".{}.tmp", ::getpid());
  std::error_code error;
  fs::remove_all(staged_, error);
  if (keeps_others && fs::exists(folder_, error)) {
    fs::copy(folder_, staged_, fs::copy_options::recursive, error);
  } else {
    fs::create_directories(staged_, error);
  }
  if (error) throw InputError({folder_.string(), 0, 0}, "cannot write here: " + error.message());
}

BaselineUpdate::~BaselineUpdate() {
  std::error_code ignored;
  fs::remove_all(staged_, ignored);
}

void BaselineUpdate::add(const std::string& name, const fs::path& results) {
  const fs::path own = staged_ / name;
  fs::remove_all(own);
  fs::create_directories(own);
  ComparedResult result = read_result_folder(results, results.string());
  ResultDocument document;
  document.scenario = std::move(result.scenario);
  std::set<std::uint64_t> seeds;
  for (RunResult& run : result.runs) {
    run.engine = {};
    seeds.insert(run.seed);
  }
  document.runs = result.runs;
  write_compressed(own / "result.json.zst", json_text(to_json(document)));
  if (seeds.size() >= kEnoughSeeds) return;
  for (const RunResult& run : result.runs) {
    const std::string folder = run_folder(run.policy, run.seed);
    keep_table(results / folder, own / folder, "jobs.csv",
               {"job_id", "tenant", "submit_s", "end_s", "wait_s", "state"});
    keep_table(results / folder, own / folder, "requests.csv",
               {"request_id", "service", "arrival_s", "first_token_s", "last_token_s",
                "output_tokens", "state"});
  }
}

void BaselineUpdate::commit() {
  std::error_code unknown;
  const bool is_new = !fs::exists(folder_, unknown);
  const unsigned how = is_new ? 0 : RENAME_EXCHANGE;
  if (::renameat2(AT_FDCWD, staged_.c_str(), AT_FDCWD, folder_.c_str(), how) == 0) return;
  throw std::system_error(errno, std::generic_category(), "cannot write " + folder_.string());
}

}  // namespace tandem

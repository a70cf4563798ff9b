#include "cli/planning/slurm_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "cli/listeners.h"
#include "cli/notes.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/atomic_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 3;
constexpr std::size_t kMostParts = 200;

volatile std::sig_atomic_t is_interrupted = 0;
void note_interrupt(int) { is_interrupted = 1; }

/// As one word of a shell.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

struct Output {
  std::string text;
  int status = 0;
};

/// What a command prints, both streams.
Output output_of(const std::string& command) {
  Output output;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      popen((command + " 2>&1").c_str(), "r"), [](std::FILE*) { return 0; });
  if (!pipe) throw InputError("cannot start a shell");
  std::array<char, 4096> block;
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), pipe.get())) {
    output.text.append(block.data(), count);
  }
  output.status = pclose(pipe.get());
  while (output.text.ends_with('\n')) output.text.pop_back();
  return output;
}

/// This very command line without --engine, which the parts go on with.
std::string command_of_part() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string words{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::string command = quoted(fs::read_symlink("/proc/self/exe").string());
  for (std::size_t at = words.find('\0') + 1; at < words.size();) {
    const std::string word = words.substr(at, words.find('\0', at) - at);
    at += word.size() + 1;
    command += " " + quoted(word);
  }
  return command;
}

class SlurmArray {
 public:
  SlurmArray(const Arguments& arguments, const PartSettings& settings,
             const std::vector<WhatIf>& what_ifs)
      : arguments_(arguments), settings_(settings), what_ifs_(what_ifs) {
    const std::size_t most = std::min(kMostParts, what_ifs.size());
    const std::size_t chunk = arguments.planning.chunk;
    count_ = chunk > 0 ? (what_ifs.size() + chunk - 1) / chunk : std::max<std::size_t>(most, 1);
  }

  int run() {
    check_slurm();
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
      const std::vector<std::size_t> left = parts_left();
      if (left.empty()) return 0;
      if (says_notes(arguments_)) {
        print_aside(fmt::format("{}{} of {} parts go to Slurm\n",
                                attempt > 1 ? "lost or failed: " : "", left.size(), count_));
      }
      const std::string job = submit(left);
      if (!wait_for(job)) return 130;
    }
    const std::vector<std::size_t> left = parts_left();
    if (left.empty()) return 0;
    print_error(
        fmt::format("{} of {} parts did not come through in {} attempts; see {}/slurm/*.log. "
                    "The same command goes on with them",
                    left.size(), count_, kAttempts, settings_.folder.string()));
    return 5;
  }

 private:
  static void check_slurm() {
    const Output version = output_of("sbatch --version");
    if (version.status == 0) return;
    throw InputError("--engine slurm needs sbatch, squeue and scancel: " + version.text);
  }

  std::vector<std::size_t> parts_left() const {
    std::vector<std::size_t> left;
    for (std::size_t place = 1; place <= count_; ++place) {
      if (!fs::exists(mark_of(settings_, {place, count_}, what_ifs_))) left.push_back(place);
    }
    return left;
  }

  std::string submit(const std::vector<std::size_t>& parts) const {
    const fs::path folder = fs::absolute(settings_.folder / "slurm");
    fs::create_directories(folder);
    const fs::path script = folder / "part.sh";
    AtomicFile file(script);
    file.write(fmt::format("#!/bin/sh\nexec {} --part \"$SLURM_ARRAY_TASK_ID/{}\" -j 1\n",
                           command_of_part(), count_));
    file.commit();
    const Output output = output_of(fmt::format(
        "sbatch --parsable --no-requeue --job-name=tandem-sweep --ntasks=1 --cpus-per-task=1 "
        "--array={} --output={} {}",
        fmt::join(parts, ","), quoted((folder / "%A_%a.log").string()), quoted(script.string())));
    if (output.status != 0) throw InputError("sbatch: " + output.text);
    return output.text.substr(output.text.rfind('\n') + 1);
  }

  /// False after an interrupt.
  bool wait_for(const std::string& job) const {
    const auto old_int = std::signal(SIGINT, note_interrupt);
    const auto old_term = std::signal(SIGTERM, note_interrupt);
    StatusLine status(progress_mode(arguments_), monotonic_seconds, print_aside);
    while (is_interrupted == 0 && is_queued(job)) {
      status.update([this](double elapsed) {
        return fmt::format("{} of {} parts, {:.0f} s", count_ - parts_left().size(), count_,
                           elapsed);
      });
      sleep(1);  // A signal ends it.
    }
    status.finish();
    if (is_interrupted != 0) {
      output_of("scancel " + quoted(job));
      print_error(
          "interrupted: the array is cancelled, and what was simulated is kept; the same "
          "command goes on from there");
    }
    std::signal(SIGINT, old_int);
    std::signal(SIGTERM, old_term);
    return is_interrupted == 0;
  }

  /// A controller that does not answer for a while has not lost the job.
  static bool is_queued(const std::string& job) {
    const Output output = output_of("squeue --noheader --array --format=%T --job=" + quoted(job));
    if (output.status != 0) return output.text.find("Invalid job id") == std::string::npos;
    return !output.text.empty();
  }

  const Arguments& arguments_;
  const PartSettings& settings_;
  const std::vector<WhatIf>& what_ifs_;
  std::size_t count_ = 1;
};

}  // namespace

int run_slurm_parts(const Arguments& arguments, const PartSettings& settings,
                    const std::vector<WhatIf>& what_ifs) {
  if (arguments.planning.has_no_cache) {
    throw InputError("--engine slurm hands results over in the cache: --no-cache excludes it");
  }
  return SlurmArray(arguments, settings, what_ifs).run();
}

}  // namespace tandem

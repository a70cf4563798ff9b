// tandem version, completion and doctor: about the program itself.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "cli/commands.h"
#include "cli/terminal.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

/// Something that should work here, whether it does, and what to do if not.
struct Check {
  std::string name;
  bool good = false;
  bool required = true;
  std::string details;
  std::string advice;
};

/// Runs the program beside this one; its first line of output, if it ends well.
std::optional<std::string> first_line_of(const fs::path& program, const std::string& argument) {
  const std::string command = "'" + program.string() + "' " + argument + " 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::array<char, 256> line{};
  const bool read = fgets(line.data(), line.size(), pipe) != nullptr;
  const int status = pclose(pipe);
  if (!read || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  std::string text = line.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Check check_simulator() {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "tandem-sim";
  Check check{"simulator", false, true, program.string(),
              "build it with './dev build', or install libsimgrid-dev"};
  if (!fs::exists(program)) return check;
  const auto version = first_line_of(program, "--version");
  check.good = version.has_value();
  if (version) check.details = *version + ", SimGrid loads";
  return check;
}

Check check_executor() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  Check check{"executor", false, false, "not built: this program simulates only",
              "build it with './dev build', which installs what it needs"};
  const auto version = first_line_of(folder / "tandem-run", "--version");
  check.good = version && fs::exists(folder / "tandem-worker");
  if (check.good) check.details = *version + ", runs on real devices";
  return check;
}

Check check_temporary_files() {
  std::error_code error;
  const fs::space_info space = fs::space(fs::current_path(error), error);
  Check check{"results", false, true, "", "change to a folder that you may write to"};
  check.good = !error && access(".", W_OK) == 0;
  check.details = fmt::format("{} GB free in this folder", space.available / 1'000'000'000);
  return check;
}

std::vector<Check> all_checks() {
  const unsigned processors = std::thread::hardware_concurrency();
  return {{"tandem", true, true, TANDEM_VERSION, ""},
          check_simulator(),
          {"processors", processors > 0, false,
           fmt::format("{}, so {} simulations at a time", processors, processors), ""},
          check_temporary_files(),
          check_executor()};
}

std::string bash_completion(const std::vector<CommandWords>& words) {
  std::string names;
  std::string cases;
  for (const CommandWords& command : words) {
    names += (names.empty() ? "" : " ") + command.name;
    cases += fmt::format("    {}) words='{}' ;;\n", command.name, fmt::join(command.options, " "));
  }
  return fmt::format(
      "_tandem() {{\n  local words='{}'\n  local word=\"${{COMP_WORDS[COMP_CWORD]}}\"\n"
      "  [ \"$COMP_CWORD\" -gt 1 ] && case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  local IFS=$'\\n'  # File names may hold spaces.\n"
      "  [ \"$COMP_CWORD\" -gt 1 ] && COMPREPLY+=($(compgen -f -- \"$word\"))\n}}\n"
      "complete -o filenames -F _tandem tandem\n",
      names, cases);
}

std::string fish_completion(const std::vector<CommandWords>& words) {
  std::string script;
  for (const CommandWords& command : words) {
    script += fmt::format("complete -c tandem -n __fish_use_subcommand -a {} -d '{}'\n",
                          command.name, command.summary);
    for (const std::string& option : command.options) {
      const bool is_long = option.starts_with("--");
      script +=
          fmt::format("complete -c tandem -n '__fish_seen_subcommand_from {}' {} {}\n",
                      command.name, is_long ? "-l" : "-a", is_long ? option.substr(2) : option);
    }
  }
  return script;
}

}  // namespace

int run_version(const Arguments& arguments) {
  if (arguments.json) {
    print_json({{"version", TANDEM_VERSION}});
  } else {
    print_output("tandem " TANDEM_VERSION "\n");
  }
  return 0;
}

int run_completion(const Arguments& arguments) {
  const auto words = command_words();
  if (arguments.name == "fish") {
    print_output(fish_completion(words));
  } else if (arguments.name == "zsh") {
    print_output("autoload -U +X bashcompinit && bashcompinit\n" + bash_completion(words));
  } else {
    print_output(bash_completion(words));
  }
  return 0;
}

int run_doctor(const Arguments& arguments) {
  ordered_json json = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  bool healthy = true;
  for (const Check& check : all_checks()) {
    healthy = healthy && (check.good || !check.required);
    const char* state = check.good ? "ok" : check.required ? "MISSING" : "no";
    json.push_back({{"check", check.name},
                    {"ok", check.good},
                    {"required", check.required},
                    {"details", check.details},
                    {"advice", check.good ? "" : check.advice}});
    rows.push_back(
        {state, check.name,
         check.good || check.advice.empty() ? check.details : check.details + ": " + check.advice});
  }
  if (arguments.json) {
    print_json({{"healthy", healthy}, {"checks", json}});
  } else {
    print_output(healthy ? "Everything that is needed works.\n" : "Something is missing.\n");
    print_output(aligned(rows));
  }
  return healthy ? 0 : 5;
}

}  // namespace tandem

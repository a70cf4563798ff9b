// The rules of the source text itself: who may include what, and what decisions must not depend on.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;  ///< From the root, "policies/core/plan.h".
  std::vector<std::string> lines;

  bool is_in(std::string_view folder) const { return path.starts_with(folder); }
  bool is_header() const { return path.ends_with(".h"); }
};

std::vector<Source> read_sources() {
  std::vector<Source> sources;
  const fs::path root(TANDEM_SOURCE_DIR);
  for (const char* folder :
       {"policies", "workloads", "sim", "reports", "cli", "executor", "tests"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      Source& source = sources.emplace_back();
      source.path = fs::relative(entry.path(), root);
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) source.lines.push_back(line);
    }
  }
  std::ranges::sort(sources, {}, &Source::path);
  return sources;
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = read_sources();
  return all;
}

/// Calls `complain(line)`, which says what is wrong with it or nothing, for every line.
void for_lines(const std::function<std::string(const Source&, const std::string&)>& complain) {
  for (const Source& source : sources()) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string wrong = complain(source, source.lines[i]);
      if (!wrong.empty()) ADD_FAILURE() << source.path << ":" << i + 1 << ": " << wrong;
    }
  }
}

/// What a line includes: "policies/core/plan.h" or "<vector>"; empty if nothing.
std::string included(const std::string& line) {
  constexpr std::string_view kInclude = "#include ";
  if (!line.starts_with(kInclude)) return {};
  const std::string_view what = std::string_view(line).substr(kInclude.size());
  const std::size_t end = what.find_first_of("\">", 1);
  return std::string(what.starts_with('"') ? what.substr(1, end - 1) : what.substr(0, end + 1));
}

TEST(Tidy, ThereIsSomethingToLookAt) { EXPECT_GT(sources().size(), 100U); }

TEST(Tidy, FoldersIncludeOnlyWhatTheyMay) {
  const std::map<std::string, std::vector<std::string>> may{
      {"policies/", {"policies/"}},
      {"workloads/", {"policies/", "workloads/"}},
      {"sim/", {"policies/", "workloads/", "sim/"}},
      {"reports/", {"policies/", "reports/"}},
      {"executor/", {"policies/", "workloads/", "executor/"}},
      {"cli/", {"policies/", "workloads/", "sim/", "reports/", "executor/", "cli/"}},
  };
  for_lines([&](const Source& source, const std::string& line) -> std::string {
    const std::string what = included(line);
    if (what.empty() || what.starts_with('<')) return {};
    for (const auto& [folder, allowed] : may) {
      if (!source.is_in(folder)) continue;
      for (const std::string& other : allowed) {
        if (what.starts_with(other)) return {};
      }
      return fmt::format("{} must not include {}", folder, what);
    }
    return {};
  });
}

TEST(Tidy, PoliciesNeedTheStandardLibraryAndFmtAlone) {
  for_lines([](const Source& source, const std::string& line) -> std::string {
    const std::string what = included(line);
    if (!source.is_in("policies/") || !what.starts_with('<')) return {};
    const bool standard = what.find_first_of("/.") == std::string::npos;
    const bool solver = source.path == "policies/global/linear_program.cc" &&
                        (what.starts_with("<Clp") || what.starts_with("<Coin"));
    const bool plugin = source.path == "policies/plugin/tandem_policy.h" && what == "<stdint.h>";
    return standard || solver || plugin || what.starts_with("<fmt/") ? "" : what + " is neither";
  });
}

TEST(Tidy, OnlyTheNetworkKnowsSimGrid) {
  for_lines([](const Source& source, const std::string& line) -> std::string {
    const std::string what = included(line);
    const bool kernel = what.starts_with("<simgrid") || what.starts_with("<xbt");
    // One test holds our account of energy against the kernel's.
    const bool may =
        source.path == "sim/network.cc" || source.path == "tests/unit/sim/energy_test.cc";
    return kernel && !may ? "only sim/network.cc may" : "";
  });
}

TEST(Tidy, DecisionsDependOnNothingThatDiffersFromRunToRun) {
  // Clocks, chance, threads, the environment, and orders that follow addresses or hashes; and no
  // policy may know what kind of world it is in.
  const std::vector<std::string> banned{"<thread>",
                                        "<mutex>",
                                        "<atomic>",
                                        "<random>",
                                        "<future>",
                                        "<unordered_",
                                        "unordered_map",
                                        "unordered_set",
                                        "system_clock",
                                        "steady_clock",
                                        "high_resolution_clock",
                                        "rand(",
                                        "getenv",
                                        "random_device",
                                        "<ctime>",
                                        "time(nullptr",
                                        "<locale>",
                                        "simulat",
                                        "Simulat",
                                        "SimGrid",
                                        "simgrid",
                                        "exp2(",
                                        "std::pow("};
  for_lines([&](const Source& source, const std::string& line) -> std::string {
    if (!source.is_in("policies/")) return {};
    for (const std::string& word : banned) {
      if (line.find(word) != std::string::npos) return fmt::format("'{}' has no place here", word);
    }
    return {};
  });
}

TEST(Tidy, LinesAndFilesAreShort) {
  for_lines([](const Source&, const std::string& line) -> std::string {
    // Columns, not bytes: continuation bytes of UTF-8 take no room.
    const auto columns = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
    const bool path = !included(line).empty();
    if (columns > 100 && !path) return fmt::format("{} columns", columns);
    if (line.ends_with(' ') || line.ends_with('\r')) return "ends in white space";
    return line.find('\t') == std::string::npos ? "" : "a tabulator";
  });
  for (const Source& source : sources()) {
    EXPECT_LE(source.lines.size(), 500U) << source.path << " is too long to read";
  }
}

TEST(Tidy, HeadersAreIncludedOnce) {
  for (const Source& source : sources()) {
    if (!source.is_header()) continue;
    // The interface of plug-ins is for any C compiler.
    const bool is_c = source.path == "policies/plugin/tandem_policy.h";
    EXPECT_EQ(std::ranges::count(source.lines, is_c ? "#ifndef TANDEM_POLICY_H" : "#pragma once"),
              1)
        << source.path;
  }
}

TEST(Tidy, SourcesAreBuilt) {
  // Every source stands in the CMakeLists.txt of its folder or of one above.
  const fs::path root(TANDEM_SOURCE_DIR);
  for (const Source& source : sources()) {
    const bool counts = source.path.ends_with(".cc") || !source.is_in("tests/");
    if (!counts) continue;
    bool listed = false;
    for (fs::path folder = fs::path(source.path).parent_path(); !listed && !folder.empty();
         folder = folder.parent_path()) {
      std::ifstream in(root / folder / "CMakeLists.txt");
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      const std::string name = fs::relative(source.path, folder);
      for (std::size_t at = text.find(name); at != std::string::npos && !listed;
           at = text.find(name, at + 1)) {
        const auto ends_word = [](char c) { return c == ' ' || c == '\n' || c == ')'; };
        listed = at > 0 && (text[at - 1] == ' ' || text[at - 1] == '(') &&
                 ends_word(text[at + name.size()]);
      }
    }
    EXPECT_TRUE(listed) << source.path << " is in no CMakeLists.txt";
  }
}

}  // namespace
}  // namespace tandem

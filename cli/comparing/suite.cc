#include "cli/comparing/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/comparing/show.h"
#include "cli/number_list.h"
#include "policies/core/error.h"
#include "policies/registry.h"
#include "workloads/format/check.h"
#include "workloads/format/document.h"
#include "workloads/format/spec.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForAll = "all";

std::vector<Key> shared_keys() {
  const auto text = scalar(ScalarKind::kText);
  return {optional("policies", list(text, 1), "Policies as on the command line"),
          optional("seeds", text, "Seeds: 7, 1..20 or 1,2,5..8", "1"),
          optional("fail_on", list(text, 1), "Conditions, such as 'jct.mean > +2 %'")};
}

SpecPointer case_spec() {
  std::vector<Key> keys = {
      optional("name", scalar(ScalarKind::kName), "Names it, and the folder of its baseline",
               "the scenario's file without .yaml"),
      required("scenario", scalar(ScalarKind::kText), "Scenario file, from the suite's folder"),
      optional("set", map(ScalarKind::kName, scalar(ScalarKind::kText)),
               "Overrides, as with --set")};
  for (Key& key : shared_keys()) keys.push_back(std::move(key));
  return object(std::move(keys));
}

const Spec& suite_spec() {
  static const SpecPointer spec = [] {
    const auto text = scalar(ScalarKind::kText);
    std::vector<Key> keys = {
        required("suite", scalar(ScalarKind::kInteger, 1, 1, "1"), "Version of this format"),
        required("name", text, "Names the suite in reports"),
        optional("confidence", text, "Of the intervals", "95 %"),
        optional("min_effect", map(ScalarKind::kName, text),
                 "Changes below are none: a share for 'all', an amount for a figure"),
        required("cases", list(case_spec(), 1), "What is run")};
    for (Key& key : shared_keys()) keys.push_back(std::move(key));
    return object(std::move(keys));
  }();
  return *spec;
}

/// Calls `read(text, position)` and adds what it throws to `problems`.
template <class Read>
void try_reading(const Document& document, const Value& value, Problems& problems, Read read) {
  Position where = document.position(value);
  if (value.quoted) ++where.column;  // The text begins behind the quote.
  try {
    read(value.text, where);
  } catch (const InputError& error) {
    // Readers of conditions know the column; others know only what is wrong.
    const std::string what = error.what();
    const bool has_place = what.starts_with(where.file + ":");
    problems.add(has_place ? Position{} : where, what);
  }
}

class SuiteReader {
 public:
  SuiteReader(const Document& document, const fs::path& folder)
      : document_(document), folder_(folder) {}

  Suite read() {
    const Value& root = document_.root;
    suite_.name = root.find("name")->text;
    if (const Value* confidence = root.find("confidence")) {
      with(*confidence, [this](const std::string& text, const Position& where) {
        suite_.confidence = parse_confidence(text, where);
      });
    }
    if (const Value* effects = root.find("min_effect")) {
      for (const Value& effect : effects->items) read_minimum(effect);
    }
    for (const Value& value : root.find("cases")->items) read_case(value);
    problems_.throw_if_any();
    return std::move(suite_);
  }

 private:
  template <class Read>
  void with(const Value& value, Read read) {
    try_reading(document_, value, problems_, read);
  }

  void read_minimum(const Value& effect) {
    with(effect, [&](const std::string& text, const Position& where) {
      const Bound bound = parse_minimum_effect(text, where);
      if (effect.key != kForAll) {
        suite_.minimum.set(user_name(effect.key), bound);
      } else if (bound.kind == Bound::Kind::kPercent) {
        suite_.minimum.set_default(bound.amount);
      } else {
        throw InputError(where, "for all figures it is a share, such as '5 %'");
      }
    });
  }

  /// The case's own value, or the suite's for all; null if neither has it.
  const Value* shared(const Value& value, std::string_view key) const {
    const Value* own = value.find(key);
    return own != nullptr ? own : document_.root.find(key);
  }

  void read_case(const Value& value) {
    SuiteCase one;
    const Value& scenario = *value.find("scenario");
    one.scenario = folder_ / scenario.text;
    const Value* name = value.find("name");
    one.name = name != nullptr ? name->text : fs::path(scenario.text).stem().string();
    check_name(name != nullptr ? *name : scenario, one.name);
    if (const Value* set = value.find("set")) {
      for (const Value& override : set->items) {
        one.overrides.push_back({override.key, override.text, "set " + override.key});
      }
    }
    read_policies(value, one);
    one.seeds = {1};
    if (const Value* seeds = shared(value, "seeds")) {
      with(*seeds, [&](const std::string& text, const Position&) {
        one.seeds = number_list(text, "seed");
      });
    }
    if (const Value* conditions = shared(value, "fail_on")) {
      for (const Value& condition : conditions->items) {
        with(condition, [&](const std::string& text, const Position& where) {
          one.conditions.push_back(parse_condition(text, where));
        });
      }
    }
    suite_.cases.push_back(std::move(one));
  }

  void read_policies(const Value& value, SuiteCase& one) {
    const Value* policies = shared(value, "policies");
    if (policies == nullptr) return;
    for (const Value& policy : policies->items) {
      with(policy, [&](const std::string& text, const Position&) {
        const std::string canonical = canonical_policy(text);
        if (std::ranges::find(one.policies, canonical) != one.policies.end()) {
          throw InputError(fmt::format("policy '{}' is named twice", canonical));
        }
        one.policies.push_back(canonical);
      });
    }
  }

  /// Names are folders, too.
  void check_name(const Value& value, const std::string& name) {
    const Position where = document_.position(value);
    if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos) {
      problems_.add(where, fmt::format("'{}' cannot name a folder; give the case a name", name));
    } else if (!names_.insert(name).second) {
      problems_.add(where, fmt::format("a case named '{}' is there already", name));
    }
  }

  const Document& document_;
  const fs::path& folder_;
  Suite suite_;
  Problems problems_;
  std::set<std::string> names_;
};

}  // namespace

Suite parse_suite(std::string_view text, const std::string& file, const fs::path& folder) {
  const Document document = parse_document(text, file);
  Problems problems;
  check_form(document, suite_spec(), problems);
  problems.throw_if_any();
  return SuiteReader(document, folder).read();
}

fs::path suite_file(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown) ? path / "suite.yaml" : path;
}

}  // namespace tandem

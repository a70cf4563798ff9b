// Walks a document and its specification side by side.
#include "workloads/format/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "policies/core/nearest.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

/// Where the walk is: a chain up to the root, turned into text only for messages.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;
  bool is_index = false;

  std::string text() const {
    if (parent == nullptr) return {};
    const std::string above = parent->text();
    const std::string step = is_index ? std::to_string(index) : std::string(key);
    return above.empty() ? step : above + "." + step;
  }
};

class Checker {
 public:
  Checker(const Document& document, Problems& problems)
      : document_(document), problems_(problems) {}

  void check(const Value& value, const Spec& spec, const Path& path) {
    if (!spec.definition.empty() && spec.shape != Spec::Shape::kReference) {
      definitions_[spec.definition] = &spec;
    }
    switch (spec.shape) {
      case Spec::Shape::kScalar: return check_scalar(value, spec, path);
      case Spec::Shape::kList: return check_list(value, spec, path);
      case Spec::Shape::kObject: return check_object(value, spec, path);
      case Spec::Shape::kMap: return check_map(value, spec, path);
      case Spec::Shape::kChoice: return check_choice(value, spec, path);
      case Spec::Shape::kReference: return check(value, *definitions_.at(spec.definition), path);
    }
  }

 private:
  void report(const Value& value, const Path& path, const std::string& message) {
    const std::string where = path.text();
    problems_.add(document_.position(value), where.empty() ? message : where + ": " + message);
  }
  void expected(const Value& value, const Path& path, std::string_view what) {
    report(value, path, fmt::format("expected {}, not {}", what, shown(value)));
  }

  void check_scalar(const Value& value, const Spec& spec, const Path& path) {
    const ScalarType& type = scalar_type(spec.scalar);
    const std::string_view what = spec.expected.empty() ? type.expected : spec.expected;
    const auto number = amount(value, spec.scalar);
    if (!number) return expected(value, path, what);
    if (spec.scalar == ScalarKind::kWord) {
      if (std::ranges::find(spec.words, value.text) != spec.words.end()) return;
      const std::string hint = suggestion(value.text, spec.words);
      return report(value, path,
                    spec.expected.empty()
                        ? fmt::format("unknown value {}{}", shown(value), hint)
                        : fmt::format("expected {}, not {}{}", what, shown(value), hint));
    }
    const bool is_low = spec.excludes_least ? *number <= spec.least : *number < spec.least;
    if (is_low || *number > spec.most) {
      report(value, path,
             fmt::format("{} is out of range: it must be {}", shown(value), spec.range));
    }
  }

  void check_list(const Value& value, const Spec& spec, const Path& path) {
    if (value.kind != Value::Kind::kList) return expected(value, path, "a list");
    if (value.items.size() < spec.fewest) report(value, path, "the list is empty");
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      check(value.items[i], *spec.element, Path{&path, {}, i, true});
    }
  }

  void check_map(const Value& value, const Spec& spec, const Path& path) {
    if (value.kind != Value::Kind::kMap) return expected(value, path, "a map");
    if (value.items.size() < spec.fewest) report(value, path, "the map is empty");
    for (const Value& item : value.items) {
      Value key;
      key.kind = Value::Kind::kScalar;
      key.text = item.key;
      if (!amount(key, spec.map_key)) {
        problems_.add(document_.key_position(item),
                      fmt::format("{}: expected {} as key, not {}", path.text(),
                                  scalar_type(spec.map_key).expected, shown(key)));
      }
      check(item, *spec.element, Path{&path, item.key, 0, false});
    }
  }

  void check_object(const Value& value, const Spec& spec, const Path& path) {
    if (value.kind != Value::Kind::kMap) {
      return expected(value, path, fmt::format("a map with {}", keys_shown(spec)));
    }
    for (const Value& item : value.items) check_entry(item, spec, path);
    for (const Key& key : spec.keys) {
      if (key.is_required && !value.has(key.name)) {
        report(value, path, fmt::format("the key '{}' is missing ({})", key.name, key.meaning));
      }
    }
    check_exactly_one(value, spec, path);
  }

  void check_entry(const Value& item, const Spec& spec, const Path& path) {
    if (const Key* key = spec.key(item.key)) {
      return check(item, *key->value, Path{&path, item.key, 0, false});
    }
    const std::string above = path.text();
    const std::string prefix = above.empty() ? "" : above + ": ";
    if (std::ranges::find(spec.later, item.key) != spec.later.end()) {
      problems_.add(document_.key_position(item),
                    fmt::format("{}this version does not simulate '{}' yet", prefix, item.key));
      return;
    }
    const auto known = spec.key_names();
    problems_.add(document_.key_position(item),
                  fmt::format("{}unknown key {}{}", prefix, shown(std::string_view(item.key)),
                              suggestion(item.key, known)));
  }

  void check_exactly_one(const Value& value, const Spec& spec, const Path& path) {
    if (spec.exactly_one.empty()) return;
    std::vector<std::string> present;
    for (const std::string& name : spec.exactly_one) {
      if (value.has(name)) present.push_back(name);
    }
    if (present.size() == 1) return;
    if (!present.empty()) {
      return report(value, path,
                    fmt::format("{} exclude each other: give exactly one of them",
                                fmt::join(present, " and ")));
    }
    // An entry that was unknown has been reported; that one was probably meant.
    const bool has_only_unknown = !value.items.empty() && !has_known(value, spec);
    if (!has_only_unknown) {
      report(value, path, fmt::format("give exactly one of {}", fmt::join(spec.exactly_one, ", ")));
    }
  }

  static bool has_known(const Value& value, const Spec& spec) {
    return std::ranges::any_of(value.items,
                               [&](const Value& item) { return spec.key(item.key) != nullptr; });
  }

  static std::string keys_shown(const Spec& spec) {
    if (!spec.exactly_one.empty() && spec.exactly_one.size() == spec.keys.size()) {
      return fmt::format("one of {}", fmt::join(spec.exactly_one, ", "));
    }
    return fmt::format("{}", fmt::join(spec.key_names(), ", "));
  }

  static bool fits_shape(const Value& value, const Spec& spec) {
    switch (spec.shape) {
      case Spec::Shape::kScalar: return value.kind == Value::Kind::kScalar;
      case Spec::Shape::kList: return value.kind == Value::Kind::kList;
      default: return value.kind == Value::Kind::kMap;
    }
  }

  void check_choice(const Value& value, const Spec& spec, const Path& path) {
    if (const Spec* meant = alternative_meant(value, spec)) return check(value, *meant, path);
    std::vector<std::string> wanted;
    for (const SpecPointer& alternative : spec.choices) wanted.push_back(described(*alternative));
    expected(value, path, fmt::format("{}", fmt::join(wanted, ", or ")));
  }

  /// The alternative of the value's shape: the one whose marker is there, else the one that knows
  /// most of the keys, so that a misspelt marker is still compared with the right names.
  static const Spec* alternative_meant(const Value& value, const Spec& spec) {
    const Spec* best = nullptr;
    std::ptrdiff_t most = -1;
    for (const SpecPointer& alternative : spec.choices) {
      if (!fits_shape(value, *alternative)) continue;
      if (!alternative->marker.empty() && value.has(alternative->marker)) return alternative.get();
      const auto known = std::ranges::count_if(
          value.items, [&](const Value& item) { return alternative->key(item.key) != nullptr; });
      // A map of the user's own names knows them all.
      const bool is_open = alternative->shape == Spec::Shape::kMap;
      if (known < most || (known == most && !alternative->marker.empty())) continue;
      best = alternative.get();
      most = is_open ? std::numeric_limits<std::ptrdiff_t>::max() : known;
    }
    return best;
  }

  static std::string described(const Spec& spec) {
    switch (spec.shape) {
      case Spec::Shape::kScalar:
        if (!spec.words.empty()) return fmt::format("{}", fmt::join(spec.words, " or "));
        return std::string(spec.expected.empty() ? scalar_type(spec.scalar).expected
                                                 : spec.expected);
      case Spec::Shape::kList: return "a list";
      case Spec::Shape::kObject: return fmt::format("a map with {}", keys_shown(spec));
      default: return "a map";
    }
  }

  const Document& document_;
  Problems& problems_;
  std::map<std::string, const Spec*> definitions_;
};

}  // namespace

void check_form(const Document& document, const Spec& spec, Problems& problems) {
  Checker(document, problems).check(document.root, spec, Path{});
}

std::string shown(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kNull: return "nothing";
    case Value::Kind::kList: return "a list";
    case Value::Kind::kMap: return "a map";
    case Value::Kind::kScalar: break;
  }
  return shown(std::string_view(value.text));
}

}  // namespace tandem

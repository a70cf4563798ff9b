// How the form of a scenario is written down: once, as data.
//
// The checker, the JSON Schema and the messages are all read off this tree, so that a key that
// exists is checked, documented and suggested, and one that does not is none of these.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "workloads/format/scalar.h"

namespace tandem {

struct Spec;
using SpecPointer = std::shared_ptr<const Spec>;

/// A key of an object, with the sentence that explains it to users.
struct Key {
  std::string name;
  SpecPointer value;
  std::string meaning;
  bool is_required = false;
  std::string fallback;  ///< The value when the key is absent, for the schema; may be empty.
};

/// What may stand in one place of a scenario.
struct Spec {
  enum class Shape : std::uint8_t {
    kScalar,
    kList,       ///< Any number of elements.
    kObject,     ///< A map with known keys.
    kMap,        ///< A map from names that the user chooses to elements.
    kChoice,     ///< One of several, told apart by shape or by a marker.
    kReference,  ///< The definition above with this name: a tree within itself.
  };
  Shape shape = Shape::kScalar;

  // Of a scalar.
  ScalarKind scalar = ScalarKind::kText;
  std::vector<std::string> words;
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool excludes_least = false;
  std::string range;     ///< The bounds in words: "more than 0", "from 1 to 1000".
  std::string expected;  ///< Instead of the scalar type's own words.

  // Of an object.
  std::vector<Key> keys;
  std::vector<std::string> exactly_one;  ///< Of these keys; empty: no such rule.
  std::vector<std::string> later;        ///< Keys that are known but not simulated yet.
  std::string marker;                    ///< In a choice: taken if this key is present.

  // Of a list or a map, and of a reference.
  SpecPointer element;
  ScalarKind map_key = ScalarKind::kName;
  std::size_t fewest = 0;
  std::string definition;  ///< Name for references to this spec, or of the spec referred to.

  std::vector<SpecPointer> choices;

  const Key* key(std::string_view name) const;
  std::vector<std::string> key_names() const;
};

// How a tree is put together.

SpecPointer scalar(ScalarKind kind);
/// With bounds in the base unit of the kind; `range` says them in words.
SpecPointer scalar(ScalarKind kind, double least, double most, std::string range);
SpecPointer more_than_zero(ScalarKind kind);
SpecPointer word(std::vector<std::string> words);
SpecPointer list(SpecPointer element, std::size_t fewest = 0);
SpecPointer map(ScalarKind key, SpecPointer element, std::size_t fewest = 0);
SpecPointer object(std::vector<Key> keys);
/// An alternative of a choice, taken when `marker` is among the keys that are present.
SpecPointer object_if(std::string marker, std::vector<Key> keys);
/// An object with exactly one key out of several ways to say a thing.
SpecPointer one_of(std::vector<Key> keys);
SpecPointer choice(std::vector<SpecPointer> choices);
SpecPointer reference(std::string definition);
/// The same, with a name for references from within.
SpecPointer define(std::string definition, const SpecPointer& spec);
/// The same, knowing keys that this version does not simulate.
SpecPointer with_later(const SpecPointer& spec, std::vector<std::string> keys);
/// The same, with other words for what is expected.
SpecPointer expecting(std::string expected, const SpecPointer& spec);

Key required(std::string name, SpecPointer value, std::string meaning);
Key optional(std::string name, SpecPointer value, std::string meaning, std::string fallback = "");

}  // namespace tandem

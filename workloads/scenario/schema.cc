// The format as JSON Schema (draft-07), for editors that check and complete while one types.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "workloads/scenario.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

class SchemaWriter {
 public:
  Json write(const Spec& spec) {
    if (spec.shape == Spec::Shape::kReference) return reference_to(spec.definition);
    if (spec.definition.empty()) return body(spec);
    definitions_[spec.definition] = body(spec);
    return reference_to(spec.definition);
  }
  const Json& definitions() const { return definitions_; }

 private:
  static Json reference_to(const std::string& definition) {
    return {{"$ref", "#/definitions/" + definition}};
  }

  Json body(const Spec& spec) {
    switch (spec.shape) {
      case Spec::Shape::kScalar: return scalar_body(spec);
      case Spec::Shape::kList:
        return {{"type", "array"}, {"items", write(*spec.element)}, {"minItems", spec.fewest}};
      case Spec::Shape::kMap: return map_body(spec);
      case Spec::Shape::kChoice: return choice_body(spec);
      default: return object_body(spec);
    }
  }

  static Json number_body(const Spec& spec, const char* type) {
    Json json{{"type", type}};
    if (std::isfinite(spec.least))
      json[spec.excludes_least ? "exclusiveMinimum" : "minimum"] = spec.least;
    if (std::isfinite(spec.most)) json["maximum"] = spec.most;
    return json;
  }

  static Json scalar_body(const Spec& spec) {
    const ScalarType& type = scalar_type(spec.scalar);
    // YAML reads `name: 2024` and `policy: off` as other things than text; Tandem does not mind.
    const Json any_scalar = {"string", "number", "boolean"};
    switch (spec.scalar) {
      case ScalarKind::kText: return {{"type", any_scalar}};
      case ScalarKind::kName: return {{"type", any_scalar}, {"pattern", type.pattern}};
      case ScalarKind::kWord: return {{"enum", spec.words}};
      case ScalarKind::kBool: return {{"type", "boolean"}};
      case ScalarKind::kInteger: return number_body(spec, "integer");
      case ScalarKind::kNumber: return number_body(spec, "number");
      default: return quantity_body(spec, type);
    }
  }

  /// A number and its unit. Where 0 is allowed it needs no unit; where it is not, the pattern asks
  /// for a digit other than 0. Other bounds are beyond a pattern: only the checker knows them.
  static Json quantity_body(const Spec& spec, const ScalarType& type) {
    const bool allows_zero = spec.least <= 0 && !spec.excludes_least;
    const std::string digit = allows_zero ? "" : R"((?=[\sx+0.]*[1-9]))";
    Json json{{"type", "string"}, {"pattern", fmt::format("^{}{}", digit, type.pattern.substr(1))}};
    const bool is_duration = spec.scalar == ScalarKind::kDuration;
    if (allows_zero && (is_duration || spec.scalar == ScalarKind::kBytes)) {
      json = {{"anyOf", Json::array({std::move(json), Json{{"enum", {0, "0"}}}})}};
    }
    return json;
  }

  Json map_body(const Spec& spec) {
    Json json{{"type", "object"}};
    const bool has_integers = spec.map_key == ScalarKind::kInteger;
    const std::string pattern(has_integers ? R"(^[-+]?\d+$)" : scalar_type(spec.map_key).pattern);
    json["patternProperties"] = {{pattern, write(*spec.element)}};
    json["additionalProperties"] = false;
    json["minProperties"] = spec.fewest;
    return json;
  }

  Json object_body(const Spec& spec) {
    Json json{{"type", "object"}, {"properties", Json::object()}};
    Json needed = Json::array();
    for (const Key& key : spec.keys) {
      json["properties"][key.name] = described(key);
      if (key.is_required) needed.push_back(key.name);
    }
    if (!needed.empty()) json["required"] = std::move(needed);
    json["additionalProperties"] = false;
    for (const std::string& name : spec.exactly_one) {
      json["oneOf"].push_back({{"required", {name}}});
    }
    return json;
  }

  Json described(const Key& key) {
    Json value = write(*key.value);
    std::string text = key.meaning;
    if (!key.fallback.empty()) text += fmt::format(" Default: {}.", key.fallback);
    // Draft-07 ignores what stands beside a $ref.
    if (value.contains("$ref")) value = {{"allOf", Json::array({std::move(value)})}};
    Json json{{"description", std::move(text)}};
    json.update(value);
    return json;
  }

  /// Alternatives of different shape are an anyOf; objects told apart by a marker are an if, so
  /// that an editor's message is about the alternative that was meant.
  Json choice_body(const Spec& spec) {
    Json simple = Json::array();
    Json maps;
    for (auto choice = spec.choices.rbegin(); choice != spec.choices.rend(); ++choice) {
      const Spec& alternative = **choice;
      if (!alternative.marker.empty()) {
        maps = {{"if", {{"type", "object"}, {"required", {alternative.marker}}}},
                {"then", write(alternative)},
                {"else", std::move(maps)}};
      } else if (is_map(alternative)) {
        maps = write(alternative);
      } else {
        simple.push_back(write(alternative));
      }
    }
    if (!maps.is_null()) simple.push_back(std::move(maps));
    return simple.size() == 1 ? simple[0] : Json{{"anyOf", std::move(simple)}};
  }

  static bool is_map(const Spec& spec) {
    return spec.shape == Spec::Shape::kObject || spec.shape == Spec::Shape::kMap;
  }

  Json definitions_ = Json::object();
};

}  // namespace

std::string scenario_schema() {
  SchemaWriter writer;
  Json schema{
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "Tandem scenario, version 1"},
      {"description", "A cluster, who uses it, what they submit, and policies to compare."}};
  schema.update(writer.write(scenario_spec()));
  schema["definitions"] = writer.definitions();
  return schema.dump(2) + "\n";
}

}  // namespace tandem

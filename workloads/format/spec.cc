// Builders for the tree of specifications.
#include "workloads/format/spec.h"

#include <utility>

namespace tandem {
namespace {

std::shared_ptr<Spec> make(Spec::Shape shape) {
  auto spec = std::make_shared<Spec>();
  spec->shape = shape;
  return spec;
}

}  // namespace

const Key* Spec::key(std::string_view name) const {
  for (const Key& key : keys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string> Spec::key_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys) names.push_back(key.name);
  return names;
}

SpecPointer scalar(ScalarKind kind) {
  auto spec = make(Spec::Shape::kScalar);
  spec->scalar = kind;
  return spec;
}

SpecPointer scalar(ScalarKind kind, double least, double most, std::string range) {
  auto spec = make(Spec::Shape::kScalar);
  spec->scalar = kind;
  spec->least = least;
  spec->most = most;
  spec->range = std::move(range);
  return spec;
}

SpecPointer more_than_zero(ScalarKind kind) {
  auto spec = make(Spec::Shape::kScalar);
  spec->scalar = kind;
  spec->least = 0;
  spec->excludes_least = true;
  spec->range = "more than 0";
  return spec;
}

SpecPointer word(std::vector<std::string> words) {
  auto spec = make(Spec::Shape::kScalar);
  spec->scalar = ScalarKind::kWord;
  spec->words = std::move(words);
  return spec;
}

SpecPointer list(SpecPointer element, std::size_t fewest) {
  auto spec = make(Spec::Shape::kList);
  spec->element = std::move(element);
  spec->fewest = fewest;
  return spec;
}

SpecPointer map(ScalarKind key, SpecPointer element, std::size_t fewest) {
  auto spec = make(Spec::Shape::kMap);
  spec->map_key = key;
  spec->element = std::move(element);
  spec->fewest = fewest;
  return spec;
}

SpecPointer object(std::vector<Key> keys) {
  auto spec = make(Spec::Shape::kObject);
  spec->keys = std::move(keys);
  return spec;
}

SpecPointer object_if(std::string marker, std::vector<Key> keys) {
  auto spec = make(Spec::Shape::kObject);
  spec->keys = std::move(keys);
  spec->marker = std::move(marker);
  return spec;
}

SpecPointer one_of(std::vector<Key> keys) {
  auto spec = make(Spec::Shape::kObject);
  for (const Key& key : keys) spec->exactly_one.push_back(key.name);
  spec->keys = std::move(keys);
  return spec;
}

SpecPointer choice(std::vector<SpecPointer> choices) {
  auto spec = make(Spec::Shape::kChoice);
  spec->choices = std::move(choices);
  return spec;
}

SpecPointer reference(std::string definition) {
  auto spec = make(Spec::Shape::kReference);
  spec->definition = std::move(definition);
  return spec;
}

SpecPointer define(std::string definition, const SpecPointer& spec) {
  auto defined = std::make_shared<Spec>(*spec);
  defined->definition = std::move(definition);
  return defined;
}

SpecPointer with_later(const SpecPointer& spec, std::vector<std::string> keys) {
  auto wider = std::make_shared<Spec>(*spec);
  wider->later = std::move(keys);
  return wider;
}

SpecPointer expecting(std::string expected, const SpecPointer& spec) {
  auto reworded = std::make_shared<Spec>(*spec);
  reworded->expected = std::move(expected);
  return reworded;
}

Key required(std::string name, SpecPointer value, std::string meaning) {
  return {std::move(name), std::move(value), std::move(meaning), true, {}};
}

Key optional(std::string name, SpecPointer value, std::string meaning, std::string fallback) {
  return {std::move(name), std::move(value), std::move(meaning), false, std::move(fallback)};
}

}  // namespace tandem

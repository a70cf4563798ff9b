// The types of numbers by the names that files have for them.
#include <algorithm>
#include <array>

#include "executor/tensors/safetensors_head.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

struct TypeFacts {
  NumberType type;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array kTypes{
    TypeFacts{NumberType::kBool, "BOOL", 1}, TypeFacts{NumberType::kU8, "U8", 1},
    TypeFacts{NumberType::kI8, "I8", 1},     TypeFacts{NumberType::kI16, "I16", 2},
    TypeFacts{NumberType::kF16, "F16", 2},   TypeFacts{NumberType::kBf16, "BF16", 2},
    TypeFacts{NumberType::kI32, "I32", 4},   TypeFacts{NumberType::kF32, "F32", 4},
    TypeFacts{NumberType::kF64, "F64", 8},   TypeFacts{NumberType::kI64, "I64", 8}};

const TypeFacts& facts_of(NumberType type) {
  const auto* found = std::ranges::find(kTypes, type, &TypeFacts::type);
  CHECK(found != kTypes.end(), "number type {}", static_cast<int>(type));
  return *found;
}

}  // namespace

std::string_view name_of(NumberType type) { return facts_of(type).name; }
std::size_t bytes_of(NumberType type) { return facts_of(type).bytes; }

std::optional<NumberType> number_type_named(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &TypeFacts::name);
  return found != kTypes.end() ? std::optional(found->type) : std::nullopt;
}

std::vector<std::string> number_type_names() {
  std::vector<std::string> names;
  for (const TypeFacts& facts : kTypes) names.emplace_back(facts.name);
  return names;
}

}  // namespace tandem

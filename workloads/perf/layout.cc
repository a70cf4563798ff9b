// The words for layouts, and how layers are dealt out to stages.
#include "workloads/perf/layout.h"

#include "policies/core/check.h"

namespace tandem {
namespace {

template <class Choice>
Choice named(std::string_view name, std::initializer_list<Choice> choices) {
  for (const Choice choice : choices) {
    if (name == name_of(choice)) return choice;
  }
  CHECK(false, "nothing is called '{}'", name);
  return *choices.begin();
}

}  // namespace

const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::kBf16: return "bf16";
    case Precision::kFp16: return "fp16";
    case Precision::kTf32: return "tf32";
    case Precision::kFp32: return "fp32";
    case Precision::kFp8: return "fp8";
  }
  return "";
}

const char* name_of(Recompute recompute) {
  switch (recompute) {
    case Recompute::kNone: return "none";
    case Recompute::kSelective: return "selective";
    case Recompute::kFull: return "full";
  }
  return "";
}

Precision precision_named(std::string_view name) {
  return named(name, {Precision::kBf16, Precision::kFp16, Precision::kTf32, Precision::kFp32,
                      Precision::kFp8});
}

Recompute recompute_named(std::string_view name) {
  return named(name, {Recompute::kNone, Recompute::kSelective, Recompute::kFull});
}

bool ends_are_shorter(const Architecture& model, const Layout& layout) {
  const std::int64_t pieces = layout.pipeline * layout.interleave;
  return layout.pipeline > 1 && model.layers % pieces != 0 && (model.layers + 2) % pieces == 0;
}

std::int64_t layers_per_stage(const Architecture& model, const Layout& layout) {
  return (model.layers + layout.pipeline - 1) / layout.pipeline;
}

}  // namespace tandem

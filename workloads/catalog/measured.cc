#include "workloads/catalog/measured.h"

#include <algorithm>
#include <tuple>

namespace tandem {
namespace {

auto choices(const Layout& layout) {
  return std::tie(layout.tensor, layout.pipeline, layout.data, layout.expert, layout.interleave,
                  layout.zero, layout.sequence_parallel, layout.batch, layout.micro_batch,
                  layout.sequence, layout.precision, layout.recompute);
}

}  // namespace

const MeasuredStep* Measured::step(const Architecture& model, const Layout& layout,
                                   StepKind kind) const {
  const auto found = std::ranges::find_if(steps, [&](const MeasuredStep& step) {
    return step.model == model.name && step.kind == kind && choices(step.layout) == choices(layout);
  });
  return found != steps.end() ? &*found : nullptr;
}

const MeasuredEngine* Measured::engine(const Architecture& model, Precision precision) const {
  const auto found = std::ranges::find_if(engines, [&](const MeasuredEngine& engine) {
    return engine.model == model.name && engine.precision == precision;
  });
  return found != engines.end() ? &*found : nullptr;
}

}  // namespace tandem

// A picture of a training layout: which device has which part of the model and of the batch, and
// what the pipeline's stages do during a step.
#pragma once

#include <string>

#include "workloads/perf/step_time.h"

namespace tandem {

/// An SVG image. Of large layouts the first replicas, ranks, and micro-batches are shown; the
/// picture says so.
std::string layout_figure(const std::string& title, const Layout& layout, const StepTime& time);

}  // namespace tandem

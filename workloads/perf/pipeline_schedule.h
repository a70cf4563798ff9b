// When each stage of a pipeline computes what: one forward, one backward (1F1B), and its
// interleaved form. The step-time model needs only the bubble; this is for looking at.
#pragma once

#include <cstdint>
#include <vector>

namespace tandem {

struct PipelineTask {
  std::int64_t stage = 0;
  std::int64_t piece = 0;  ///< Of the pieces of the model on this stage.
  std::int64_t micro_batch = 0;
  bool is_backward = false;
  double begin_s = 0;
  double end_s = 0;
};

/// The order of Megatron-LM (Narayanan et al. 2021, section 2.2, figure 4): a stage begins with so
/// many forward passes that the stages behind it have work, then does one forward and one backward
/// in turns. With `pieces` above 1 the micro-batches must be a multiple of the stages. Times are of
/// one piece of one micro-batch; sending takes none. In order of stage, then time.
std::vector<PipelineTask> pipeline_schedule(std::int64_t stages, std::int64_t pieces,
                                            std::int64_t micro_batches, double forward_s,
                                            double backward_s);

}  // namespace tandem

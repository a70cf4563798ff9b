#include "policies/core/job.h"

namespace tandem {

std::string_view name_of(JobKind kind) {
  switch (kind) {
    case JobKind::kTrain: return "train";
    case JobKind::kEvaluate: return "evaluate";
    case JobKind::kBatchInfer: return "batch-infer";
    case JobKind::kServe: return "serve";
    case JobKind::kData: return "data";
    case JobKind::kRelease: return "release";
  }
  return "unknown";
}

}  // namespace tandem

#include "policies/core/job.h"

namespace tandem {

std::string_view name_of(JobKind kind) {
  switch (kind) {
    case JobKind::kTrain: return "train";
    case JobKind::kEvaluate: return "evaluate";
    case JobKind::kBatchInfer: return "batch-infer";
    case JobKind::kServe: return "serve";
  }
  return "unknown";
}

}  // namespace tandem

// How far a batch is and how long it will take, on standard error while the run goes on.
#pragma once

#include "cli/listeners.h"
#include "cli/real_batch.h"
#include "cli/terminal.h"
#include "executor/control/real_world.h"
#include "reports/progress.h"

namespace tandem {

class BatchDisplay final : public Bystander {
 public:
  /// `batch` must outlive it.
  BatchDisplay(const RealBatch& batch, Progress::Mode mode)
      : batch_(batch), progress_(1, mode, monotonic_seconds, print_aside) {}
  void add_to(std::vector<zmq_pollitem_t>&) const override {}
  void attend() override { progress_.update(0, batch_.fraction()); }
  void finish() { progress_.finish(); }

 private:
  const RealBatch& batch_;
  Progress progress_;
};

}  // namespace tandem

// EASY backfilling: later jobs may start as long as they do not delay the first of the queue.
#pragma once

#include <string_view>

#include "policies/backfill/shadow.h"

namespace tandem {

/// EASY (Lifka 1995; Mu'alem & Feitelson 2001). The first of the queue holds the reservation: a
/// later job may start now if it fits now and either ends by its shadow time, by the estimate, or
/// leaves room for it then.
class Easy final : public ShadowBackfill {
 public:
  using ShadowBackfill::ShadowBackfill;

  std::string_view name() const override { return "easy"; }
  void fill(Filling& filling, JobId head) override { fill_beside(filling, head); }
};

}  // namespace tandem

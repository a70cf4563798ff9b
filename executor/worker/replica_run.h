// A rank that serves: an engine between the front's requests and a language model, until the
// controller wants its device back or the service lets it go.
#pragma once

#include <functional>
#include <memory>

#include "executor/serve/language_model.h"
#include "executor/worker/computation.h"
#include "executor/worker/control_link.h"

namespace tandem {

/// Throws InputError for what the user can mend.
using MakeLanguageModel = std::function<std::unique_ptr<LanguageModel>(
    const ServingSpec& spec, const std::string& device, int threads)>;

/// As run_rank(). Asked to stop, it drops what it serves: the front sends it elsewhere.
bool run_replica(const RankTask& task, const std::string& device, const MakeLanguageModel& make,
                 ControlLink& link);

}  // namespace tandem

// The language model that a replica of tandem-worker serves.
#pragma once

#include <memory>
#include <string>

#include "executor/serve/language_model.h"
#include "executor/spec/serving_spec.h"

namespace tandem {

/// On a processor ("cpu") or a GPU ("cuda:0"). Throws InputError for weights that are missing,
/// malformed, or of another model, and for a device that nothing can be computed on here.
std::unique_ptr<LanguageModel> served_model(const ServingSpec& spec, const std::string& device,
                                            int threads);

}  // namespace tandem

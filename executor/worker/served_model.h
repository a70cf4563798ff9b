// The language model that a replica of tandem-worker serves.
#pragma once

#include <memory>
#include <string>

#include "executor/serve/language_model.h"
#include "executor/spec/serving_spec.h"

namespace tandem {

/// Throws InputError for weights that are missing, malformed, or of another model.
std::unique_ptr<LanguageModel> served_model(const ServingSpec& spec, const std::string& device,
                                            int threads);

}  // namespace tandem

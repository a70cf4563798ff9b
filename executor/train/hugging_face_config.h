// config.json of Hugging Face's transformers, from and to an architecture.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "workloads/catalog/architecture.h"

namespace tandem {

/// `file` is what errors name.
Architecture architecture_of(const nlohmann::json& config, const std::string& file);
nlohmann::json config_of(const Architecture& model);

}  // namespace tandem

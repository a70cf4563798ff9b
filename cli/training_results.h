// What the training jobs of a real run have learnt, from the files their ranks wrote.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tandem {

/// Of every job of a status document: steps, last loss, loss over held-out text, tokens a second.
nlohmann::ordered_json training_results(const nlohmann::ordered_json& status);
/// The same as a table.
std::string training_table(const nlohmann::ordered_json& results);

}  // namespace tandem

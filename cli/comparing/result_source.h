// Results on disk, as `compare` and baselines name them: read, with the jobs and requests of their
// runs when somebody asks for these.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/comparing/paired_comparison.h"

namespace tandem {

/// The result that `text` names: a folder with result.json, such a file, the folder of one run in
/// it, or one of these with ":POLICY" behind it. `policies` keeps only these; none: all. Throws
/// InputError for what is no result, and if no run is left.
ComparedResult read_result(const std::string& text, const std::vector<std::string>& policies);

/// Of a folder that has result.json, or result.json.zst.
ComparedResult read_result_folder(const std::filesystem::path& folder, const std::string& name);

}  // namespace tandem

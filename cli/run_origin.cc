#include "cli/run_origin.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "policies/core/error.h"
#include "reports/atomic_file.h"
#include "reports/result_json.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const RunFolder& folder) { return folder.path() / "run.json"; }

}  // namespace

void write_origin(const RunOrigin& origin, const RunFolder& folder) {
  nlohmann::ordered_json overrides = nlohmann::ordered_json::array();
  for (const Override& override : origin.text.overrides) {
    overrides.push_back({{"path", override.path}, {"value", override.value}});
  }
  AtomicFile file(file_in(folder));
  file.write(json_text({{"scenario", fs::absolute(origin.text.file).string()},
                        {"overrides", std::move(overrides)},
                        {"policy", origin.policy},
                        {"seed", origin.seed},
                        {"is_asked", origin.is_asked}}));
  file.commit();
}

RunOrigin read_origin(const RunFolder& folder) {
  const fs::path path = file_in(folder);
  std::ifstream file(path);
  if (!file) throw InputError({folder.path().string(), 0, 0}, "no real run is here");
  try {
    const auto json = nlohmann::json::parse(file);
    RunOrigin origin;
    const fs::path scenario = json.at("scenario").get<std::string>();
    origin.text = {read_scenario_file(scenario), scenario.string(), scenario.parent_path(), {}};
    for (const auto& override : json.at("overrides")) {
      origin.text.overrides.push_back({override.at("path"), override.at("value"), {}});
    }
    json.at("policy").get_to(origin.policy);
    json.at("seed").get_to(origin.seed);
    json.at("is_asked").get_to(origin.is_asked);
    return origin;
  } catch (const nlohmann::json::exception& error) {
    throw InputError({path.string(), 0, 0}, std::string("damaged: ") + error.what());
  }
}

}  // namespace tandem

#include "policies/core/model.h"

#include <utility>

#include "policies/core/error.h"

namespace tandem {

ModelId Models::add(std::string name, std::vector<std::uint32_t> speed_ppm) {
  if (models_.size() == kMost) throw InputError("a workload has at most 63 models");
  const ModelId id{static_cast<std::uint32_t>(models_.size())};
  models_.push_back({id, std::move(name), std::move(speed_ppm), 0});
  return id;
}

void Models::exclude(ModelId a, ModelId b) {
  models_[a.value].excludes |= ModelSet{1} << b.value;
  models_[b.value].excludes |= ModelSet{1} << a.value;
}

std::optional<ModelId> Models::find(std::string_view name) const {
  for (const Model& model : models_) {
    if (model.name == name) return model.id;
  }
  return std::nullopt;
}

Rate Models::rate(ModelId model, const Elastic* elastic, std::uint32_t preferred, DeviceTypeId type,
                  std::uint32_t devices) const {
  if (preferred == 0) return {};  // Its pace is that of processors, whatever else the node has.
  Rate rate{speed_ppm(model, type)};
  if (elastic == nullptr || devices == preferred) return rate;
  __extension__ typedef unsigned __int128 Wide;
  const Wide faster = Wide{rate.ppm} * elastic->speedup_ppm(devices);
  return {static_cast<std::uint64_t>(faster / elastic->speedup_ppm(preferred))};
}

void Models::constrain(Job& job) const {
  const Model& model = at(job.model);
  for (std::uint32_t type = 0; type < model.speed_ppm.size(); ++type) {
    const bool runs = model.speed_ppm[type] > 0 || job.demand.devices == 0;
    if (!runs) job.demand.types &= ~(DeviceTypes{1} << type);
  }
  job.demand.excludes = model.excludes;
  job.demand.model = model.excludes != 0 ? ModelSet{1} << job.model.value : 0;
}

}  // namespace tandem

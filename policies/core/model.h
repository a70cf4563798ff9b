// What jobs run: how fast on which device type, and beside what they must not run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/elastic.h"
#include "policies/core/ids.h"
#include "policies/core/job.h"

namespace tandem {

/// Jobs of one model are alike in all that matters to where they run.
struct Model {
  ModelId id;
  std::string name;
  /// By DeviceTypeId, in millionths of the pace that run times are given in; 0: it cannot run
  /// there. Types beyond the end have a million.
  std::vector<std::uint32_t> speed_ppm;
  ModelSet excludes = 0;  ///< Models that must not share a node with it.
};

/// All models of a run. The first, without a name, is that of jobs that state none.
class Models {
 public:
  static constexpr std::uint32_t kMost = 64;

  Models() : models_(1) {}
  /// Throws InputError beyond 64 models.
  ModelId add(std::string name, std::vector<std::uint32_t> speed_ppm = {});
  /// From now on neither shares a node with the other. Of one model: not with itself.
  void exclude(ModelId a, ModelId b);

  std::span<const Model> all() const { return models_; }
  const Model& at(ModelId id) const { return models_[id.value]; }
  std::size_t size() const { return models_.size(); }
  std::optional<ModelId> find(std::string_view name) const;

  std::uint32_t speed_ppm(ModelId model, DeviceTypeId type) const {
    const auto& speeds = models_[model.value].speed_ppm;
    return type.value < speeds.size() ? speeds[type.value] : Rate::kOwnPace;
  }
  /// How fast a job of a model, rigid or `elastic`, that prefers so many devices works on `devices`
  /// of a type.
  Rate rate(ModelId model, const Elastic* elastic, std::uint32_t preferred, DeviceTypeId type,
            std::uint32_t devices) const;
  /// Narrows the demand of `job` to what its model allows.
  void constrain(Job& job) const;

 private:
  std::vector<Model> models_;
};

}  // namespace tandem

// What became of one run of a pipeline, stage by stage: `tandem explain` for the name of one.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/recorder.h"
#include "reports/run_metrics.h"

namespace tandem {

/// Hears a run and keeps one run of a pipeline, once that has ended. Memory holds active jobs only.
class PipelineExplainer final : public Recorder {
 public:
  /// Nothing if no pipeline of `header` has runs of this name. Throws InputError if it is the name
  /// of a pipeline that has several.
  static std::unique_ptr<PipelineExplainer> find(const RunHeader& header, const std::string& name);

  void begin_run(const RunHeader& header) override { metrics_.begin_run(header); }
  void begin_step(Time now) override { metrics_.begin_step(now); }
  void event(const Event& event) override { metrics_.event(event); }
  void action(const Action& action) override { metrics_.action(action); }

  /// Both throw InputError if the run of the pipeline had not ended.
  std::string text() const;
  nlohmann::ordered_json json() const;

 private:
  PipelineExplainer(Pipeline pipeline, PipelineId id, std::uint32_t number);
  const PipelineRun& run() const;
  std::string name_of_job(const PipelineJob& job) const;
  std::string outcome() const;

  Pipeline pipeline_;
  std::string name_;
  RunMetrics metrics_;
  std::optional<PipelineRun> run_;
};

}  // namespace tandem

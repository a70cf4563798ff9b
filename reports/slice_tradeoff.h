// One stage of a pipeline cut into more and more slices: what each cut costs in overhead, what it
// saves in time, and which is best.
//
// Many slices share the devices out sooner and end together; each pays its fixed cost again, and
// waits in the queue. Where the two meet depends on the load and on the policy, so it is measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/run_result.h"
#include "reports/summary.h"

namespace tandem {

/// A run with the stage cut into so many slices.
struct SlicedRun {
  std::uint32_t slices = 1;
  RunResult result;
};

class SliceTradeoff {
 public:
  /// All seeds of one policy with one number of slices. A figure is missing where some seed lacks
  /// it.
  struct Row {
    std::string policy;
    std::uint32_t slices = 1;
    std::size_t seeds = 0;
    std::uint64_t submitted = 0;  ///< Runs of the pipeline, over all seeds.
    std::uint64_t completed = 0;
    std::optional<Estimate> overhead_share;
    std::optional<Estimate> wait_s;
    std::optional<Estimate> span_s;
    std::optional<Estimate> makespan_s;
  };

  /// Rows are in the order in which policies, and under each the slices, first come. Runs without
  /// the pipeline or the stage are an error of the caller.
  SliceTradeoff(std::string pipeline, std::string stage, const std::vector<SlicedRun>& runs);

  const std::vector<Row>& rows() const { return rows_; }
  /// The shortest mean makespan among the rows that completed most runs; fewer slices where it is
  /// equal. Null if no run was completed.
  const Row* best() const { return best_under({}); }

  /// The answer in a sentence, then a table for each policy.
  std::string text(std::size_t width) const;
  /// {"pipeline", "stage", "best": {"policy", "slices"} or null, "rows": [{"policy", "slices",
  /// "seeds", "submitted", "completed", "overhead_share", "wait_s", "span_s", "makespan_s"}]}; the
  /// last four are {"mean", "ci95"} over seeds, or null.
  nlohmann::ordered_json json() const;

 private:
  /// Under one policy; under any, if it is empty.
  const Row* best_under(const std::string& policy) const;
  std::string answer() const;
  std::string table(const std::string& policy) const;

  std::string pipeline_;
  std::string stage_;
  std::vector<Row> rows_;
};

}  // namespace tandem

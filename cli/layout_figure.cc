#include "cli/layout_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/figures/svg.h"
#include "workloads/perf/pipeline_schedule.h"

namespace tandem {
namespace {

constexpr double kWidth = 960;
constexpr double kMargin = 20;
constexpr double kRow = 22;
constexpr std::int64_t kMostReplicas = 4;
constexpr std::int64_t kMostRanks = 8;
constexpr std::int64_t kMostStages = 16;
constexpr std::int64_t kMostMicroBatches = 32;

constexpr std::array kStageColours{"#d6e4f2", "#fde3c8", "#d8eed4", "#f6d5d6",
                                   "#e6dcf0", "#ece2d8", "#fbe0ef", "#e4e4e4"};
constexpr std::array kForward{"#4c78a8", "#6b9ac4", "#8fb8d9", "#b4d0e7"};
constexpr std::array kBackward{"#54a24b", "#7cbc73", "#a2d09a", "#c6e4c1"};

double real(std::int64_t number) { return static_cast<double>(number); }

class Figure {
 public:
  Figure(const std::string& title, const Layout& layout, const StepTime& time)
      : title_(title), layout_(layout), time_(time) {}

  std::string svg() {
    heading();
    devices();
    schedule();
    return svg_.document(kWidth, y_ + kMargin, title_);
  }

 private:
  void box(double x, double y, double width, double height, const char* colour) {
    svg_.box(x, y, width, height, colour, {});
  }
  void line(const std::string& words, const Svg::Letters& letters = {}) {
    y_ += 18;
    svg_.text(kMargin, y_, words, letters);
  }

  void heading() {
    y_ = 12;
    line(title_, {.size = 15, .bold = true});
    line(
        fmt::format("{} data parallel replicas, each {} pipeline stages of {} tensor parallel "
                    "ranks: a box is a device, with its rank.",
                    layout_.data, layout_.pipeline, layout_.tensor));
  }

  void devices() {
    const std::int64_t replicas = std::min(layout_.data, kMostReplicas);
    const std::int64_t stages = std::min(layout_.pipeline, kMostStages);
    const std::int64_t ranks = std::min(layout_.tensor, kMostRanks);
    const double gap = 16;
    const double each = (kWidth - 2 * kMargin - gap * real(replicas - 1)) / real(replicas);
    const double cell = std::min(each / real(stages), 60.0);
    y_ += 26;
    for (std::int64_t d = 0; d < replicas; ++d) {
      const double left = kMargin + real(d) * (each + gap);
      svg_.text(left, y_, fmt::format("replica {}: its part of the batch", d + 1));
      for (std::int64_t p = 0; p < stages; ++p) {
        for (std::int64_t t = 0; t < ranks; ++t) {
          const double x = left + real(p) * cell;
          const double y = y_ + 6 + real(t) * kRow;
          const std::int64_t rank = t + layout_.tensor * (d + layout_.data * p);
          box(x, y, cell, kRow, kStageColours[static_cast<std::size_t>(p) % kStageColours.size()]);
          if (cell >= 24) svg_.text(x + 4, y + 15, fmt::format("{}", rank));
        }
      }
    }
    y_ += 6 + real(ranks) * kRow;
    if (replicas < layout_.data || stages < layout_.pipeline || ranks < layout_.tensor) {
      line("Not all are shown.");
    }
    line(
        "Columns are pipeline stages: they have layers one after the other and hand activations "
        "on. "
        "Rows share each matrix (tensor parallel):");
    line(
        "they sum their parts twice a layer, so they sit in one node. Equal boxes of all replicas "
        "have the same weights and sum their gradients once a step.");
  }

  void schedule() {
    const std::int64_t shown = std::min(layout_.micro_batches(), kMostMicroBatches);
    const double m = real(layout_.micro_batches() * layout_.interleave);
    const double forward = time_.forward.total() / m;
    const double backward = (time_.backward.total() + time_.recompute.total()) / m;
    const std::int64_t whole =
        layout_.interleave > 1
            ? std::max<std::int64_t>(1, shown / layout_.pipeline) * layout_.pipeline
            : shown;
    const auto tasks =
        pipeline_schedule(layout_.pipeline, layout_.interleave, whole, forward, backward);
    double end = 0;
    for (const PipelineTask& task : tasks) end = std::max(end, task.end_s);
    const double after = time_.data + time_.optimizer;
    const double left = kMargin + 60;
    const double scale = (kWidth - kMargin - left) / (end + after);
    y_ += 14;
    line(fmt::format(
        "A step of {:.3g} s, {} micro-batches: forward blue, backward green, waiting "
        "white ({:.1f} % of the step),",
        time_.seconds(), layout_.micro_batches(), 100 * time_.bubble / time_.seconds()));
    line(fmt::format("gradients orange (what is not hidden), optimizer grey.{}",
                     whole < layout_.micro_batches()
                         ? fmt::format(" Of the micro-batches {} are shown.", whole)
                         : ""));
    y_ += 8;
    const std::int64_t stages = std::min(layout_.pipeline, kMostStages);
    for (std::int64_t p = 0; p < stages; ++p) {
      svg_.text(kMargin, y_ + real(p) * kRow + 15, fmt::format("stage {}", p + 1));
      const double y = y_ + real(p) * kRow;
      box(left + end * scale, y, time_.data * scale, kRow, "#f58518");
      box(left + (end + time_.data) * scale, y, time_.optimizer * scale, kRow, "#9d9d9d");
    }
    for (const PipelineTask& task : tasks) {
      if (task.stage >= stages) continue;
      const auto shade = static_cast<std::size_t>(task.piece) % kForward.size();
      const double x = left + task.begin_s * scale;
      const double y = y_ + real(task.stage) * kRow;
      const double width = (task.end_s - task.begin_s) * scale;
      box(x, y, width, kRow, task.is_backward ? kBackward[shade] : kForward[shade]);
      if (width < 14) continue;
      svg_.text(x + width / 2, y + 15, fmt::format("{}", task.micro_batch + 1),
                {.colour = "#fff", .anchor = Svg::Anchor::kMiddle});
    }
    y_ += real(stages) * kRow;
  }

  const std::string title_;
  const Layout& layout_;
  const StepTime& time_;
  Svg svg_;
  double y_ = 0;
};

}  // namespace

std::string layout_figure(const std::string& title, const Layout& layout, const StepTime& time) {
  return Figure(title, layout, time).svg();
}

}  // namespace tandem

// tandem models fit: the fastest layouts of a model on so many devices.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "cli/training_question.h"
#include "policies/core/error.h"
#include "reports/human.h"
#include "workloads/perf/layout_search.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

/// As options of `models step`, so that it can be tried there.
std::string options_of(const Layout& layout) {
  std::string text = fmt::format("--tp {} --pp {} --dp {} --micro-batch {}", layout.tensor,
                                 layout.pipeline, layout.data, layout.micro_batch);
  if (layout.expert > 1) text += fmt::format(" --ep {}", layout.expert);
  if (layout.interleave > 1) text += fmt::format(" --interleave {}", layout.interleave);
  if (layout.zero > 0) text += fmt::format(" --zero {}", layout.zero);
  if (layout.sequence_parallel) text += " --sequence-parallel";
  if (layout.recompute != Recompute::kNone) {
    text += fmt::format(" --recompute {}", name_of(layout.recompute));
  }
  return text;
}

ordered_json to_json(const FoundLayout& found) {
  const Layout& layout = found.layout;
  return {{"tp", layout.tensor},
          {"pp", layout.pipeline},
          {"dp", layout.data},
          {"ep", layout.expert},
          {"interleave", layout.interleave},
          {"micro_batch", layout.micro_batch},
          {"zero", layout.zero},
          {"sequence_parallel", layout.sequence_parallel},
          {"recompute", name_of(layout.recompute)},
          {"step_s", found.time.seconds()},
          {"step_s_low", found.time.seconds() * found.time.band_low},
          {"step_s_high", found.time.seconds() * found.time.band_high},
          {"tokens_per_s", found.time.tokens_per_s()},
          {"mfu", found.time.mfu()},
          {"memory_bytes", found.memory.total()},
          {"options", options_of(layout)}};
}

std::string table_of(const LayoutSearch& search) {
  std::vector<std::vector<std::string>> rows = {
      {"STEP", "MFU", "MEMORY", "OPTIONS OF models step"}};
  for (const FoundLayout& found : search.best) {
    rows.push_back({fmt::format("{:.3f} s", found.time.seconds()),
                    fmt::format("{:.1f} %", 100 * found.time.mfu()),
                    fmt::format("{:.1f} GB", found.memory.total() / 1e9),
                    options_of(found.layout)});
  }
  return aligned(rows);
}

std::string answer(const TrainingQuestion& question, const LayoutSearch& search) {
  const std::string what = fmt::format("{} on {} {}", question.model->name, question.devices,
                                       question.machine.device->name);
  if (search.best.empty()) {
    const MemoryUse& memory = search.leanest.memory;
    return fmt::format(
        "{} does not fit: the leanest of {} layouts needs {:.1f} GB on a device of "
        "{:.1f} GB: {}.",
        what, search.tried, memory.total() / 1e9, memory.capacity / 1e9,
        options_of(search.leanest.layout));
  }
  const StepTime& time = search.best.front().time;
  return fmt::format(
      "{}: at best {:.3f} s a step ({:.3f} to {:.3f} s), {} tokens/s, {:.1f} % "
      "MFU.",
      what, time.seconds(), time.seconds() * time.band_low, time.seconds() * time.band_high,
      human(time.tokens_per_s(), Unit::kPlain), 100 * time.mfu());
}

}  // namespace

int run_model_fit(const Arguments& arguments) {
  const TrainingQuestion question(arguments);
  const LayoutSearch search =
      search_layouts(*question.model, question.machine, question.devices, question.layout,
                     static_cast<std::size_t>(arguments.training.most));
  if (search.tried == 0) {
    throw InputError(fmt::format(
        "no layout of {} on {} devices divides heads, layers and --batch "
        "{}; try a batch that is a multiple of {}",
        question.model->name, question.devices, question.layout.batch, question.devices));
  }
  if (arguments.json) {
    ordered_json best = ordered_json::array();
    for (const FoundLayout& found : search.best) best.push_back(to_json(found));
    print_json({{"model", question.model->name},
                {"device", question.machine.device->name},
                {"devices", question.devices},
                {"tried", search.tried},
                {"fitting", search.fitting},
                {"best", best},
                {"leanest", to_json(search.leanest)}});
  } else if (search.best.empty()) {
    print_output(answer(question, search) + "\n");
  } else {
    print_output(
        fmt::format("{}\n\n{}\n{} of {} layouts fit into memory; one of each kind is shown.\n",
                    answer(question, search), table_of(search), search.fitting, search.tried));
  }
  return search.best.empty() ? 3 : 0;
}

}  // namespace tandem

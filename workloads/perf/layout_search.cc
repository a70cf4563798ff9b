// Exhaustive: some thousands of layouts at a few microseconds each.
#include "workloads/perf/layout_search.h"

#include <algorithm>
#include <tuple>

namespace tandem {
namespace {

constexpr std::int64_t kLargestMicroBatch = 64;

std::vector<std::int64_t> divisors(std::int64_t number, std::int64_t most) {
  std::vector<std::int64_t> found;
  for (std::int64_t i = 1; i <= std::min(number, most); ++i) {
    if (number % i == 0) found.push_back(i);
  }
  return found;
}

auto degrees(const Layout& layout) {
  return std::tuple(layout.tensor, layout.pipeline, layout.data, layout.expert);
}

class Search {
 public:
  Search(const Architecture& model, const Machine& machine, std::size_t most)
      : model_(model), machine_(machine), most_(most) {}

  void split(std::int64_t devices, Layout layout) {
    for (const std::int64_t t : divisors(devices, machine_.devices_per_node)) {
      layout.tensor = t;
      layout.sequence_parallel = t > 1;
      for (const std::int64_t p : divisors(devices / t, model_.layers)) {
        layout.pipeline = p;
        layout.data = devices / t / p;
        for (const std::int64_t e :
             divisors(std::max<std::int64_t>(model_.experts, 1), layout.data)) {
          layout.expert = e;
          schedule(layout);
        }
      }
    }
  }

  LayoutSearch result() {
    std::ranges::sort(found_.best, {}, [](const FoundLayout& f) {
      return std::tuple(f.time.seconds(), degrees(f.layout));
    });
    if (found_.best.size() > most_) found_.best.resize(most_);
    return std::move(found_);
  }

 private:
  void schedule(Layout layout) {
    fastest_ = FoundLayout{};
    some_fits_ = false;
    for (std::int64_t b = 1; b <= kLargestMicroBatch; b *= 2) {
      layout.micro_batch = b;
      if (layout.batch % (layout.data * b) != 0) break;
      const std::int64_t deepest = layout.pipeline > 1 ? layers_per_stage(model_, layout) : 1;
      for (const std::int64_t v : divisors(deepest, deepest)) {
        layout.interleave = v;
        if (obstacle(model_, machine_, layout).empty()) keep(layout);
      }
    }
    if (some_fits_) found_.best.push_back(fastest_);
  }

  void keep(Layout layout) {
    for (const Recompute recompute : {Recompute::kNone, Recompute::kSelective, Recompute::kFull}) {
      layout.recompute = recompute;
      const int deepest = layout.data > 1 ? 3 : 0;
      for (int zero = std::min(1, deepest); zero <= deepest; ++zero) {
        layout.zero = zero;
        consider(layout);
      }
    }
  }

  void consider(const Layout& layout) {
    const MemoryUse memory = memory_use(model_, machine_, layout);
    const bool leaner = found_.tried == 0 || memory.total() < found_.leanest.memory.total();
    ++found_.tried;
    if (!leaner && !memory.fits()) return;
    FoundLayout candidate{layout, step_time(model_, machine_, layout), memory};
    if (leaner) found_.leanest = candidate;
    if (!memory.fits()) return;
    ++found_.fitting;
    if (!some_fits_ || candidate.time.seconds() < fastest_.time.seconds()) fastest_ = candidate;
    some_fits_ = true;
  }

  const Architecture& model_;
  const Machine& machine_;
  std::size_t most_;
  LayoutSearch found_;
  FoundLayout fastest_;
  bool some_fits_ = false;
};

}  // namespace

LayoutSearch search_layouts(const Architecture& model, const Machine& machine, std::int64_t devices,
                            const Layout& wanted, std::size_t most) {
  Search search(model, machine, most);
  search.split(devices, wanted);
  return search.result();
}

}  // namespace tandem

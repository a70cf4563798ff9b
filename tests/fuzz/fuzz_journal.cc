// Fuzzes the reader of journals, the scheduler under a world that may report anything, and the
// figures of a run that nobody has checked.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policies/core/error.h"
#include "policies/core/journal.h"
#include "policies/core/replay_world.h"
#include "policies/registry.h"
#include "reports/run_metrics.h"

namespace tandem {
namespace {

/// The lines of a text, as a journal reader wants them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool operator()(std::string& line) {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return true;
  }

 private:
  std::string_view rest_;
};

void replay(std::string_view text) {
  JournalReader reader(Lines(text), "fuzz");
  const RunHeader& header = reader.header();
  // Lawful, but an account of so many would take the fuzzer's time.
  if (header.cluster.device_count() > 4096) return;
  JournalWriter nowhere([](std::string_view) {});
  Scheduler scheduler(header,
                      make_policy(header.policy, {header.cluster, header.tenants, header.models}),
                      &nowhere);
  ReplayWorld world(reader);
  drive(world, scheduler);
}

/// As `tandem explain` does for a pipeline. What is wrong with the text, replay() finds, too.
void measure(std::string_view text) {
  RunMetrics metrics;
  try {
    JournalReader reader(Lines(text), "fuzz");
    if (reader.header().cluster.device_count() > 4096) return;
    read_journal(reader, metrics);
  } catch (const InputError&) {
  }
  metrics.pipelines().results();
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Nothing else may escape.
  try {
    tandem::measure({reinterpret_cast<const char*>(data), size});
    tandem::replay({reinterpret_cast<const char*>(data), size});
  } catch (const tandem::InputError&) {
  } catch (const tandem::ReplayMismatch&) {
  } catch (const tandem::WorldError&) {
  } catch (const tandem::RuleBroken&) {
  }
  return 0;
}

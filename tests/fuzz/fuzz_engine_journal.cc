// Fuzzes the reader of engines' journals, and an engine to which anything may come.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/batch/engine_replay.h"
#include "policies/core/error.h"
#include "policies/core/replay_world.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Nothing else may escape.
  try {
    EngineJournalReader reader(whole_lines(text), "fuzz");
    EngineReplay replay(reader);
    while (replay.step()) {
    }
  } catch (const InputError&) {
  } catch (const ReplayMismatch&) {
  }
  return 0;
}

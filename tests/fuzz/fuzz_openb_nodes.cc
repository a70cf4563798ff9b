// Fuzzes the reader of openb node lists.

#include <cstddef>
#include <cstdint>

#include "policies/core/error.h"
#include "tests/fuzz/require.h"
#include "workloads/traces/names.h"
#include "workloads/traces/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  try {
    const auto nodes = read_openb_nodes({reinterpret_cast<const char*>(data), size}, "fuzz");
    require(!nodes.empty(), "a list has nodes");
    for (const TraceNode& node : nodes) {
      require(is_name(node.name), "nodes have names");
      require(node.device_type.empty() == (node.devices == 0), "devices have a type");
      require(node.cpus >= MilliCpus{} && node.memory >= Bytes{}, "sizes are not negative");
    }
  } catch (const InputError& error) {
    require(is_utf8(error.what()), "messages are UTF-8");
  }
  return 0;
}

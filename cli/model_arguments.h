// What the user asked of `tandem models step`, `fit` and `serve`, as it stands on the command line.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

/// Instead of the device's usual node.
struct MachineArguments {
  std::int64_t devices_per_node = 0;  ///< 0, and empty names: as usual for the device.
  std::int64_t nics = 0;
  std::string fabric;
  std::string network;
  std::string oversubscription = "1";
};

struct TrainingArguments {
  std::string devices;  ///< "64xa100-sxm-80g".
  std::int64_t tensor = 1;
  std::int64_t pipeline = 1;
  std::int64_t data = 0;  ///< 0: all devices that the others leave.
  std::int64_t expert = 1;
  std::int64_t interleave = 1;
  std::int64_t batch = 0;
  std::int64_t micro_batch = 1;
  std::int64_t sequence = 0;  ///< 0: the model's context, 8192 at most.
  std::int64_t zero = 0;
  std::string recompute = "none";
  std::string precision;  ///< Empty: bf16, or fp16 where there is no bf16.
  std::string attention;  ///< Empty: as in the model's published runs.
  std::string kernels = "fused";
  std::string overlap = "all";
  std::string gradients = "fp32";
  bool sequence_parallel = false;
  MachineArguments machine;
  std::string collective = "best";
  bool explain = false;
  std::string figure;  ///< Where to draw the layout; empty: nowhere.
  std::int64_t most = 10;
};

struct ServingArguments {
  std::string devices;      ///< "8xh100-sxm".
  std::int64_t tensor = 0;  ///< 0: all devices that --pp leaves.
  std::int64_t pipeline = 1;
  std::int64_t prompt = 512;
  std::int64_t batch = 1;
  std::int64_t context = 0;  ///< 0: the prompt.
  std::string weights;       ///< Empty: bf16, or fp16 where there is no bf16.
  std::string kv;            ///< Empty: 16 bits.
  std::string engine = "modern";
  std::string tables;  ///< Folder with measured times; empty: none.
  std::string step_overhead = "0 ms";
  std::int64_t utilization = 90;  ///< Per cent.
  std::int64_t block = 16;
  std::int64_t most_tokens = 8192;
  std::int64_t most_sequences = 256;
  MachineArguments machine;
  bool explain = false;
};

}  // namespace tandem

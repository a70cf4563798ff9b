// What the user asked of `tandem bench-serve`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/batch/objective.h"

namespace tandem {

struct LoadArguments {
  std::string url;
  std::string model;
  std::string token_file;
  std::string rate;               ///< "4.5", "inf", of a trace "x10"; empty: as recorded, or inf.
  double burstiness = 1;          ///< Shape of the gamma distribution of gaps.
  std::uint32_t concurrency = 0;  ///< 0: open loop.
  std::string format;             ///< Of the trace; empty: told from the file.
  std::uint64_t count = 0;        ///< 0: all of the trace.
  std::string prompt_tokens = "512";
  std::string output_tokens = "128";
  std::uint64_t seed = 1;
  std::uint64_t warmup = 0;
  bool ignores_end = false;
  bool chats = false;
  std::string prompts = "ids";
  std::string authority;
  bool insecure = false;
  bool retries = false;
  std::uint32_t timeout_s = 600;
  std::vector<Objective> goodput;
};

}  // namespace tandem

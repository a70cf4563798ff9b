// How a service is really served: whose weights, and how its users' text becomes tokens. A
// simulation needs none of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "workloads/perf/layout.h"

namespace tandem {

/// What turns text into tokens and back: every byte is a token, or GPT-2's byte pairs by a
/// vocabulary file, or what the folder of the weights has.
enum class ServedTokens : std::uint8_t { kBytes, kGpt2, kFolder };

/// Paths are absolute. Nobody has looked whether the files are there: whoever serves does.
struct Deployment {
  /// A model as Hugging Face has it, or checkpoints of a training job; empty: drawn from `seed`.
  std::filesystem::path weights;
  std::uint64_t seed = 1;
  Precision precision = Precision::kBf16;  ///< Or kFp32.
  ServedTokens tokens = ServedTokens::kBytes;
  std::filesystem::path vocabulary;  ///< Of kGpt2: lines "base64 rank", as tiktoken has them.
  std::string chat = "plain";        ///< How chats become prompts: executor/http/chat_prompt.h.
};

}  // namespace tandem

// How a training job really learns: its text and its optimizer. A simulation needs none of it; a
// job that is to run on real devices does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tandem {

/// What turns text into numbers: every byte is its own number, or GPT-2's byte pairs by a
/// vocabulary file; or the files hold numbers already.
enum class Tokens : std::uint8_t { kBytes, kGpt2, kShards };

/// Paths are absolute. Nobody has looked whether the files are there: whoever runs the job does.
struct TextSource {
  std::vector<std::filesystem::path> files;  ///< Text, or shards of numbers as llm.c writes them.
  Tokens tokens = Tokens::kBytes;
  std::filesystem::path vocabulary;  ///< Of kGpt2: lines "base64 rank", as tiktoken has them.
  double held_out = 0.1;             ///< The last part of every file, kept for evaluation.
};

struct Recipe {
  TextSource text;
  double learning_rate = 1e-3;  ///< At its peak, after the warm-up.
  double final_learning_rate = 1e-4;
  std::int64_t warmup = 0;  ///< Steps in which the rate rises in a straight line; then a cosine.
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weight_decay = 0.1;  ///< Of matrices and embeddings, not of norms and biases.
  double clip = 1;            ///< Longest gradient, over all parameters; 0: as it is.
  double dropout = 0;
  std::uint64_t seed = 1;  ///< Of the first weights, of the order of the text, and of dropout.
  std::int64_t checkpoint_every = 0;  ///< Steps; 0: only when it is preempted and at the end.
  std::int64_t evaluate_every = 0;    ///< Steps, and at the end; 0: never.
};

/// What an evaluation looks at.
struct Evaluation {
  std::string of;                     ///< The training job whose last weights it takes, or …
  std::filesystem::path checkpoints;  ///< … a folder of checkpoints, if `of` is empty.
  std::int64_t rows = 0;              ///< Of the held-out text, at most.
};

}  // namespace tandem

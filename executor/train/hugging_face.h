// Models as Hugging Face's transformers has them: a folder with config.json and model.safetensors,
// or its parts. Names of parameters are the same as ours, shapes too.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "executor/tensors/safetensors.h"
#include "executor/train/flat_parameters.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

/// What config.json describes: model types gpt2, llama, mistral and qwen2. Throws InputError for
/// others, and for what the transformer does not compute (scaled rotary positions, sliding windows,
/// other activations).
Architecture read_hugging_face(const std::filesystem::path& folder);

/// The files of a model, which may be one or several with an index.
class HuggingFaceWeights {
 public:
  /// Throws InputError for files that are missing or malformed.
  explicit HuggingFaceWeights(const std::filesystem::path& folder);
  /// A whole parameter, of 16 or 32 bits: a view of the mapped file. Throws InputError if it is not
  /// there, or of another shape.
  at::Tensor read(const Slot& slot) const;

 private:
  void open(const std::string& name);
  const TensorEntry* find(const std::string& name) const;

  std::filesystem::path folder_;
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files_;
};
/// Fills the parameters of any slice, from numbers of 16 or 32 bits. Throws InputError as
/// HuggingFaceWeights does.
void read_hugging_face(const std::filesystem::path& folder, const ModelSlice& slice,
                       FlatParameters& parameters);

/// Writes a whole model, its weights in f32; durable when it returns.
void write_hugging_face(const std::filesystem::path& folder, const Architecture& model,
                        const FlatParameters& parameters);

}  // namespace tandem

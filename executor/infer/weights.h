// Where the numbers of a model that serves come from: a folder of Hugging Face's, checkpoints of
// the trainer, or, where nobody minds what is said, a seed.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/train/slots.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual const Architecture& model() const = 0;
  /// A whole parameter, of 16 or 32 bits; to be read while the source lives. Throws InputError if
  /// it is not there, or of another shape.
  virtual at::Tensor read(const Slot& slot) const = 0;
  /// What was passed over on the way, in words for the user.
  virtual std::vector<std::string> warnings() const { return {}; }
};

/// A folder with Hugging Face's config.json, one checkpoint of the trainer, or several, of which
/// the newest whole one is taken. Throws InputError for others, and for models that are not
/// computed.
std::unique_ptr<WeightSource> weights_in(const std::filesystem::path& folder);
/// As a training run with that seed begins. Throws InputError for models that are not computed.
std::unique_ptr<WeightSource> drawn_weights(const Architecture& model, std::uint64_t seed);

/// The parameters of a whole model, together as they are used.
class WeightReader {
 public:
  explicit WeightReader(const WeightSource& source);

  const Architecture& model() const { return source_.model(); }
  /// `count` parameters from `first` on, one below the other; undefined if the name is empty.
  at::Tensor joined(const std::string& first, std::size_t count = 1) const;
  /// The same in f32, in memory of its own: norms and biases.
  at::Tensor vector(const std::string& first, std::size_t count = 1) const;

 private:
  const WeightSource& source_;
  std::vector<Slot> slots_;
};

}  // namespace tandem

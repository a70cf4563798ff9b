#include "executor/infer/device/device_weights.h"

#include "executor/spec/family.h"

namespace tandem {
namespace {

class DeviceReader {
 public:
  DeviceReader(const WeightSource& source, const at::Device& device, at::ScalarType type)
      : weights_(source),
        device_(device),
        type_(type),
        is_gpt2_(family_of(source.model()) == Family::kGpt2) {}

  at::Tensor table(const std::string& name) const {
    return weights_.joined(name).to(device_, type_).contiguous();
  }
  at::Tensor vector(const std::string& name, std::size_t count = 1) const {
    const at::Tensor numbers = weights_.vector(name, count);
    return numbers.defined() ? numbers.to(device_) : numbers;
  }
  DeviceNorm norm(const std::string& weight, const std::string& bias) const {
    return {vector(weight), vector(bias)};
  }
  /// GPT-2's matrices are inputs by outputs, and those of several are one in its checkpoints
  /// already.
  DeviceMatrix matrix(const std::string& name, const std::string& bias, std::size_t count) const {
    const std::size_t parts = is_gpt2_ ? 1 : count;
    const at::Tensor numbers = weights_.joined(name, parts).to(device_, type_);
    return {(is_gpt2_ ? numbers.t() : numbers).contiguous(), vector(bias, parts)};
  }
  DeviceLayer layer(std::int64_t index) const {
    const LayerNames names = layer_names(weights_.model(), index);
    return {norm(names.attention_norm, names.attention_norm_bias),
            norm(names.ffn_norm, names.ffn_norm_bias),
            matrix(names.qkv, names.qkv_bias, 3),
            matrix(names.projection, names.projection_bias, 1),
            matrix(names.up, names.up_bias, 2),
            matrix(names.down, names.down_bias, 1)};
  }

 private:
  const WeightReader weights_;
  const at::Device device_;
  const at::ScalarType type_;
  const bool is_gpt2_;
};

std::int64_t bytes_of(const at::Tensor& numbers) {
  return numbers.numel() * static_cast<std::int64_t>(numbers.element_size());
}

}  // namespace

std::int64_t DeviceWeights::matrix_bytes() const {
  std::int64_t bytes = bytes_of(head);
  for (const DeviceLayer& layer : layers) {
    for (const DeviceMatrix* matrix : {&layer.qkv, &layer.projection, &layer.up, &layer.down}) {
      bytes += bytes_of(matrix->numbers);
    }
  }
  return bytes;
}

DeviceWeights read_device_weights(const WeightSource& source, const at::Device& device,
                                  at::ScalarType type) {
  const Architecture& model = source.model();
  const DeviceReader reader(source, device, type);
  const ModelNames names = model_names(model);
  DeviceWeights weights;
  weights.tokens = reader.table(names.tokens);
  weights.head = model.tied ? weights.tokens : reader.table(names.head);
  weights.positions = reader.vector(names.positions);
  weights.norm = reader.norm(names.norm, names.norm_bias);
  for (std::int64_t layer = 0; layer < model.layers; ++layer) {
    weights.layers.push_back(reader.layer(layer));
  }
  return weights;
}

}  // namespace tandem

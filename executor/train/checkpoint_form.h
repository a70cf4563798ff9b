// What checkpoints' writer and reader agree on: names, and the sum that tells of damage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "executor/tensors/safetensors.h"

namespace tandem {

inline constexpr int kCheckpointForm = 1;
inline constexpr const char* kCheckpointIndex = "index.json";
/// Before the names of parameters.
inline constexpr const char* kFirstMoment = "first_moment/";
inline constexpr const char* kSecondMoment = "second_moment/";

/// "step-00000300"
std::string checkpoint_name(std::int64_t step);
/// Finished checkpoints in `folder`, the newest first.
std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder);
/// "tensor-0-stage-1.safetensors"
std::string slice_name(std::int64_t tensor_rank, std::int64_t stage);

/// 64 bits over names and bytes, in hexadecimal; tells of damage, not of malice.
std::string checksum(const TensorMap& tensors);
std::string checksum(std::string_view text);

}  // namespace tandem

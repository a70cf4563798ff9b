// A mapping and what its head says of it.
#include <fmt/format.h>

#include "executor/tensors/safetensors_head.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {

class SafetensorsFile::Impl {
 public:
  explicit Impl(const std::filesystem::path& path)
      : name(path.string()), file(path), head(read_safetensors(file.bytes(), name)) {}

  std::string name;
  MappedFile file;
  SafetensorsHead head;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(path)) {}
SafetensorsFile::~SafetensorsFile() = default;

const TensorMap& SafetensorsFile::tensors() const { return impl_->head.tensors; }
const TensorMetadata& SafetensorsFile::metadata() const { return impl_->head.metadata; }

const TensorEntry& SafetensorsFile::tensor(std::string_view name) const {
  const auto found = tensors().find(name);
  if (found != tensors().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, tensor] : tensors()) names.push_back(known);
  throw InputError(Position{impl_->name},
                   fmt::format("there is no tensor '{}'{}", name, suggestion_of_many(name, names)));
}

}  // namespace tandem

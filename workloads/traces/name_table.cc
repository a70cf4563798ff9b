// Looks at the last name first, then into a hash table.
#include "workloads/traces/name_table.h"

namespace tandem {

std::uint32_t NameTable::index(const Field& field) {
  // Checked once, when it is new.
  const auto index = known(field.text);
  return index ? *index : this->index(name_text(field));
}

std::uint32_t NameTable::index(std::string_view name) {
  if (const auto index = known(name)) return *index;
  last_ = static_cast<std::uint32_t>(names_.size());
  indices_.emplace(name, last_);
  names_.emplace_back(name);
  return last_;
}

std::optional<std::uint32_t> NameTable::known(std::string_view name) {
  // Neighbouring rows are often of one tenant.
  if (last_ < names_.size() && names_[last_] == name) return last_;
  const auto found = indices_.find(name);
  if (found == indices_.end()) return std::nullopt;
  return last_ = found->second;
}

}  // namespace tandem

// All that is known by name: device types, language models, fabrics. The built-in files and those
// of users have one form (catalog_spec.h), so that an entry can move from one to the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/catalog/architecture.h"
#include "workloads/catalog/fabric.h"
#include "workloads/catalog/hardware.h"

namespace tandem {

/// Entries of each kind are ordered by name.
struct Catalog {
  std::vector<DeviceType> devices;
  std::vector<Architecture> models;
  std::vector<Fabric> fabrics;

  // Throw InputError with the nearest name if there is no such entry.
  const DeviceType& device(std::string_view name) const;
  const Architecture& model(std::string_view name) const;
  const Fabric& fabric(std::string_view name) const;
};

/// What is built into the program.
const Catalog& built_in_catalog();

/// Adds the entries of a YAML text to `catalog`; one with a name that is there already replaces it.
/// `file` names the text in messages. Throws InputError that lists everything wrong with it.
void add_to_catalog(Catalog& catalog, std::string_view text, const std::string& file);

/// The built-in catalogue with the entries of a user's file.
Catalog catalog_with(const std::string& file);

}  // namespace tandem

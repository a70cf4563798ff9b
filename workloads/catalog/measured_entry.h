// The form of `measured` in a device's entry of a catalogue file, and what it says.
#pragma once

#include "workloads/catalog/catalog.h"
#include "workloads/format/problems.h"
#include "workloads/format/spec.h"

namespace tandem {

SpecPointer measured_spec();
/// Of an entry that has this form.
Measured measured_of(const Value& entry);
/// Adds a problem for every step and engine of a model that `catalog` does not know, and for every
/// one that is there twice.
void check_measured(const Value& entry, const Catalog& catalog, const Document& document,
                    Problems& problems);

}  // namespace tandem

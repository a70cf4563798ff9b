// The form of catalogue files, as data; see workloads/format/spec.h.
#pragma once

#include "workloads/format/spec.h"

namespace tandem {

/// `devices`, `models` and `fabrics`, each a list.
const Spec& catalog_spec();

}  // namespace tandem

// Holds a document against a specification.
#pragma once

#include "workloads/format/document.h"
#include "workloads/format/problems.h"
#include "workloads/format/spec.h"

namespace tandem {

/// Adds a problem for every place where the document does not have the form: unknown and missing
/// keys, wrong kinds, bad units, values out of range. What passes can be read without checks.
void check_form(const Document& document, const Spec& spec, Problems& problems);

/// What a value is, for messages: "'abc'", "a list", "a map", "nothing".
std::string shown(const Value& value);

}  // namespace tandem

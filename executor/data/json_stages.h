// What a tokenizer.json does to a text around its pairs: the stages that are known, by their types;
// any other is refused by name.
#pragma once

#include "executor/data/json_file.h"
#include "executor/data/pair_tokenizer.h"

namespace tandem {

/// Reads `normalizer`, `pre_tokenizer` and `post_processor` into the model's normalizer, first_word
/// and ends.begin. Returns whether its tokens are written in letters for bytes.
bool read_stages(const JsonPart& root, PairModel& model);

/// Whether no piece has a space behind anything else, so that no merge crosses the place in front
/// of a space.
bool has_only_leading_spaces(const PairModel& model);

}  // namespace tandem

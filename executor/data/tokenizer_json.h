// Byte pairs as Hugging Face's tokenizers library writes them (tokenizer.json), and as GPT-2's own
// code did (vocab.json, merges.txt). Whatever would make other tokens than ours is refused.
#pragma once

#include <string>
#include <string_view>

#include "executor/data/json_file.h"
#include "executor/data/pair_tokenizer.h"

namespace tandem {

/// All of the model but how texts end; how they begin, if the file says so. Throws InputError.
PairModel model_of_json(const JsonPart& root);

/// The same of GPT-2's two files; `<|endoftext|>` is special. Throws InputError.
PairModel model_of_gpt2_files(const JsonPart& vocabulary, std::string_view merges,
                              const std::string& merges_file);

}  // namespace tandem

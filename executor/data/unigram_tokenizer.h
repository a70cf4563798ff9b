// sentencepiece's Unigram (Kudo 2018): of all ways to cut a text into pieces, the likeliest.
#pragma once

#include <memory>
#include <string>

#include "executor/data/sentencepiece_model.h"
#include "executor/data/text_ends.h"
#include "executor/data/tokenizer.h"

namespace tandem {

/// Throws InputError, with the file, for a damaged model.
std::unique_ptr<const Tokenizer> unigram_tokenizer(const SentencePieces& model,
                                                   const std::string& file, TextEnds ends);

}  // namespace tandem

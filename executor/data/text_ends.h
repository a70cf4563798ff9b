// Which tokens begin and end texts, which a model's folder says in three files.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"

namespace tandem {

struct TextEnds {
  std::optional<TokenId> begin;
  std::vector<TokenId> ends;  ///< Each once; the first stands between documents.
};

/// The number of a token by its name; nothing if there is none.
using TokenNumber = std::function<std::optional<TokenId>(std::string_view name)>;

/// `eos_token`, and `bos_token` if `add_bos_token`, of tokenizer_config.json; all `eos_token_id` of
/// generation_config.json, then of config.json; what none of them says stays as it is in `known`.
/// Throws InputError for names and numbers that are no tokens.
TextEnds text_ends_of(const std::filesystem::path& folder, TextEnds known, std::int64_t vocabulary,
                      const TokenNumber& number);

}  // namespace tandem

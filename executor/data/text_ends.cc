// The tokenizer's own word comes first: a chat model's other files end its turns, too.
#include "executor/data/text_ends.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/data/json_file.h"
#include "executor/data/named_pairs.h"

namespace tandem {
namespace {

/// A token by its name, or by an object with its name.
TokenId named_token(const JsonPart& part, const TokenNumber& number) {
  const std::string name = part.json().is_object() ? part["content"].text() : part.text();
  const auto id = number(name);
  if (!id) part.fail(fmt::format("there is no token '{}'", name));
  return *id;
}

void add_end(TokenId id, std::vector<TokenId>& ends) {
  if (std::ranges::find(ends, id) == ends.end()) ends.push_back(id);
}

void add_numbers(const JsonPart& part, std::int64_t vocabulary, std::vector<TokenId>& ends) {
  if (part.is_null()) return;
  const bool is_list = part.json().is_array();
  for (std::size_t i = 0; i < (is_list ? part.size() : 1); ++i) {
    const JsonPart number = is_list ? part.at(i) : part;
    const TokenId id = token_number(number);
    if (id >= vocabulary) number.fail(fmt::format("the vocabulary has {} tokens", vocabulary));
    add_end(id, ends);
  }
}

}  // namespace

TextEnds text_ends_of(const std::filesystem::path& folder, TextEnds known, std::int64_t vocabulary,
                      const TokenNumber& number) {
  TextEnds found{known.begin, {}};
  if (const auto file = folder / "tokenizer_config.json"; std::filesystem::exists(file)) {
    const auto json = read_json(file);
    const JsonPart config(json, file.string(), "");
    if (const JsonPart end = config["eos_token"]; !end.is_null()) {
      add_end(named_token(end, number), found.ends);
    }
    if (const JsonPart adds = config["add_bos_token"]; !adds.is_null()) {
      found.begin.reset();
      if (adds.flag_or(false)) found.begin = named_token(config["bos_token"], number);
    }
  }
  for (const char* name : {"generation_config.json", "config.json"}) {
    const auto file = folder / name;
    if (!std::filesystem::exists(file)) continue;
    const auto json = read_json(file);
    add_numbers(JsonPart(json, file.string(), "")["eos_token_id"], vocabulary, found.ends);
  }
  if (found.ends.empty()) found.ends = std::move(known.ends);
  return found;
}

}  // namespace tandem

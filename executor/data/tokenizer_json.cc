#include "executor/data/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

#include "executor/data/byte_letters.h"
#include "executor/data/gpt2_words.h"
#include "executor/data/json_stages.h"
#include "executor/data/named_pairs.h"
#include "executor/data/utf8.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// Notes which token a single byte is.
class ByteTable {
 public:
  explicit ByteTable(PairModel& model) : model_(model) {}
  void set(unsigned char byte, TokenId id) {
    model_.bytes[byte] = id;
    known_.set(byte);
  }
  void check(const JsonPart& vocabulary) const {
    std::size_t missing = 0;
    while (missing < known_.size() && known_.test(missing)) ++missing;
    if (missing == known_.size()) return;
    vocabulary.fail(fmt::format("there is no token for the single byte {}", missing));
  }

 private:
  PairModel& model_;
  std::bitset<256> known_;
};

void take_letters(const NamedPairs& pairs, const JsonPart& vocabulary, PairModel& model) {
  ByteTable bytes(model);
  for (TokenId id = 0; id < pairs.names().size(); ++id) {
    const std::string& token = model.tokens.emplace_back(bytes_of_letters(pairs.names()[id]));
    if (token.size() == 1) bytes.set(static_cast<unsigned char>(token[0]), id);
  }
  bytes.check(vocabulary);
}

bool is_char(std::string_view text) {
  return !text.empty() && first_char(text).kind == Utf8Char::Kind::kWhole &&
         first_char(text).length == text.size();
}

/// Names as they are, with spaces; bytes for what has no name.
void take_pieces(const NamedPairs& pairs, const JsonPart& vocabulary, PairModel& model) {
  ByteTable bytes(model);
  for (TokenId id = 0; id < pairs.names().size(); ++id) {
    if (const auto byte = byte_named(pairs.names()[id])) {
      bytes.set(*byte, id);
      model.tokens.emplace_back(1, static_cast<char>(*byte));
      continue;
    }
    model.tokens.push_back(spaces_unmarked(pairs.names()[id]));
    if (is_char(model.tokens.back())) model.chars.push_back(id);
  }
  bytes.check(vocabulary);
  if (has_only_leading_spaces(model)) model.first_word = first_spaced_word;
}

void add_merges(const JsonPart& merges, NamedPairs& pairs) {
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const JsonPart merge = merges.at(i);
    std::string left;
    std::string right;
    if (merge.json().is_array() && merge.size() == 2) {
      left = merge.at(0).text();
      right = merge.at(1).text();
    } else {
      const std::string both = merge.text();
      const std::size_t space = both.find(' ');
      if (space == std::string::npos) merge.fail("expected two tokens with a space between");
      left = both.substr(0, space);
      right = both.substr(space + 1);
    }
    if (const std::string wrong = pairs.add_merge(left, right); !wrong.empty()) merge.fail(wrong);
  }
}

void add_added(const JsonPart& added, PairModel& model) {
  if (added.is_null()) return;
  for (std::size_t i = 0; i < added.size(); ++i) {
    const JsonPart token = added.at(i);
    for (const char* rule : {"single_word", "lstrip", "rstrip"}) {
      if (token[rule].flag_or(false)) token[rule].fail("only tokens without this are supported");
    }
    const std::string name = token["content"].text();
    if (name.empty()) token["content"].fail("a token needs a name");
    model.added.push_back({name, token_number(token["id"]), token["special"].flag_or(false)});
  }
}

/// What would split or merge words in other ways.
void check_model(const JsonPart& model) {
  const std::string type = model["type"].text_or("BPE");
  if (type != "BPE") {
    model["type"].fail(
        fmt::format("'{}' is not supported: BPE is, here, and Unigram as a "
                    "tokenizer.model",
                    type));
  }
  const JsonPart dropout = model["dropout"];
  if (!dropout.is_null() && dropout.json() != 0.0) dropout.fail("only none is supported");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!model[affix].text_or("").empty()) model[affix].fail("only none is supported");
  }
}

}  // namespace

PairModel model_of_json(const JsonPart& root) {
  const JsonPart model = root["model"];
  check_model(model);
  PairModel result;
  const bool is_byte_level = read_stages(root, result);
  NamedPairs pairs(model["vocab"]);
  add_merges(model["merges"], pairs);
  if (is_byte_level) {
    take_letters(pairs, model["vocab"], result);
  } else {
    if (!model["byte_fallback"].flag_or(false)) {
      model["byte_fallback"].fail("pieces without bytes to fall back on are not supported");
    }
    take_pieces(pairs, model["vocab"], result);
  }
  result.name = is_byte_level ? "byte-level" : "pieces";
  result.merges = std::move(pairs).merges();
  result.takes_whole_words = model["ignore_merges"].flag_or(false);
  add_added(root["added_tokens"], result);
  return result;
}

PairModel model_of_gpt2_files(const JsonPart& vocabulary, std::string_view merges,
                              const std::string& merges_file) {
  NamedPairs pairs(vocabulary);
  std::size_t number = 0;
  while (!merges.empty()) {
    std::string_view line = merges.substr(0, merges.find('\n'));
    merges.remove_prefix(std::min(line.size() + 1, merges.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    const std::string wrong = space == std::string_view::npos
                                  ? "expected two tokens with a space between"
                                  : pairs.add_merge(line.substr(0, space), line.substr(space + 1));
    if (!wrong.empty()) throw InputError(Position{merges_file, number}, wrong);
  }
  PairModel result;
  take_letters(pairs, vocabulary, result);
  result.name = "byte-level";
  result.first_word = first_word;
  constexpr const char* kEnd = "<|endoftext|>";
  if (const TokenId* end = pairs.find(kEnd)) result.added.push_back({kEnd, *end, true});
  result.merges = std::move(pairs).merges();
  return result;
}

}  // namespace tandem

#include "executor/data/json_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "executor/data/gpt2_words.h"
#include "executor/data/named_pairs.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using Prefix = Normalizer::Prefix;

/// The parts of a sequence, or the one part; none, if it is null.
std::vector<JsonPart> parts_of(const JsonPart& stage, const char* list) {
  if (stage.is_null()) return {};
  if (stage["type"].text() != "Sequence") return {stage};
  std::vector<JsonPart> parts;
  const JsonPart inner = stage[list];
  for (std::size_t i = 0; i < inner.size(); ++i) parts.push_back(inner.at(i));
  return parts;
}

[[noreturn]] void refuse(const JsonPart& part, std::string_view supported) {
  part.fail(fmt::format("'{}' is not supported here: {}", part["type"].text(), supported));
}

void expect(const JsonPart& part, const char* key, std::string_view only) {
  const std::string said = part[key].text();
  if (said != only) part[key].fail(fmt::format("only '{}' is supported, not '{}'", only, said));
}

void read_normalizer(const JsonPart& stage, Normalizer& normalizer) {
  for (const JsonPart& part : parts_of(stage, "normalizers")) {
    const std::string type = part["type"].text();
    if (type == "NFC") {
      normalizer.composes = true;
    } else if (type == "Prepend") {
      expect(part, "prepend", kMarkedSpace);
      normalizer.prefix = Prefix::kAlways;
    } else if (type == "Replace") {
      expect(part["pattern"], "String", " ");
      expect(part, "content", kMarkedSpace);
      normalizer.has_spaces = true;
    } else {
      refuse(part, "none, NFC, and Llama's Prepend and Replace are");
    }
  }
}

void read_metaspace(const JsonPart& part, Normalizer& normalizer) {
  expect(part, "replacement", kMarkedSpace);
  if (part["split"].flag_or(true)) part["split"].fail("only false is supported");
  normalizer.has_spaces = true;
  const std::string scheme =
      part["prepend_scheme"].text_or(part["add_prefix_space"].flag_or(true) ? "always" : "never");
  if (scheme == "always") {
    normalizer.prefix = Prefix::kUnlessThere;
  } else if (scheme == "first") {
    normalizer.prefix = Prefix::kFirst;
  } else if (scheme != "never") {
    part["prepend_scheme"].fail(fmt::format("'{}' is none of always, first, never", scheme));
  }
}

FirstWord read_split(const JsonPart& part) {
  expect(part, "behavior", "Isolated");
  if (part["invert"].flag_or(false)) part["invert"].fail("only false is supported");
  try {
    return words_of_pattern(part["pattern"]["Regex"].text());
  } catch (const InputError& error) {
    part.fail(error.what());
  }
}

/// Returns whether tokens are written in letters for bytes.
bool read_words(const JsonPart& stage, PairModel& model) {
  bool is_byte_level = false;
  for (const JsonPart& part : parts_of(stage, "pretokenizers")) {
    const std::string type = part["type"].text();
    if (type == "Split" && model.first_word == nullptr) {
      model.first_word = read_split(part);
    } else if (type == "ByteLevel" && !is_byte_level) {
      is_byte_level = true;
      const bool has_words = part["use_regex"].flag_or(true);
      if (has_words && model.first_word != nullptr) {
        part["use_regex"].fail("words would be cut by two patterns");
      }
      if (has_words) model.first_word = first_word;
      if (part["add_prefix_space"].flag_or(true)) model.normalizer.prefix = Prefix::kUnlessThere;
    } else if (type == "Metaspace" && model.first_word == nullptr) {
      read_metaspace(part, model.normalizer);
    } else {
      refuse(part, "ByteLevel is, Split before it, or Metaspace alone");
    }
  }
  const bool has_marks = model.normalizer.has_spaces;
  if (is_byte_level == has_marks || (has_marks && model.first_word != nullptr)) {
    stage.fail("neither pieces of bytes (ByteLevel) nor of characters with spaces (Llama 2's)");
  }
  return is_byte_level;
}

/// The token that a template puts in front of every text.
void read_template(const JsonPart& part, TextEnds& ends) {
  const JsonPart single = part["single"];
  for (std::size_t i = 0; i < single.size(); ++i) {
    const JsonPart special = single.at(i)["SpecialToken"];
    if (special.is_null()) continue;
    if (i > 0) special.fail("only one special token, in front, is supported");
    const std::string name = special["id"].text();
    const JsonPart ids = part["special_tokens"][name.c_str()]["ids"];
    if (ids.size() != 1) ids.fail("expected one number");
    ends.begin = token_number(ids.at(0));
  }
}

void read_post_processor(const JsonPart& stage, TextEnds& ends) {
  for (const JsonPart& part : parts_of(stage, "processors")) {
    const std::string type = part["type"].text();
    if (type == "TemplateProcessing") {
      read_template(part, ends);
    } else if (type != "ByteLevel") {
      refuse(part, "ByteLevel and TemplateProcessing are");
    }
  }
}

}  // namespace

bool read_stages(const JsonPart& root, PairModel& model) {
  read_normalizer(root["normalizer"], model.normalizer);
  read_post_processor(root["post_processor"], model.ends);
  return read_words(root["pre_tokenizer"], model);
}

bool has_only_leading_spaces(const PairModel& model) {
  return std::ranges::none_of(model.tokens, [](const std::string& token) {
    const std::size_t other = token.find_first_not_of(' ');
    return other != std::string::npos && token.find(' ', other) != std::string::npos;
  });
}

}  // namespace tandem

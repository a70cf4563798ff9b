// Tokenizers of Hugging Face folders against the libraries that such folders are made for: small
// vocabularies with what those gave, GPT-2's published cases, and all that must be refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "executor/data/byte_letters.h"
#include "executor/data/tokenizer.h"
#include "executor/data/unigram_tokenizer.h"
#include "executor/data/word_patterns.h"
#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/executor/data/published_cases.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<TokenId>;

fs::path small(const std::string& kind) {
  return fs::path(TANDEM_SOURCE_DIR) / "tests/unit/executor/data/vocabularies" / kind;
}

class SmallVocabulary : public testing::TestWithParam<std::string> {};

TEST_P(SmallVocabulary, GivesTheIdsOfItsOwnLibrary) {
  const auto tokenizer = tokenizer_of(small(GetParam()));
  std::ifstream cases(small(GetParam()) / "cases.jsonl");
  int count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const json one = json::parse(line);
    const auto specials =
        one.contains("specials") ? SpecialTokens::kAreTokens : SpecialTokens::kAreText;
    EXPECT_EQ(tokenizer->encode(one.at("text").get<std::string>(), specials),
              one.at("ids").get<Ids>())
        << line;
  }
  EXPECT_GE(count, 40);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SmallVocabulary,
                         testing::Values("llama3", "qwen2", "llama2", "sentencepiece-pairs",
                                         "sentencepiece-unigram", "sentencepiece-unigram-bytes"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '-');
                           return name;
                         });

std::vector<std::string> words_of(FirstWord first, std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    words.emplace_back(text.substr(0, first(text)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

TEST(WordPatterns, Llama3sAndQwen2s) {
  EXPECT_THAT(words_of(first_llama3_word, "a 12345"), ElementsAre("a", " ", "123", "45"));
  EXPECT_THAT(words_of(first_qwen2_word, "a 123"), ElementsAre("a", " ", "1", "2", "3"));
  for (const FirstWord first : {first_llama3_word, first_qwen2_word}) {
    EXPECT_THAT(words_of(first, "I'LL we'\u017Fo 'x"),
                ElementsAre("I", "'LL", " we", "'\u017F", "o", " '", "x"));
    EXPECT_THAT(words_of(first, "(a.b) -->\r\n\nx"),
                ElementsAre("(a", ".b", ")", " -->\r\n\n", "x"));
    EXPECT_THAT(words_of(first, "a  \n \n  b \t"), ElementsAre("a", "  \n \n", " ", " b", " \t"));
    EXPECT_THAT(words_of(first, "\tx\n\u00A0y"), ElementsAre("\tx", "\n", "\u00A0y"));
  }
}

TEST(Unigram, OfEqualWaysTheFirstFoundIsTaken) {
  using Kind = SentencePieces::Kind;
  SentencePieces model;
  model.pieces = {{"<unk>", 0, Kind::kUnknown}, {"a", -1}, {"aa", -1}};
  model.adds_space = false;
  const auto tokenizer = unigram_tokenizer(model, "model", {});
  EXPECT_THAT(tokenizer->encode("aaa", SpecialTokens::kAreText), ElementsAre(1, 2));
  EXPECT_THAT(tokenizer->encode("aaxyaa", SpecialTokens::kAreText), ElementsAre(2, 0, 2));
}

/// The writing of a token's bytes in letters, which is what a test has to write files with.
std::string letters_of(std::string_view bytes) {
  std::string letters;
  for (const char byte : bytes) {
    for (int code = 0; code < 0x144; ++code) {
      std::string letter(1, static_cast<char>(code));
      if (code >= 0x80) {
        letter = {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
      }
      if (bytes_of_letters(letter) == std::string(1, byte) &&
          (code >= 0x100 || (code > ' ' && code != 0x7F && (code < 0x80 || code > 0xA0)))) {
        letters += letter;
        break;
      }
    }
  }
  return letters;
}

TEST(ByteLetters, AreThoseOfGpt2) {
  EXPECT_EQ(bytes_of_letters("a"), "a");
  EXPECT_EQ(bytes_of_letters("\u0120the"), " the");
  EXPECT_EQ(bytes_of_letters("\u010A"), "\n");
  EXPECT_EQ(bytes_of_letters("\u0100\u00FF\u0143"), std::string("\0\xFF\xAD", 3));
  EXPECT_EQ(bytes_of_letters("a b"), "a b") << "a space is no letter";
  EXPECT_EQ(byte_named("<0x0A>"), 10);
  EXPECT_EQ(byte_named("<0xfg>"), std::nullopt);
  EXPECT_EQ(byte_named("<0x0A"), std::nullopt);
}

/// GPT-2's vocabulary as its own files have it, from the one in tiktoken's form.
class Gpt2Files {
 public:
  Gpt2Files() {
    std::ifstream in(shared_trace("text/r50k_base.tiktoken"));
    const auto tiktoken = gpt2_tokenizer(shared_trace("text/r50k_base.tiktoken"));
    for (TokenId id = 0; id + 1 < tiktoken->vocabulary(); ++id) {
      tokens_.emplace_back(tiktoken->bytes(id));
      ids_[tokens_.back()] = id;
      vocabulary_[letters_of(tokens_.back())] = id;
    }
    vocabulary_["<|endoftext|>"] = tokens_.size();
    for (TokenId id = 0; id < tokens_.size(); ++id) {
      if (tokens_[id].size() > 1) add_merge(tokens_[id], id);
    }
  }
  const json& vocabulary() const { return vocabulary_; }
  const std::vector<std::pair<std::string, std::string>>& merges() const { return merges_; }

 private:
  /// What a token is merged from: the two parts that all merges before its own leave.
  void add_merge(const std::string& token, TokenId rank) {
    std::vector<std::string> parts;
    for (const char byte : token) parts.emplace_back(1, byte);
    while (parts.size() > 2) {
      TokenId best = rank;
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto known = ids_.find(parts[i] + parts[i + 1]);
        if (known == ids_.end() || known->second >= best) continue;
        best = known->second;
        at = i;
      }
      ASSERT_LT(best, rank);
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    merges_.emplace_back(letters_of(parts[0]), letters_of(parts[1]));
  }

  std::vector<std::string> tokens_;
  std::map<std::string, TokenId> ids_;
  json vocabulary_;
  std::vector<std::pair<std::string, std::string>> merges_;
};

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST(Gpt2Folder, PassesThePublishedCasesInBothForms) {
  TANDEM_NEEDS_SHARED_TRACE("text/ggml-vocab-gpt-2.gguf.inp");
  const Gpt2Files files;
  const TemporaryFolder own;
  std::string merges = "#version: 0.2\n";
  json pairs = json::array();
  for (const auto& [left, right] : files.merges()) {
    merges += left + " " + right + "\n";
    pairs.push_back({left, right});
  }
  write(own.path() / "vocab.json", files.vocabulary().dump());
  write(own.path() / "merges.txt", merges);
  const TemporaryFolder hugging_face;
  const json end = {{"id", 50256}, {"content", "<|endoftext|>"}, {"special", true}};
  const json root = {{"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
                     {"added_tokens", {end}},
                     {"model", {{"vocab", files.vocabulary()}, {"merges", pairs}}}};
  write(hugging_face.path() / "tokenizer.json", root.dump());
  write(hugging_face.path() / "config.json", R"({"eos_token_id": 50256})");
  for (const fs::path& folder : {own.path(), hugging_face.path()}) {
    const auto tokenizer = tokenizer_of(folder);
    EXPECT_EQ(tokenizer->vocabulary(), 50'257);
    EXPECT_EQ(tokenizer->end_of_text(), 50'256U);
    const auto cases = published_cases();
    ASSERT_EQ(cases.size(), 47U);
    for (const auto& [text, ids] : cases) {
      EXPECT_EQ(tokenizer->encode(text, SpecialTokens::kAreText), ids) << text;
      EXPECT_EQ(tokenizer->decode(ids), text);
    }
  }
}

TEST(SpacedPieces, GiveASpaceBackInFrontOfTheText) {
  const auto tokenizer = tokenizer_of(small("llama2"));
  const auto again = [&](const std::string& text) {
    return tokenizer->decode(tokenizer->encode(text, SpecialTokens::kAreText));
  };
  EXPECT_EQ(again("The king"), " The king");
  EXPECT_EQ(again(" \xFF\u4E2D\n"), "  \xFF\u4E2D\n") << "what has no piece is its bytes";
  EXPECT_EQ(again(""), "");
  EXPECT_EQ(tokenizer->bytes(13), "\n") << "<0x0A>";
  EXPECT_EQ(tokenizer->bytes(1), "<s>");
}

TEST(SpacedPieces, LongTextsTakeNoLongTime) {
  const auto tokenizer = tokenizer_of(small("llama2"));
  for (const char letter : {'e', ' ', '~'}) {
    const std::string text(1'000'000, letter);
    EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, SpecialTokens::kAreText)), " " + text);
  }
}

TEST(ByteLevelFolder, LongWordsTakeNoLongTime) {
  const auto tokenizer = tokenizer_of(small("llama3"));
  std::string text;
  while (text.size() < 1'000'000) text += "thethou";
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, SpecialTokens::kAreText)), text);
}

/// The folder of a small tokenizer with changes to its tokenizer.json, and files beside it.
class ChangedFolder {
 public:
  explicit ChangedFolder(const std::string& kind, const json& patch = json::object()) {
    std::ifstream in(small(kind) / "tokenizer.json");
    json root = json::parse(in);
    root.merge_patch(patch);
    write(folder_.path() / "tokenizer.json", root.dump());
  }
  ChangedFolder& with(const std::string& name, const std::string& text) {
    write(folder_.path() / name, text);
    return *this;
  }
  std::unique_ptr<const Tokenizer> tokenizer() const { return tokenizer_of(folder_.path()); }
  /// Without the folder in front.
  std::string error() const {
    const std::string message = error_of([&] { tokenizer(); });
    const std::string folder = folder_.path().string() + "/";
    return message.starts_with(folder) ? message.substr(folder.size()) : message;
  }

 private:
  TemporaryFolder folder_;
};

TEST(TextEnds, AreWhatTheFilesSay) {
  ChangedFolder folder("llama3");
  const auto plain = folder.tokenizer();
  const TokenId begin = plain->encode("<|begin|>", SpecialTokens::kAreTokens).front();
  const TokenId end = plain->encode("<|end|>", SpecialTokens::kAreTokens).front();
  EXPECT_EQ(plain->begin_of_text(), begin) << "its template has it in front";
  EXPECT_EQ(plain->end_of_text(), std::nullopt);
  EXPECT_THAT(plain->ends_of_answer(), ElementsAre());
  folder.with("config.json", R"({"eos_token_id": 7})")
      .with("generation_config.json", R"({"eos_token_id": [7, 9]})")
      .with("tokenizer_config.json",
            R"({"eos_token": {"content": "<|end|>"}, "add_bos_token": false})");
  const auto told = folder.tokenizer();
  EXPECT_EQ(told->begin_of_text(), std::nullopt);
  EXPECT_EQ(told->end_of_text(), end);
  EXPECT_THAT(told->ends_of_answer(), ElementsAre(end, 7, 9));
  EXPECT_EQ(folder.with("config.json", R"({"eos_token_id": 70000})").error(),
            "config.json: eos_token_id: the vocabulary has 424 tokens");
  folder.with("tokenizer_config.json", R"({"eos_token": "<end>"})");
  EXPECT_EQ(folder.error(), "tokenizer_config.json: eos_token: there is no token '<end>'");
  EXPECT_EQ(tokenizer_of(small("sentencepiece-pairs"))->end_of_text(), 2U);
}

TEST(TokenizerJson, WhatWouldMakeOtherTokensIsRefused) {
  const auto error = [](const char* patch) {
    return ChangedFolder("llama3", json::parse(patch)).error();
  };
  EXPECT_EQ(error(R"({"normalizer": {"type": "Lowercase"}})"),
            "tokenizer.json: normalizer: 'Lowercase' is not supported here: none, NFC, and "
            "Llama's Prepend and Replace are");
  EXPECT_EQ(error(R"({"model": {"type": "WordPiece"}})"),
            "tokenizer.json: model.type: 'WordPiece' is not supported: BPE is, here, and Unigram "
            "as a tokenizer.model");
  EXPECT_EQ(error(R"({"model": {"dropout": 0.1}})"),
            "tokenizer.json: model.dropout: only none is supported");
  EXPECT_EQ(error(R"({"model": {"end_of_word_suffix": "</w>"}})"),
            "tokenizer.json: model.end_of_word_suffix: only none is supported");
  EXPECT_EQ(error(R"({"pre_tokenizer": {"type": "Whitespace"}})"),
            "tokenizer.json: pre_tokenizer: 'Whitespace' is not supported here: ByteLevel is, "
            "Split before it, or Metaspace alone");
  EXPECT_EQ(error(R"({"pre_tokenizer": null})"),
            "tokenizer.json: pre_tokenizer: neither pieces of bytes (ByteLevel) nor of characters "
            "with spaces (Llama 2's)");
  EXPECT_EQ(error(R"({"post_processor": {"type": "BertProcessing"}})"),
            "tokenizer.json: post_processor: 'BertProcessing' is not supported here: ByteLevel "
            "and TemplateProcessing are");
  EXPECT_EQ(error(R"({"added_tokens": [{"id": 3, "content": "x", "lstrip": true}]})"),
            "tokenizer.json: added_tokens[0].lstrip: only tokens without this are supported");
  EXPECT_EQ(error(R"({"added_tokens": [{"id": 99999999, "content": "x"}]})"),
            "tokenizer.json: added_tokens[0].id: no token has a number above 10000000");
  EXPECT_EQ(error(R"({"model": {"vocab": {"!": null}, "merges": []}})"),
            "tokenizer.json: model.vocab: there is no token for the single byte 33");
  EXPECT_EQ(error(R"({"model": {"vocab": {"new": 5}}})"),
            "tokenizer.json: model.vocab: '&' and 'new' have the number 5");
  EXPECT_EQ(error(R"({"model": {"merges": ["a zzz"]}})"),
            "tokenizer.json: model.merges[0]: there is no token 'zzz'");
  EXPECT_EQ(error(R"({"model": {"merges": [["a"]]}})"),
            "tokenizer.json: model.merges[0]: expected a text, found [\"a\"]");
}

TEST(TokenizerJson, APatternThatIsNotKnownIsNamed) {
  EXPECT_EQ(error_of([] { words_of_pattern("\\w+|\\s"); }),
            "words are cut by a pattern that is not known: \\w+|\\s (known: GPT-2's, Llama 3's, "
            "Qwen 2's)");
}

TEST(TokenizerFolder, SaysWhatIsMissingOrDamaged) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }),
              HasSubstr("there is no tokenizer: expected tokenizer.json"));
  write(folder.path() / "tokenizer.model", "no model");
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }),
              HasSubstr("tokenizer.model: damaged: "));
  write(folder.path() / "vocab.json", R"({"a": 0})");
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }), HasSubstr("merges.txt"));
  write(folder.path() / "merges.txt", "#version\n\na b\n");
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }),
              HasSubstr("merges.txt:3: there is no token 'b'"));
  write(folder.path() / "tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer"})");
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }),
              HasSubstr("tokenizer_class: 'Qwen2Tokenizer' needs a tokenizer.json"));
  write(folder.path() / "tokenizer.json", "{\n\"a\": }");
  EXPECT_THAT(error_of([&] { tokenizer_of(folder.path()); }),
              HasSubstr("tokenizer.json:2: this is no JSON"));
}

}  // namespace
}  // namespace tandem

// The published cases of GPT-2's tokenizer, which lie beside the project.
#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "executor/data/tokenizer.h"
#include "tests/support/shared_traces.h"

namespace tandem {

inline std::vector<std::string> parts_of(const std::string& text, const std::string& border) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + border.size()) {
    end = text.find(border, begin);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

/// Texts and their tokens; none, if the files are not there.
inline std::vector<std::pair<std::string, std::vector<TokenId>>> published_cases() {
  const auto contents = [](const char* name) {
    std::ifstream in(shared_trace(name), std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  const auto texts =
      parts_of(contents("text/ggml-vocab-gpt-2.gguf.inp"), "\n__ggml_vocab_test__\n");
  const auto lines = parts_of(contents("text/ggml-vocab-gpt-2.gguf.out"), "\n");
  std::vector<std::pair<std::string, std::vector<TokenId>>> cases;
  for (std::size_t i = 0; i < texts.size() && i < lines.size(); ++i) {
    std::istringstream numbers(lines[i]);
    cases.emplace_back(texts[i], std::vector<TokenId>{std::istream_iterator<TokenId>(numbers), {}});
  }
  return cases;
}

}  // namespace tandem

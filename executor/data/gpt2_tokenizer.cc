// GPT-2's tokenizer by a file that has the tokens alone: what is merged follows from them.
#include <numeric>
#include <utility>

#include "executor/data/gpt2_words.h"
#include "executor/data/pair_tokenizer.h"
#include "executor/data/vocabulary.h"
#include "workloads/traces/text_file.h"

namespace tandem {

std::unique_ptr<const Tokenizer> gpt2_tokenizer(const std::filesystem::path& vocabulary) {
  const TextFile file(vocabulary);
  PairModel model;
  model.name = "gpt2";
  model.tokens = read_vocabulary(file.text(), vocabulary.string());
  std::vector<std::uint32_t> ranks(model.tokens.size());
  std::iota(ranks.begin(), ranks.end(), 0U);
  model.merges = merges_of(model.tokens, ranks);
  for (TokenId id = 0; id < model.tokens.size(); ++id) {
    const std::string& token = model.tokens[id];
    if (token.size() == 1) model.bytes[static_cast<unsigned char>(token[0])] = id;
  }
  model.takes_whole_words = true;
  model.first_word = first_word;
  const auto end = static_cast<TokenId>(model.tokens.size());
  model.added.push_back({"<|endoftext|>", end, true});
  model.ends.ends.push_back(end);
  return pair_tokenizer(std::move(model));
}

}  // namespace tandem

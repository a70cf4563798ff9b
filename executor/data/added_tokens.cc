// One look-up for each length that a name has, wherever a name could begin: a model may have
// hundreds of names that begin alike.
#include "executor/data/added_tokens.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace tandem {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const std::string& name = tokens_[i].name;
    if (places_.find(name) != nullptr) continue;
    places_.insert(name, i);
    lengths_.push_back(name.size());
    if (beginnings_.find(name[0]) == std::string::npos) beginnings_ += name[0];
  }
  std::ranges::sort(lengths_, std::greater<>());
  lengths_.erase(std::ranges::unique(lengths_).begin(), lengths_.end());
}

std::optional<AddedTokens::Found> AddedTokens::find(std::string_view text,
                                                    SpecialTokens specials) const {
  for (std::size_t at = text.find_first_of(beginnings_); at != std::string_view::npos;
       at = text.find_first_of(beginnings_, at + 1)) {
    for (const std::size_t length : lengths_) {
      if (length > text.size() - at) continue;
      const std::size_t* place = places_.find(text.substr(at, length));
      if (place == nullptr) continue;
      const AddedToken& token = tokens_[*place];
      if (token.is_special && specials == SpecialTokens::kAreText) continue;
      return Found{at, at + length, token.id};
    }
  }
  return std::nullopt;
}

}  // namespace tandem

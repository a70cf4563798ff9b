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
    begins_name_.set(static_cast<unsigned char>(name[0]));
    are_all_special_ = are_all_special_ && tokens_[i].is_special;
  }
  std::ranges::sort(lengths_, std::greater<>());
  lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
}

std::optional<AddedTokens::Found> AddedTokens::find(std::string_view text,
                                                    SpecialTokens specials) const {
  if (specials == SpecialTokens::kAreText && are_all_special_) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins_name_[static_cast<unsigned char>(text[at])]) continue;
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

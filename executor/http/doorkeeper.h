// Who comes in: the owner of a bearer token, or, where there is no file of users, everybody.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "executor/http/guesses.h"
#include "executor/http/roles.h"
#include "executor/http/token_store.h"

namespace tandem {

class Doorkeeper {
 public:
  /// Without users everybody is `everybody`.
  Doorkeeper(const std::optional<Access>& access, User everybody);

  /// Whoever asks, if it may do this. `authorization` is the header's value. Throws ApiError: 401
  /// without a token or with an unknown one, 403 without the role, 429 and 503 where too many
  /// unknown tokens come. A token's first use is verified on a thread of its own, as it takes tens
  /// of milliseconds.
  boost::asio::awaitable<const User*> admit(std::string authorization, std::string address,
                                            Role role);
  bool knows_users() const { return store_.has_value(); }

 private:
  boost::asio::awaitable<const User*> owner_of(std::string token, std::string address);
  boost::asio::awaitable<bool> verify(const User& user, std::string token);

  const User everybody_;
  std::optional<TokenStore> store_;
  Guesses guesses_;
  std::size_t verifying_ = 0;
  std::optional<boost::asio::thread_pool> verifier_;  ///< Of one thread.
};

}  // namespace tandem

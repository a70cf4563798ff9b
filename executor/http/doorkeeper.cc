#include "executor/http/doorkeeper.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>

#include "executor/http/api_error.h"

namespace tandem {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostVerifying = 8;

/// Of "Bearer TOKEN".
std::string token_in(const std::string& authorization) {
  constexpr std::size_t kScheme = 7;
  const bool is_bearer = boost::beast::iequals(authorization.substr(0, kScheme), "bearer ");
  if (!is_bearer) {
    throw ApiError(401, "a token is needed: 'Authorization: Bearer tdm_...'").coded("no_token");
  }
  return authorization.substr(kScheme);
}

ApiError unknown_token() { return ApiError(401, "this token is not known").coded("invalid_token"); }

}  // namespace

Doorkeeper::Doorkeeper(const std::optional<Access>& access, User everybody)
    : everybody_(std::move(everybody)) {
  if (!access) return;
  store_.emplace(access->users);
  verifier_.emplace(1);
}

asio::awaitable<const User*> Doorkeeper::admit(std::string authorization, std::string address,
                                               Role role) {
  if (!store_) co_return &everybody_;
  const User* user = co_await owner_of(token_in(authorization), std::move(address));
  if (!user->roles.may(role)) {
    throw ApiError(403, fmt::format("'{}' has not the role '{}'", user->name,
                                    role_names()[static_cast<std::size_t>(role)]))
        .coded("missing_role");
  }
  co_return user;
}

asio::awaitable<const User*> Doorkeeper::owner_of(std::string token, std::string address) {
  const User* user = store_->claimed_by(token);
  if (user != nullptr && store_->remembers(*user, token)) co_return user;
  const std::string from = guessing_address(address);
  guesses_.take(from, std::chrono::steady_clock::now());
  if (user == nullptr) throw unknown_token();
  const bool is_owner = co_await verify(*user, token);
  if (!is_owner) throw unknown_token();
  store_->remember(*user, token);
  guesses_.give_back(from);
  co_return user;
}

asio::awaitable<bool> Doorkeeper::verify(const User& user, std::string token) {
  if (verifying_ >= kMostVerifying) {
    throw ApiError(503, "too many tokens are being checked").again_in(std::chrono::seconds(1));
  }
  ++verifying_;
  const auto work = [hash = user.hash, token = std::move(token)]() -> asio::awaitable<bool> {
    co_return verify_token(hash, token);
  };
  const bool is_owner = co_await asio::co_spawn(*verifier_, work, asio::use_awaitable);
  --verifying_;
  co_return is_owner;
}

}  // namespace tandem

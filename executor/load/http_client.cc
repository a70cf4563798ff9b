#include "executor/load/http_client.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include "executor/load/event_stream.h"
#include "executor/load/request_text.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using Json = nlohmann::json;

asio::ip::tcp::resolver::results_type addresses_of(asio::io_context& io, const ServerUrl& url) {
  boost::system::error_code error;
  auto addresses = asio::ip::tcp::resolver(io).resolve(url.host, url.port, error);
  if (error) throw InputError(fmt::format("{}: {}", url.authority(), error.message()));
  return addresses;
}

void set_up(asio::ssl::context& tls, const LoadTarget& target) {
  boost::system::error_code error;
  if (!target.verifies) {
    tls.set_verify_mode(asio::ssl::verify_none);
    return;
  }
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (target.authority.empty()) {
    tls.set_default_verify_paths(error);
  } else {
    tls.load_verify_file(target.authority, error);
  }
  if (error) throw InputError(Position{target.authority}, "no certificates: " + error.message());
}

/// The names in a server's list of models; nothing if this is no such list.
std::vector<std::string> models_in(std::string_view body) {
  std::vector<std::string> names;
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("data") || !json.at("data").is_array()) return names;
  for (const Json& model : json.at("data")) {
    if (model.is_object() && model.contains("id") && model.at("id").is_string()) {
      names.push_back(model.at("id"));
    }
  }
  return names;
}

[[noreturn]] void refuse(const LoadTarget& target, const std::string& what) {
  throw InputError(fmt::format("{}: {}", target.url.authority(), what));
}

}  // namespace

HttpClient::HttpClient(asio::io_context& io, const LoadTarget& target)
    : io_(io),
      target_(target),
      tls_(asio::ssl::context::tls_client),
      destination_{target.url, addresses_of(io, target.url),
                   target.url.is_secure ? &tls_ : nullptr} {
  set_up(tls_, target);
}

std::shared_ptr<ServerConnection> HttpClient::connection() {
  while (!idle_.empty()) {
    const auto used = std::move(idle_.back());
    idle_.pop_back();
    if (!used->has_expired()) return used;
  }
  return std::make_shared<ServerConnection>(io_);
}

asio::awaitable<void> HttpClient::exchange(std::shared_ptr<ServerConnection> connection,
                                           const std::string& request, ResponseReader& reader,
                                           const Now& now) {
  std::array<char, 16 << 10> buffer;
  asio::steady_timer patience(io_);
  patience.expires_after(target_.patience);
  // It may run out just when the answer is whole: then the connection is idle, or no more.
  patience.async_wait([late = std::weak_ptr(connection)](const boost::system::error_code& error) {
    const auto waiting = late.lock();
    if (!error && waiting) waiting->expire();
  });
  if (!connection->was_opened()) {
    ++opened_;
    co_await connection->open(destination_);
  }
  co_await connection->write(request);
  while (!reader.is_whole()) {
    const std::string_view bytes = co_await connection->read(buffer);
    if (bytes.empty()) {
      reader.finish();
    } else {
      reader.feed(bytes, now());
    }
  }
}

asio::awaitable<HttpAnswer> HttpClient::ask(const std::string& request, const Now& now) {
  HttpAnswer answer;
  while (true) {
    ResponseReader reader;
    const auto used = connection();
    answer.error.clear();
    try {
      co_await exchange(used, request, reader, now);
    } catch (const boost::system::system_error& error) {
      answer.error = used->has_expired() ? "timeout" : used->was_opened() ? "cut" : "unreachable";
      answer.words = used->has_expired() ? "no whole answer in time" : error.code().message();
    } catch (const MalformedAnswer& error) {
      answer.error = reader.is_cut() ? "cut" : "malformed";
      answer.words = error.what();
    }
    answer.response = reader.response();
    // A server may have closed an idle connection just now: it has not seen the request.
    const bool was_stale =
        used->answers > 0 && answer.error == "cut" && answer.response.status == 0;
    if (was_stale) continue;
    if (answer.error.empty() && answer.response.stays_open) {
      ++used->answers;
      idle_.push_back(used);
    }
    co_return answer;
  }
}

asio::awaitable<std::string> HttpClient::find_model() {
  const HttpAnswer answer =
      co_await ask(get_request(target_, "/models"), [] { return kStartOfTime; });
  if (!answer.error.empty()) refuse(target_, fmt::format("{}: {}", answer.error, answer.words));
  if (answer.response.status == 401 || answer.response.status == 403) {
    refuse(target_, "refused: " + error_message(answer.response.body));
  }
  const std::vector<std::string> names = models_in(answer.response.body);
  if (names.empty() && !target_.model.empty()) co_return target_.model;
  if (target_.model.empty() && names.size() == 1) co_return names.front();
  if (target_.model.empty()) {
    refuse(target_, "say which model with --model" + suggestion("", names));
  }
  if (std::ranges::find(names, target_.model) == names.end()) {
    refuse(target_,
           fmt::format("no model '{}'{}", target_.model, suggestion(target_.model, names)));
  }
  co_return target_.model;
}

asio::awaitable<TokenCount> HttpClient::measure_words(const std::string& model,
                                                      const Prompts& prompts) {
  constexpr std::array<std::uint32_t, 2> kWords{8, 40};
  std::array<double, 2> tokens{};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    const std::string body = probe_body(target_, model, prompts, kWords[i]);
    const HttpAnswer answer = co_await ask(post_request(target_, completions_path(target_), body),
                                           [] { return kStartOfTime; });
    const auto usage = usage_in(answer.response.body);
    if (answer.response.status != 200 || !usage || usage->prompt_tokens == 0) {
      refuse(target_, fmt::format("does not say how many tokens a prompt has: {} {}",
                                  answer.error.empty() ? fmt::format("{}", answer.response.status)
                                                       : answer.words,
                                  error_message(answer.response.body)));
    }
    tokens[i] = usage->prompt_tokens;
  }
  TokenCount count;
  count.each = std::max((tokens[1] - tokens[0]) / (kWords[1] - kWords[0]), 0.01);
  count.fixed = tokens[0] - count.each * kWords[0];
  co_return count;
}

}  // namespace tandem

// Requests to one server, over connections that are used again. Only sources of this folder include
// it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/load/connection.h"
#include "executor/load/load_client.h"
#include "executor/load/prompts.h"
#include "executor/load/response_reader.h"

namespace tandem {

struct HttpAnswer {
  Response response;  ///< As far as it came.
  /// "unreachable", "cut", "malformed", "timeout"; empty: the response is whole.
  std::string error;
  std::string words;
};

class HttpClient {
 public:
  using Now = std::function<Time()>;

  /// Throws InputError if the host has no address, or there are no such certificates.
  HttpClient(asio::io_context& io, const LoadTarget& target);

  /// Sends a whole request. Throws nothing.
  asio::awaitable<HttpAnswer> ask(const std::string& request, const Now& now);

  /// The model that is asked for, by the server's own list. Throws InputError if it is not there,
  /// and if the server cannot be reached; one without such a list is believed to have it.
  asio::awaitable<std::string> find_model();
  /// Throws InputError if the server does not count.
  asio::awaitable<TokenCount> measure_words(const std::string& model, const Prompts& prompts);

  std::uint64_t opened() const { return opened_; }

 private:
  /// One that is idle, or a fresh one, which is not open.
  std::shared_ptr<ServerConnection> connection();
  /// Sends a request and reads what comes of it, for as long as the target's patience lasts.
  asio::awaitable<void> exchange(std::shared_ptr<ServerConnection> connection,
                                 const std::string& request, ResponseReader& reader,
                                 const Now& now);

  asio::io_context& io_;
  const LoadTarget& target_;
  asio::ssl::context tls_;
  Destination destination_;
  std::vector<std::shared_ptr<ServerConnection>> idle_;
  std::uint64_t opened_ = 0;
};

}  // namespace tandem

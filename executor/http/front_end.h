// The front end: HTTP, as OpenAI's clients speak it, in front of a service desk. One thread, the
// io_context's, on which the desk is called too.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "executor/http/http_limits.h"
#include "executor/http/users.h"
#include "executor/serve/service_desk.h"

namespace tandem {

/// Both in PEM; the certificate first, then those that vouch for it.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct FrontEndOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any that is free.
  std::optional<TlsFiles> tls;
  std::optional<Access> access;  ///< Nothing: whoever reaches the port may everything.
  TenantId tenant;               ///< Of everybody, then.
  std::string tenant_name = "everybody";
  bool is_insecure = false;  ///< Beyond loopback also without TLS or users.
  HttpLimits limits;
  std::string version;
  std::function<void(const std::string&)> log = [](const std::string&) {};
};

/// Lives on one thread. The desk must outlive it, and so must the io_context.
class FrontEnd {
 public:
  /// Listens from now on. Throws InputError for an address that cannot be listened on, files of TLS
  /// that cannot be read, and what is_insecure would allow.
  FrontEnd(boost::asio::io_context& io, ServiceDesk& desk, FrontEndOptions options);
  /// All connections are closed, all requests withdrawn.
  ~FrontEnd();
  FrontEnd(const FrontEnd&) = delete;
  FrontEnd& operator=(const FrontEnd&) = delete;

  std::uint16_t port() const;
  /// "http://127.0.0.1:8000"
  std::string url() const;
  std::size_t connections() const;

  /// New requests are refused with 503, and answers may end within `grace`; those that do not end
  /// with an error. Calls `closed` when the last connection is. Called again it hastens the end,
  /// and only the last `closed` is called.
  void stop(std::chrono::milliseconds grace, std::function<void()> closed);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tandem

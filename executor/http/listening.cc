#include "executor/http/listening.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "policies/core/error.h"

namespace tandem {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr std::size_t kOtherDescriptors = 100;  // Of files, workers, and clients to be refused.

void check_exposure(const asio::ip::address& address, const FrontEndOptions& options) {
  if (address.is_loopback() || options.is_insecure) return;
  if (options.access && options.tls) return;
  throw InputError(
      fmt::format("listening on {} without {} would let others in: give {}, or say "
                  "that it is to be insecure",
                  options.address, options.access ? "TLS" : "users",
                  options.access ? "a certificate and its key" : "a file of users"));
}

void throw_if(const error_code& error, const std::filesystem::path& file) {
  if (error) throw InputError(Position{file.string()}, error.message());
}

}  // namespace

tcp::acceptor listen_on(asio::io_context& io, const FrontEndOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    throw InputError(
        fmt::format("'{}' is no address to listen on, such as 127.0.0.1 or ::1", options.address));
  }
  check_exposure(address, options);
  const tcp::endpoint endpoint(address, options.port);
  try {
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(kBacklog);
    return acceptor;
  } catch (const boost::system::system_error& failure) {
    throw InputError(fmt::format("cannot listen on {} port {}: {}", options.address, options.port,
                                 failure.code().message()));
  }
}

std::unique_ptr<asio::ssl::context> tls_context(const TlsFiles& files) {
  using Context = asio::ssl::context;
  auto context = std::make_unique<Context>(Context::tls_server);
  context->set_options(Context::default_workarounds | Context::no_tlsv1 | Context::no_tlsv1_1);
  error_code error;
  context->use_certificate_chain_file(files.certificate.string(), error);
  throw_if(error, files.certificate);
  context->use_private_key_file(files.key.string(), Context::pem, error);
  throw_if(error, files.key);
  return context;
}

std::size_t room_for_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  return limit.rlim_cur > 2 * kOtherDescriptors ? limit.rlim_cur - kOtherDescriptors
                                                : limit.rlim_cur / 2;
}

}  // namespace tandem

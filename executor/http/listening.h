// What it takes to be reached: an address that may be listened on, certificates, descriptors.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <memory>

#include "executor/http/front_end.h"

namespace tandem {

/// Listens. Throws InputError for what is no address or is taken, and for an address beyond
/// loopback without TLS or without users, unless that is said to be meant.
boost::asio::ip::tcp::acceptor listen_on(boost::asio::io_context& io,
                                         const FrontEndOptions& options);

/// TLS 1.2 and newer. Throws InputError for files that cannot be read, or do not belong together.
std::unique_ptr<boost::asio::ssl::context> tls_context(const TlsFiles& files);

/// How many connections this process has descriptors for, up to `wanted`; asks the system for more
/// if it may.
std::size_t room_for_connections(std::size_t wanted);

}  // namespace tandem

// What the user asked of `tandem run`, `serve`, `logs` and their like.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

struct RunArguments {
  std::string on = "auto";  ///< cpu, cuda, or what there is.
  std::string worker;       ///< Program; empty: tandem-worker beside this one.
  std::uint32_t threads = 1;
  std::uint32_t attempts = 5;
  std::uint32_t patience_s = 60;  ///< Of a rank for the others of its gang.
  std::uint32_t hang_s = 300;
  std::uint64_t seed = 1;
  std::string prompts;                  ///< File that `run-batch` reads,
  std::string answers;                  ///< and the one that it writes.
  std::string http = "127.0.0.1:8000";  ///< Where `serve` answers; port 0: any.
  std::string users;  ///< File of those who may; empty: everybody on this machine.
  std::string tls_certificate;
  std::string tls_key;
  bool insecure = false;                       ///< Beyond this machine also without users or TLS.
  std::string tenant = "default";              ///< Of a new token,
  std::vector<std::string> roles = {"infer"};  ///< and what it allows.
  std::uint32_t rank = 0;                      ///< Whose log.
  bool follow = false;                         ///< The log as it grows.
};

}  // namespace tandem

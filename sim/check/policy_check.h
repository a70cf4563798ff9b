// Whether a policy keeps the laws of all policies, tried on random workloads.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

struct PolicyCheck {
  std::uint64_t workloads = 0;  ///< Tried.
  std::uint64_t seed = 0;       ///< Of the one that shows what is broken.
  std::string broken;           ///< Which laws, a line each; empty if all were kept.
};

/// Runs random workloads full of ties, failures, quotas and odd jobs, until a law is broken: the
/// scheduler's rules, an account of devices kept apart from it, every job that can run ends, equal
/// runs give equal journals, a journal replays to itself. `policy` is a text for make_policy().
PolicyCheck check_policy(const std::string& policy, std::uint64_t workloads);

}  // namespace tandem

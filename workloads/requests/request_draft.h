// A trace of requests while it is being read: what all formats have in common once a row is
// understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/requests/request_trace.h"
#include "workloads/traces/field.h"
#include "workloads/traces/name_table.h"

namespace tandem {

/// The most tokens that a prompt or an answer may have: sums of a few stay far from 2^32.
inline constexpr std::uint32_t kMostTokens = 100'000'000;

/// A count of tokens, at least `least`.
std::uint32_t token_count(const Field& field, std::uint32_t least);

/// Collects requests in the order of the file, then puts them in order. They come with the file's
/// own times; finish() makes these count from the first one.
class RequestDraft {
 public:
  /// `text` is only looked at for its size.
  RequestDraft(std::string file, std::string_view text);

  const std::string& file() const { return file_; }

  /// Adds a request, of which the calls below say more.
  void add(Time arrival, std::uint32_t prompt_tokens, std::uint32_t output_tokens);
  /// Throws InputError if the field is no name.
  void set_tenant(const Field& name);
  void set_session(const Field& name);
  void set_priority(std::int32_t priority);
  void set_deadline(Duration after_arrival);
  /// The ids of the prompt's blocks, whatever they are made of: they are chained here. Returns
  /// false, and does nothing, if earlier requests had blocks of another size.
  bool set_prefix(std::span<const std::uint64_t> blocks, std::uint32_t block_tokens);
  /// The same of hashes that are chained already.
  bool set_prefix_hashes(std::span<const PrefixHash> hashes, std::uint32_t block_tokens);

  /// Adds a request if it did something; counts it otherwise. Returns whether it was added.
  bool add_if_served(Time arrival, std::uint32_t prompt_tokens, std::uint32_t output_tokens);

  /// Throws InputError if there are no requests.
  RequestTrace finish() &&;

 private:
  void order_by_arrival();

  std::string file_;
  RequestTrace trace_;
  std::vector<PrefixHash> chained_;  // Memory of set_prefix().
  NameTable tenants_;
  NameTable sessions_;
  std::size_t unserved_ = 0;
};

}  // namespace tandem

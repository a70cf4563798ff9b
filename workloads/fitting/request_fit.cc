#include "workloads/fitting/request_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "workloads/fitting/amount_fit.h"
#include "workloads/fitting/arrival_fit.h"
#include "workloads/fitting/scenario_words.h"
#include "workloads/format/document.h"

namespace tandem {
namespace {

using Predecessors = std::vector<std::optional<std::uint32_t>>;

/// Counts the blocks of prompts, and those that came before.
class UnlimitedCache {
 public:
  void add(std::span<const PrefixHash> prefix) {
    for (const PrefixHash hash : prefix) {
      ++blocks_;
      hits_ += known_.insert(hash).second ? 0 : 1;
    }
  }
  std::optional<double> hits() const {
    if (blocks_ == 0) return std::nullopt;
    return static_cast<double>(hits_) / static_cast<double>(blocks_);
  }

 private:
  std::unordered_set<PrefixHash> known_;
  std::uint64_t blocks_ = 0;
  std::uint64_t hits_ = 0;
};

/// The blocks of a prompt that are full: the last may be begun only.
std::span<const PrefixHash> full_blocks(const RequestTrace& trace, std::size_t request) {
  const auto prefix = trace.prefix(request);
  const std::size_t full = trace.requests[request].prompt_tokens / trace.prefix_block_tokens;
  return prefix.first(std::min(full, prefix.size()));
}

Predecessors by_sessions(const RequestTrace& trace) {
  Predecessors before(trace.requests.size());
  std::unordered_map<std::uint32_t, std::uint32_t> last;
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    const std::uint32_t session = trace.session[i];
    if (session == 0) continue;
    const auto [known, is_new] = last.try_emplace(session, i);
    if (!is_new) before[i] = std::exchange(known->second, i);
  }
  return before;
}

Predecessors by_prefixes(const RequestTrace& trace, std::size_t shared) {
  Predecessors before(trace.requests.size());
  std::unordered_map<PrefixHash, std::uint32_t> ends;  // By the last full block.
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    const auto blocks = full_blocks(trace, i);
    for (std::size_t depth = blocks.size(); depth > shared && !before[i]; --depth) {
      const auto found = ends.find(blocks[depth - 1]);
      if (found != ends.end()) before[i] = found->second;
    }
    if (blocks.size() > shared) ends[blocks.back()] = i;
  }
  return before;
}

/// Conversations as samples of what generators draw of them.
struct Conversations {
  std::vector<Time> begun;
  std::vector<double> turns;
  std::vector<double> thinking_s;
  std::vector<double> prompt_tokens;  ///< What is new in each turn.

  std::size_t continuing() const { return thinking_s.size(); }
};

constexpr double kShortestThought = 1e-3;  // Seconds; drawn ones are more than 0.

/// Nothing if too few requests go on from others, or most of these leave out what was said.
std::optional<Conversations> conversations_of(const RequestTrace& trace, std::size_t shared) {
  const Predecessors before = predecessors(trace, shared);
  const double system = static_cast<double>(shared) * trace.prefix_block_tokens;
  Conversations found;
  std::vector<std::size_t> place(trace.requests.size());  // Of its conversation.
  std::size_t repeating = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const RecordedRequest& request = trace.requests[i];
    double said = system;
    if (before[i]) {
      const RecordedRequest& last = trace.requests[*before[i]];
      said = double{1} * last.prompt_tokens + last.output_tokens;
      repeating += request.prompt_tokens >= said ? 1 : 0;
      place[i] = place[*before[i]];
      ++found.turns[place[i]];
      found.thinking_s.push_back(to_seconds(request.arrival - last.arrival));
    } else {
      place[i] = found.turns.size();
      found.turns.push_back(1);
      found.begun.push_back(request.arrival);
    }
    found.prompt_tokens.push_back(request.prompt_tokens - said);
  }
  const bool are_worth_it = 20 * found.continuing() >= before.size();
  const bool repeat_all = 2 * repeating >= found.continuing();
  if (!are_worth_it || !repeat_all || found.begun.size() < 10) return std::nullopt;
  return found;
}

template <class Count>
std::string words_of(const std::map<std::string, Count>& counts) {
  return weight_words({counts.begin(), counts.end()});
}

std::string tenant_words(const RequestTrace& trace) {
  std::map<std::string, std::uint64_t> counts;
  for (const std::uint32_t tenant : trace.tenant) ++counts[single_quoted(trace.tenants[tenant])];
  return words_of(counts);
}

std::string priority_words(const RequestTrace& trace) {
  std::map<std::string, std::uint64_t> counts;
  for (const std::int32_t priority : trace.priority) ++counts[std::to_string(priority)];
  return words_of(counts);
}

std::vector<double> tokens_of(const RequestTrace& trace, std::uint32_t RecordedRequest::*tokens) {
  std::vector<double> values;
  values.reserve(trace.requests.size());
  for (const RecordedRequest& request : trace.requests) values.push_back(request.*tokens);
  return values;
}

}  // namespace

RequestSamples samples_of(const RequestTrace& trace) {
  RequestSamples samples;
  UnlimitedCache cache;
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    samples.arrival.push_back(trace.requests[i].arrival);
    cache.add(trace.prefix(i));
  }
  samples.prompt_tokens = tokens_of(trace, &RecordedRequest::prompt_tokens);
  samples.output_tokens = tokens_of(trace, &RecordedRequest::output_tokens);
  samples.prefix_hits = cache.hits();
  return samples;
}

RequestSamples samples_of(RequestSource& source) {
  RequestSamples samples;
  UnlimitedCache cache;
  RequestArrival next;
  while (source.next(next)) {
    samples.arrival.push_back(next.request.arrival);
    samples.prompt_tokens.push_back(next.request.prompt_tokens);
    samples.output_tokens.push_back(next.output_tokens);
    cache.add(next.request.prefix);
  }
  samples.prefix_hits = cache.hits();
  return samples;
}

std::vector<std::optional<std::uint32_t>> predecessors(const RequestTrace& trace,
                                                       std::size_t shared) {
  if (!trace.session.empty()) return by_sessions(trace);
  if (trace.prefix_block_tokens > 0) return by_prefixes(trace, shared);
  return Predecessors(trace.requests.size());
}

std::size_t shared_blocks(const RequestTrace& trace) {
  if (trace.prefix_block_tokens == 0) return 0;
  // The hash of a prefix names all blocks before it: counting hashes counts beginnings.
  std::unordered_map<PrefixHash, std::pair<std::size_t, std::size_t>> seen;  // Count, depth.
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    const auto blocks = full_blocks(trace, i);
    for (std::size_t depth = 0; depth < blocks.size(); ++depth) {
      auto& [count, at] = seen[blocks[depth]];
      ++count;
      at = depth + 1;
    }
  }
  std::size_t shared = 0;
  for (const auto& [hash, told] : seen) {
    if (2 * told.first >= trace.requests.size()) shared = std::max(shared, told.second);
  }
  return shared;
}

std::string fit_requests(const RequestTrace& trace, const std::string& name) {
  const std::size_t shared = shared_blocks(trace);
  const auto conversations = conversations_of(trace, shared);
  const double system = static_cast<double>(shared) * trace.prefix_block_tokens;
  std::vector<Time> begun;
  std::vector<double> prompts;
  if (conversations) {
    begun = conversations->begun;
    prompts = conversations->prompt_tokens;
  } else {
    for (const RecordedRequest& request : trace.requests) begun.push_back(request.arrival);
    prompts = tokens_of(trace, &RecordedRequest::prompt_tokens);
    for (double& tokens : prompts) tokens -= system;
  }
  std::string text = fmt::format(
      "# Requests like those of a trace, fitted by `tandem trace fit`. Put your cluster, model "
      "and\n"
      "# replicas in place of these; twice as often: rate: x2 below requests.\n"
      "tandem: 1\n"
      "name: {}\n"
      "cluster:\n"
      "  nodes:\n"
      "    - {{ name: pool, devices: {{ type: h100-sxm, count: 8 }} }}\n"
      "workload:\n"
      "  services:\n"
      "    - name: service\n"
      "      model: llama-3.1-8b\n"
      "      replicas: 8\n"
      "      requests:\n"
      "        generate:\n"
      "          count: {}\n",
      single_quoted(name), trace.requests.size());
  const auto append = [&text](std::string_view key, const std::string& words) {
    text += wrapped_yaml(fmt::format("          {}: {}", key, words), 12) + "\n";
  };
  append("arrival", arrival_words(fit_arrivals(begun)));
  append("prompt", amount_words(fit_amounts(prompts, 1), ""));
  append("output",
         amount_words(fit_amounts(tokens_of(trace, &RecordedRequest::output_tokens), 1), ""));
  if (shared > 0) append("system_prompt", number_words(system));
  if (conversations) {
    const auto thinking = fit_amounts(conversations->thinking_s, kShortestThought);
    append("sessions", fmt::format("{{ turns: {}, think: {} }}",
                                   amount_words(fit_amounts(conversations->turns, 1), ""),
                                   amount_words(thinking, " s")));
  }
  if (trace.prefix_block_tokens > 0) {
    append("prefix_block", fmt::format("{}", trace.prefix_block_tokens));
  }
  if (!trace.tenant.empty()) append("tenants", tenant_words(trace));
  if (!trace.priority.empty()) append("priority", priority_words(trace));
  return text + "policies: [fifo]\n";
}

}  // namespace tandem

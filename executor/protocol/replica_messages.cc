#include "executor/protocol/replica_messages.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "executor/protocol/message_numbers.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr std::string_view kReplica = "replica-";

json to_json(const Sampling& sampling) {
  return {{"temperature", sampling.temperature},
          {"top_k", sampling.top_k},
          {"top_p", sampling.top_p},
          {"seed", sampling.seed},
          {"min_tokens", sampling.min_tokens},
          {"ignore_end", sampling.ignore_end},
          {"logprobs", sampling.logprobs}};
}

Sampling sampling_of(const json& from) {
  Sampling sampling;
  sampling.temperature = from.at("temperature").get<double>();
  sampling.top_k = whole<std::int32_t>(from.at("top_k"));
  sampling.top_p = from.at("top_p").get<double>();
  sampling.seed = whole<std::uint64_t>(from.at("seed"));
  sampling.min_tokens = whole<std::uint32_t>(from.at("min_tokens"));
  sampling.ignore_end = from.at("ignore_end").get<bool>();
  sampling.logprobs = whole<std::int32_t>(from.at("logprobs"));
  return sampling;
}

json to_json(const ReplicaOrder& order) {
  if (order.cancels) return {{"key", order.key}, {"cancels", true}};
  const Generation& asked = order.generation;
  return {{"key", order.key},
          {"age_ns", order.age.count()},
          {"prompt", asked.prompt},
          {"max_tokens", asked.max_tokens},
          {"sampling", to_json(asked.sampling)},
          {"tenant", asked.tenant.value},
          {"priority", asked.priority},
          {"session", asked.session.value}};
}

ReplicaOrder order_of(const json& from) {
  ReplicaOrder order;
  order.key = whole<RequestKey>(from.at("key"));
  order.cancels = from.contains("cancels");
  if (order.cancels) return order;
  order.age = Duration{whole<std::int64_t>(from.at("age_ns"))};
  Generation& asked = order.generation;
  for (const json& token : from.at("prompt")) asked.prompt.push_back(whole<TokenId>(token));
  asked.max_tokens = whole<std::uint32_t>(from.at("max_tokens"));
  asked.sampling = sampling_of(from.at("sampling"));
  asked.tenant = {whole<std::uint32_t>(from.at("tenant"))};
  asked.priority = whole<std::int64_t>(from.at("priority"));
  asked.session = {whole<std::uint32_t>(from.at("session"))};
  return order;
}

/// [key, token], and with probabilities [key, token, logprob, [[token, logprob] …]].
json to_json(const ReplicaNews::Given& given) {
  json out = {given.key, given.token.token};
  if (given.token.logprob == 0 && given.token.alternatives.empty()) return out;
  json alternatives = json::array();
  for (const TokenLogprob& other : given.token.alternatives) {
    alternatives.push_back({other.token, other.logprob});
  }
  out.push_back(given.token.logprob);
  out.push_back(std::move(alternatives));
  return out;
}

ReplicaNews::Given given_of(const json& from) {
  ReplicaNews::Given given{whole<RequestKey>(from.at(0)), {whole<TokenId>(from.at(1)), 0, {}}};
  if (from.size() == 2) return given;
  given.token.logprob = from.at(2).get<float>();
  for (const json& other : from.at(3)) {
    given.token.alternatives.push_back({whole<TokenId>(other.at(0)), other.at(1).get<float>()});
  }
  return given;
}

/// [key, reason, cached tokens, evictions].
json to_json(const ReplicaNews::Ended& ended) {
  return {ended.key, static_cast<int>(ended.reason), ended.cached_tokens, ended.evictions};
}

ReplicaNews::Ended ended_of(const json& from) {
  const auto reason = whole<std::uint8_t>(from.at(1));
  if (reason > static_cast<std::uint8_t>(FinishReason::kLength)) {
    throw InputError(
        fmt::format("a message says that an answer ended by {}, which is no reason", reason));
  }
  return {whole<RequestKey>(from.at(0)), static_cast<FinishReason>(reason),
          whole<std::uint32_t>(from.at(2)), whole<std::uint32_t>(from.at(3))};
}

/// [key, nanoseconds].
json to_json(const ReplicaNews::Began& began) { return {began.key, began.waited.count()}; }
ReplicaNews::Began began_of(const json& from) {
  return {whole<RequestKey>(from.at(0)), Duration{count(from.at(1))}};
}

/// [hash, whether it is there].
json to_json(const PrefixChange& change) { return {change.hash, change.is_there}; }
PrefixChange change_of(const json& from) {
  return {whole<PrefixHash>(from.at(0)), from.at(1).get<bool>()};
}

template <class Part>
json list_of(const std::vector<Part>& parts) {
  json list = json::array();
  for (const Part& part : parts) list.push_back(to_json(part));
  return list;
}

template <class Part>
std::vector<Part> parts_of(const json& list, Part (*read)(const json&)) {
  if (!list.is_array()) throw InputError("a message has no list where it must");
  std::vector<Part> parts;
  for (const json& part : list) parts.push_back(read(part));
  return parts;
}

std::string text_of(const json& value) {
  std::string message;
  json::to_cbor(value, nlohmann::detail::output_adapter<char>(message));
  return message;
}

/// Calls `read` with what the message holds; whatever is wrong with it is one error.
template <class Read>
auto parsed(std::string_view message, Read read) {
  try {
    return read(json::from_cbor(message.begin(), message.end()));
  } catch (const json::exception& error) {
    throw InputError(fmt::format("not a message between front and replicas: {}", error.what()));
  }
}

}  // namespace

std::string replica_name(ReplicaIdentity replica) {
  return fmt::format("{}{}-{}", kReplica, replica.job.value, replica.generation);
}

std::optional<ReplicaIdentity> replica_named(std::string_view name) {
  if (!name.starts_with(kReplica)) return std::nullopt;
  const char* const end = name.data() + name.size();
  ReplicaIdentity replica;
  const auto job = std::from_chars(name.data() + kReplica.size(), end, replica.job.value);
  if (job.ec != std::errc() || job.ptr == end || *job.ptr != '-') return std::nullopt;
  const auto generation = std::from_chars(job.ptr + 1, end, replica.generation);
  if (generation.ec != std::errc() || generation.ptr != end) return std::nullopt;
  return replica;
}

std::string to_cbor(const std::vector<ReplicaOrder>& orders) { return text_of(list_of(orders)); }

std::string to_cbor(const ReplicaNews& news) {
  json all = {{"job", news.job.value},
              {"generation", news.generation},
              {"is_ready", news.is_ready},
              {"began", list_of(news.began)},
              {"given", list_of(news.given)},
              {"ended", list_of(news.ended)},
              {"refused", news.refused},
              {"load", {news.waiting, news.running, news.blocks_held, news.blocks}},
              {"counts", {news.evictions, news.cached_tokens}},
              {"last_step_s", news.last_step_s}};
  if (!news.prefixes.empty()) all["prefixes"] = list_of(news.prefixes);
  return text_of(all);
}

std::vector<ReplicaOrder> replica_orders_of(std::string_view message) {
  return parsed(message, [](const json& from) { return parts_of(from, order_of); });
}

ReplicaNews replica_news_of(std::string_view message) {
  return parsed(message, [](const json& from) {
    ReplicaNews news;
    news.job = {whole<std::uint32_t>(from.at("job"))};
    news.generation = whole<std::uint32_t>(from.at("generation"));
    news.is_ready = from.at("is_ready").get<bool>();
    news.began = parts_of(from.at("began"), began_of);
    news.given = parts_of(from.at("given"), given_of);
    news.ended = parts_of(from.at("ended"), ended_of);
    if (from.contains("prefixes")) news.prefixes = parts_of(from.at("prefixes"), change_of);
    for (const json& key : from.at("refused")) news.refused.push_back(whole<RequestKey>(key));
    const json& load = from.at("load");
    news.waiting = count(load.at(0));
    news.running = count(load.at(1));
    news.blocks_held = count(load.at(2));
    news.blocks = count(load.at(3));
    news.evictions = count(from.at("counts").at(0));
    news.cached_tokens = count(from.at("counts").at(1));
    news.last_step_s = from.at("last_step_s").get<double>();
    return news;
  });
}

}  // namespace tandem

#include "executor/protocol/replica_messages.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "policies/core/error.h"

namespace tandem {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sampling, temperature, top_k, top_p, seed, min_tokens,
                                   ignore_end, logprobs)

namespace {

using nlohmann::json;

json to_json(const ReplicaOrder& order) {
  if (order.cancels) return {{"key", order.key}, {"cancels", true}};
  const Generation& asked = order.generation;
  return {{"key", order.key},           {"age_ns", order.age.count()},
          {"prompt", asked.prompt},     {"max_tokens", asked.max_tokens},
          {"sampling", asked.sampling}, {"tenant", asked.tenant.value},
          {"priority", asked.priority}, {"session", asked.session.value}};
}

ReplicaOrder order_of(const json& from) {
  ReplicaOrder order;
  from.at("key").get_to(order.key);
  order.cancels = from.contains("cancels");
  if (order.cancels) return order;
  order.age = Duration{from.at("age_ns").get<std::int64_t>()};
  from.at("prompt").get_to(order.generation.prompt);
  from.at("max_tokens").get_to(order.generation.max_tokens);
  from.at("sampling").get_to(order.generation.sampling);
  from.at("tenant").get_to(order.generation.tenant.value);
  from.at("priority").get_to(order.generation.priority);
  from.at("session").get_to(order.generation.session.value);
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
  ReplicaNews::Given given{from.at(0).get<RequestKey>(), {from.at(1).get<TokenId>(), 0, {}}};
  if (from.size() < 4) return given;
  given.token.logprob = from.at(2).get<float>();
  for (const json& other : from.at(3)) {
    given.token.alternatives.push_back({other.at(0).get<TokenId>(), other.at(1).get<float>()});
  }
  return given;
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

std::string replica_name(JobId job, std::uint32_t generation) {
  return fmt::format("replica-{}-{}", job.value, generation);
}

std::string to_cbor(const std::vector<ReplicaOrder>& orders) {
  json all = json::array();
  for (const ReplicaOrder& order : orders) all.push_back(to_json(order));
  return text_of(all);
}

std::string to_cbor(const ReplicaNews& news) {
  json given = json::array();
  for (const ReplicaNews::Given& one : news.given) given.push_back(to_json(one));
  json ended = json::array();
  for (const ReplicaNews::Ended& one : news.ended) {
    ended.push_back({one.key, static_cast<int>(one.reason), one.cached_tokens, one.evictions});
  }
  return text_of({{"job", news.job.value},
                  {"generation", news.generation},
                  {"is_ready", news.is_ready},
                  {"given", std::move(given)},
                  {"ended", std::move(ended)},
                  {"refused", news.refused},
                  {"load", {news.waiting, news.running, news.blocks_held, news.blocks}},
                  {"counts", {news.evictions, news.cached_tokens}},
                  {"last_step_s", news.last_step_s}});
}

std::vector<ReplicaOrder> replica_orders_of(std::string_view message) {
  return parsed(message, [](const json& from) {
    std::vector<ReplicaOrder> orders;
    for (const json& order : from) orders.push_back(order_of(order));
    return orders;
  });
}

ReplicaNews replica_news_of(std::string_view message) {
  return parsed(message, [](const json& from) {
    ReplicaNews news;
    from.at("job").get_to(news.job.value);
    from.at("generation").get_to(news.generation);
    from.at("is_ready").get_to(news.is_ready);
    for (const json& one : from.at("given")) news.given.push_back(given_of(one));
    for (const json& one : from.at("ended")) {
      news.ended.push_back({one.at(0).get<RequestKey>(),
                            static_cast<FinishReason>(one.at(1).get<int>()),
                            one.at(2).get<std::uint32_t>(), one.at(3).get<std::uint32_t>()});
    }
    from.at("refused").get_to(news.refused);
    const json& load = from.at("load");
    load.at(0).get_to(news.waiting);
    load.at(1).get_to(news.running);
    load.at(2).get_to(news.blocks_held);
    load.at(3).get_to(news.blocks);
    from.at("counts").at(0).get_to(news.evictions);
    from.at("counts").at(1).get_to(news.cached_tokens);
    from.at("last_step_s").get_to(news.last_step_s);
    return news;
  });
}

}  // namespace tandem

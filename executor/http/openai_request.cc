#include "executor/http/openai_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "executor/http/api_error.h"
#include "executor/http/json_fields.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostTokens = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMostAlternatives = 20;
constexpr std::size_t kLongestStop = 1000;
constexpr std::int64_t kAnyNumber = std::numeric_limits<std::int64_t>::max();

std::vector<TokenId> tokens_of(const json& list) {
  std::vector<TokenId> tokens;
  tokens.reserve(list.size());
  for (const json& token : list) {
    if (!token.is_number_unsigned() || token.get<std::uint64_t>() > kMostTokens) {
      throw ApiError(400, "'prompt': a list of tokens has whole numbers from 0 on").about("prompt");
    }
    tokens.push_back(token.get<TokenId>());
  }
  return tokens;
}

/// A string, a list of tokens, or a list of either.
std::vector<Prompt> prompts_of(const json* prompt) {
  if (prompt == nullptr) throw ApiError(400, "'prompt' is missing").about("prompt");
  if (prompt->is_string()) return {prompt->get<std::string>()};
  if (!prompt->is_array() || prompt->empty()) {
    throw ApiError(400, "'prompt' must be a string, a list of strings, or tokens").about("prompt");
  }
  if (prompt->front().is_number()) return {tokens_of(*prompt)};
  std::vector<Prompt> prompts;
  for (const json& one : *prompt) {
    if (one.is_string()) {
      prompts.emplace_back(one.get<std::string>());
    } else if (one.is_array()) {
      prompts.emplace_back(tokens_of(one));
    } else {
      throw ApiError(400, "'prompt': a list has strings, or lists of tokens").about("prompt");
    }
  }
  return prompts;
}

std::string content_of(const json& message, const std::string& field) {
  const auto content = message.find("content");
  if (content != message.end() && content->is_string()) return content->get<std::string>();
  if (content == message.end() || !content->is_array()) {
    throw ApiError(400, fmt::format("'{}.content' must be a string or a list of parts", field))
        .about(field);
  }
  std::string text;
  for (const json& part : *content) {
    const bool is_text = part.is_object() && part.value("type", json()) == json("text") &&
                         part.value("text", json()).is_string();
    if (!is_text) {
      throw ApiError(400, fmt::format("'{}.content': only parts {{\"type\": \"text\", \"text\": "
                                      "...}} are understood",
                                      field))
          .about(field);
    }
    text += part["text"].get<std::string>();
  }
  return text;
}

std::string role_of(const json& message, const std::string& field) {
  static const std::vector<std::string> kRoles{"assistant", "developer", "system", "user"};
  const json role = message.is_object() ? message.value("role", json()) : json();
  if (!role.is_string()) {
    throw ApiError(400, fmt::format("'{}' must be an object with 'role' and 'content'", field))
        .about(field);
  }
  const auto name = role.get<std::string>();
  if (std::ranges::find(kRoles, name) == kRoles.end()) {
    throw ApiError(400, fmt::format("'{}.role': unknown role '{}'{}", field, name.substr(0, 40),
                                    suggestion(name.substr(0, 40), kRoles)))
        .about(field);
  }
  return name == "developer" ? "system" : name;
}

std::vector<ChatMessage> messages_of(const json* list) {
  if (list == nullptr || !list->is_array() || list->empty()) {
    throw ApiError(400, "'messages' must be a list of at least one message").about("messages");
  }
  std::vector<ChatMessage> messages;
  for (const json& message : *list) {
    const std::string field = fmt::format("messages[{}]", messages.size());
    std::string role = role_of(message, field);
    messages.push_back({std::move(role), content_of(message, field)});
  }
  return messages;
}

std::vector<std::string> stops_of(const json* stop) {
  if (stop == nullptr) return {};
  const json list = stop->is_array() ? *stop : json::array({*stop});
  std::vector<std::string> stops;
  for (const json& one : list) {
    const std::string text = one.is_string() ? one.get<std::string>() : "";
    if (text.empty() || text.size() > kLongestStop || stops.size() == kMostStops) {
      throw ApiError(400, fmt::format("'stop' must be a string or up to {} of them, each of 1 to "
                                      "{} bytes",
                                      kMostStops, kLongestStop))
          .about("stop");
    }
    stops.push_back(text);
  }
  return stops;
}

std::optional<std::uint32_t> count_of(JsonFields& fields, const std::string& name,
                                      std::int64_t least) {
  const auto count = fields.integer(name, least, kMostTokens);
  return count ? std::optional(static_cast<std::uint32_t>(*count)) : std::nullopt;
}

void read_sampling(JsonFields& fields, CompletionRequest& request) {
  Sampling& sampling = request.sampling;
  sampling.temperature = fields.number("temperature", 0, 2).value_or(1);
  sampling.top_p = fields.number("top_p", 0, 1).value_or(1);
  if (sampling.top_p == 0) throw ApiError(400, "'top_p' must be more than 0").about("top_p");
  const auto top_k = fields.integer("top_k", -1, std::numeric_limits<std::int32_t>::max());
  sampling.top_k = static_cast<std::int32_t>(std::max<std::int64_t>(top_k.value_or(0), 0));
  if (const auto seed = fields.integer("seed", -kAnyNumber, kAnyNumber)) {
    request.seed = static_cast<std::uint64_t>(*seed);
  }
  sampling.min_tokens = count_of(fields, "min_tokens", 0).value_or(0);
  sampling.ignore_end = fields.flag("ignore_eos", false);
}

void read_limits(JsonFields& fields, CompletionRequest& request) {
  request.max_tokens = count_of(fields, "max_tokens", 1);
  if (const auto newer = count_of(fields, "max_completion_tokens", 1)) request.max_tokens = newer;
  if (request.max_tokens && request.sampling.min_tokens > *request.max_tokens) {
    throw ApiError(400, fmt::format("'min_tokens' is {}, more than 'max_tokens', {}",
                                    request.sampling.min_tokens, *request.max_tokens))
        .about("min_tokens");
  }
  const std::size_t prompts = request.is_chat ? 1 : request.prompts.size();
  const auto choices = fields.integer("n", 1, static_cast<std::int64_t>(kMostChoices));
  request.choices = static_cast<std::size_t>(choices.value_or(1));
  if (request.choices * prompts > kMostChoices) {
    throw ApiError(400, fmt::format("{} prompts with 'n' {} are more than {} answers", prompts,
                                    request.choices, kMostChoices))
        .about("n");
  }
}

/// What completions and chats have in common; the rest has been read.
void read_common(JsonFields& fields, CompletionRequest& request) {
  request.model = fields.required_text("model");
  read_sampling(fields, request);
  read_limits(fields, request);
  request.stops = stops_of(fields.find("stop"));
  request.priority = fields.integer("priority", -1'000'000, 1'000'000).value_or(0);
  fields.text("user");  // Known, so that there is no warning, and of no use here.
  request.streams = fields.flag("stream", false);
  std::vector<std::string> ignored;
  if (const json* options = fields.find("stream_options")) {
    JsonFields inner(*options, "stream_options");
    request.wants_usage = inner.flag("include_usage", false);
    ignored = inner.ignored();
  }
  request.ignored = fields.ignored();
  request.ignored.insert(request.ignored.end(), ignored.begin(), ignored.end());
}

}  // namespace

CompletionRequest parse_completion(std::string_view body) {
  JsonFields fields(body);
  CompletionRequest request;
  request.prompts = prompts_of(fields.find("prompt"));
  request.echo = fields.flag("echo", false);
  if (const auto logprobs = fields.integer("logprobs", 0, kMostAlternatives)) {
    request.sampling.logprobs = static_cast<std::int32_t>(*logprobs);
  }
  if (request.echo && request.sampling.logprobs >= 0) {
    throw ApiError(400, "'echo' with 'logprobs': there are none of the prompt").about("logprobs");
  }
  read_common(fields, request);
  return request;
}

CompletionRequest parse_chat(std::string_view body) {
  JsonFields fields(body);
  CompletionRequest request;
  request.is_chat = true;
  request.messages = messages_of(fields.find("messages"));
  const auto alternatives = fields.integer("top_logprobs", 0, kMostAlternatives);
  if (fields.flag("logprobs", false)) {
    request.sampling.logprobs = static_cast<std::int32_t>(alternatives.value_or(0));
  } else if (alternatives.value_or(0) > 0) {
    throw ApiError(400, "'top_logprobs' wants 'logprobs': true").about("top_logprobs");
  }
  read_common(fields, request);
  return request;
}

}  // namespace tandem

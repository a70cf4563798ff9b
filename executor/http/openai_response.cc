#include "executor/http/openai_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "executor/http/answer_text.h"
#include "executor/serve/service_desk.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;

constexpr double kLeastLogprob = -9999;  // JSON has no infinity.

std::string json_text(std::string_view text) { return ordered_json(text).dump(); }

std::string_view bytes_of(const Tokenizer& tokenizer, TokenId id) {
  return id < static_cast<std::uint64_t>(tokenizer.vocabulary()) ? tokenizer.bytes(id)
                                                                 : std::string_view();
}

double finite(float logprob) { return std::max<double>(logprob, kLeastLogprob); }

/// As completions say it: parallel lists.
ordered_json completion_logprobs(std::span<const GivenToken> tokens,
                                 std::span<const std::size_t> offsets, const Tokenizer& tokenizer) {
  ordered_json texts = ordered_json::array();
  ordered_json own = ordered_json::array();
  ordered_json top = ordered_json::array();
  for (const GivenToken& token : tokens) {
    texts.push_back(well_formed(bytes_of(tokenizer, token.token)));
    own.push_back(finite(token.logprob));
    ordered_json alternatives = ordered_json::object();
    for (const TokenLogprob& other : token.alternatives) {
      alternatives.emplace(well_formed(bytes_of(tokenizer, other.token)), finite(other.logprob));
    }
    top.push_back(std::move(alternatives));
  }
  return {{"tokens", std::move(texts)},
          {"token_logprobs", std::move(own)},
          {"top_logprobs", std::move(top)},
          {"text_offset", ordered_json(offsets)}};
}

ordered_json chat_logprob(TokenId token, float logprob, const Tokenizer& tokenizer) {
  const std::string_view bytes = bytes_of(tokenizer, token);
  ordered_json numbers = ordered_json::array();
  for (const char byte : bytes) numbers.push_back(static_cast<unsigned char>(byte));
  return {
      {"token", well_formed(bytes)}, {"logprob", finite(logprob)}, {"bytes", std::move(numbers)}};
}

/// As chats say it: an object for each token.
ordered_json chat_logprobs(std::span<const GivenToken> tokens, const Tokenizer& tokenizer) {
  ordered_json content = ordered_json::array();
  for (const GivenToken& token : tokens) {
    ordered_json one = chat_logprob(token.token, token.logprob, tokenizer);
    ordered_json top = ordered_json::array();
    for (const TokenLogprob& other : token.alternatives) {
      top.push_back(chat_logprob(other.token, other.logprob, tokenizer));
    }
    one["top_logprobs"] = std::move(top);
    content.push_back(std::move(one));
  }
  ordered_json logprobs = ordered_json::object();
  logprobs["content"] = std::move(content);
  return logprobs;
}

ordered_json logprobs_of(const ResponseForm& form, std::span<const GivenToken> tokens,
                         std::span<const std::size_t> offsets, const Tokenizer& tokenizer) {
  if (!form.wants_logprobs) return nullptr;
  return form.is_chat ? chat_logprobs(tokens, tokenizer)
                      : completion_logprobs(tokens, offsets, tokenizer);
}

ordered_json usage_json(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", usage.prompt_tokens + usage.completion_tokens}};
}

ordered_json model_object(const ServedModel& model) {
  return {{"id", model.name},
          {"object", "model"},
          {"created", model.created},
          {"owned_by", "tandem"},
          {"max_model_len", model.context}};
}

}  // namespace

ResponseWriter::ResponseWriter(ResponseForm form, const Tokenizer& tokenizer)
    : form_(std::move(form)),
      tokenizer_(tokenizer),
      head_(fmt::format(R"(data: {{"id":{},"object":"{}","created":{},"model":{},"choices":[)",
                        json_text(form_.id),
                        form_.is_chat ? "chat.completion.chunk" : "text_completion", form_.created,
                        json_text(form_.model))),
      tail_(form_.wants_usage ? "],\"usage\":null}\n\n" : "]}\n\n") {}

std::string ResponseWriter::event(std::size_t index, std::string_view text,
                                  std::string_view logprobs, std::string_view reason,
                                  bool is_first) const {
  const std::string said = json_text(text);
  const std::string why = reason.empty() ? "null" : json_text(reason);
  const std::string content = form_.is_chat
                                  ? fmt::format(R"("delta":{{{}"content":{}}})",
                                                is_first ? R"("role":"assistant",)" : "", said)
                                  : fmt::format(R"("text":{})", said);
  return fmt::format(R"({}{{"index":{},{},"logprobs":{},"finish_reason":{}}}{})", head_, index,
                     content, logprobs, why, tail_);
}

std::string ResponseWriter::token_event(std::size_t index, const TokenPiece& piece,
                                        bool is_first) const {
  if (!form_.wants_logprobs) return event(index, piece.text, "null", "", is_first);
  const auto logprobs =
      logprobs_of(form_, std::span(piece.token, 1), std::span(&piece.offset, 1), tokenizer_);
  return event(index, piece.text, logprobs.dump(), "", is_first);
}

std::string ResponseWriter::text_event(std::size_t index, std::string_view text) const {
  return event(index, text, "null", "", false);
}

std::string ResponseWriter::end_event(std::size_t index, std::string_view text,
                                      std::string_view reason, bool is_first) const {
  return event(index, text, "null", reason, is_first);
}

std::string ResponseWriter::usage_event(const Usage& usage) const {
  return fmt::format("{}],\"usage\":{}}}\n\n", head_, usage_json(usage).dump());
}

std::string ResponseWriter::whole(std::span<const WholeChoice> choices, const Usage& usage) const {
  ordered_json list = ordered_json::array();
  for (const WholeChoice& choice : choices) {
    ordered_json one{{"index", list.size()}};
    if (form_.is_chat) {
      one["message"] = {{"role", "assistant"}, {"content", choice.text}};
    } else {
      one["text"] = choice.text;
    }
    one["logprobs"] = logprobs_of(form_, choice.tokens, choice.offsets, tokenizer_);
    one["finish_reason"] = choice.reason;
    list.push_back(std::move(one));
  }
  const ordered_json response{{"id", form_.id},
                              {"object", form_.is_chat ? "chat.completion" : "text_completion"},
                              {"created", form_.created},
                              {"model", form_.model},
                              {"choices", std::move(list)},
                              {"usage", usage_json(usage)}};
  return response.dump();
}

std::string error_event(const std::string& error_json) {
  return fmt::format("data: {}\n\n", error_json);
}

std::string models_json(std::span<const ServedModel> models) {
  ordered_json list = ordered_json::array();
  for (const ServedModel& model : models) list.push_back(model_object(model));
  return ordered_json{{"object", "list"}, {"data", std::move(list)}}.dump();
}

std::string model_json(const ServedModel& model) { return model_object(model).dump(); }

}  // namespace tandem

// https://platform.openai.com/docs/api-reference, as the serving engines answer it.
#include "executor/load/answer_piece.h"

#include <nlohmann/json.hpp>

#include "executor/load/event_stream.h"

namespace tandem {
namespace {

using Json = nlohmann::json;

bool has_text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() &&
         !found->get_ref<const std::string&>().empty();
}

bool is_given(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

/// An empty text is a token, too, if its characters are yet to be whole; not so the chunks in
/// which a chat names its role and an answer its end.
bool is_token(const Json& choice) {
  if (const auto delta = choice.find("delta"); delta != choice.end() && delta->is_object()) {
    if (has_text(*delta, "content") || has_text(*delta, "reasoning_content")) return true;
    return is_given(*delta, "content") && !is_given(*delta, "role") &&
           !is_given(choice, "finish_reason");
  }
  if (!is_given(choice, "text")) throw MalformedAnswer("a choice has neither text nor delta");
  return has_text(choice, "text") || !is_given(choice, "finish_reason");
}

std::uint32_t count_in(const Json& usage, const char* key) {
  const auto found = usage.find(key);
  const bool is_count = found != usage.end() && found->is_number_unsigned();
  return is_count ? found->get<std::uint32_t>() : 0;
}

std::optional<AnswerUsage> usage_of(const Json& json) {
  const auto usage = json.find("usage");
  if (usage == json.end() || !usage->is_object()) return std::nullopt;
  return AnswerUsage{count_in(*usage, "prompt_tokens"), count_in(*usage, "completion_tokens")};
}

/// The words of {"error": {"message": …}}, of {"message": …}, or of whatever an error is.
std::string words_of(const Json& error) {
  if (error.is_string()) return error.get<std::string>();
  if (error.is_object() && has_text(error, "message")) return error.at("message");
  return error.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

AnswerPiece answer_piece(std::string_view data) {
  AnswerPiece piece;
  if (data == "[DONE]") {
    piece.is_done = true;
    return piece;
  }
  const Json json = Json::parse(data, nullptr, false);
  if (!json.is_object()) throw MalformedAnswer("an event is no JSON object");
  if (is_given(json, "error")) {
    piece.error = words_of(json.at("error"));
    return piece;
  }
  const auto choices = json.find("choices");
  if (choices == json.end() || !choices->is_array()) {
    throw MalformedAnswer("an event has no choices");
  }
  for (const Json& choice : *choices) {
    if (!choice.is_object()) throw MalformedAnswer("a choice is no object");
    piece.is_token = piece.is_token || is_token(choice);
  }
  piece.usage = usage_of(json);
  return piece;
}

std::string error_message(std::string_view body) {
  constexpr std::size_t kMost = 200;
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::string(body.substr(0, kMost));
  return words_of(is_given(json, "error") ? json.at("error") : json);
}

std::optional<AnswerUsage> usage_in(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  return json.is_object() ? usage_of(json) : std::nullopt;
}

}  // namespace tandem

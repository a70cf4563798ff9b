// Fuzzes bodies of completions and chats: each is taken, or refused in well-formed JSON, and what
// was taken becomes prompts and events.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "executor/http/api_error.h"
#include "executor/http/openai_request.h"
#include "executor/http/openai_response.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

void try_chat_templates(const CompletionRequest& request) {
  const auto tokenizer = byte_tokenizer();
  for (const std::string& name : chat_templates()) {
    try {
      const auto tokens = chat_prompt(name, request.messages, *tokenizer);
      require(!tokens.empty(), "a chat has a prompt");
    } catch (const InputError&) {
    }
  }
}

void check(const CompletionRequest& request) {
  require(request.choices >= 1 && request.choices <= kMostChoices, "answers have a bound");
  require(request.stops.size() <= kMostStops, "stop strings have a bound");
  require(request.is_chat ? !request.messages.empty() : !request.prompts.empty(),
          "there is something to answer");
  if (request.is_chat) try_chat_templates(request);
  const auto tokenizer = byte_tokenizer();
  const ResponseWriter writer({"id", 1, request.model, request.is_chat, false, request.wants_usage},
                              *tokenizer);
  const std::string event = writer.end_event(0, request.model, "stop", true);
  require(event.starts_with("data: ") && event.find('\n') == event.size() - 2, "one line");
  require(nlohmann::json::accept(event.substr(6)), "an event is JSON");
}

template <class Parse>
void fuzz(std::string_view text, Parse parse) {
  try {
    check(parse(text));
  } catch (const ApiError& error) {
    require(error.status == 400, "the client is to blame");
    require(nlohmann::json::accept(to_json(error)), "an error is JSON");
  }
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tandem::fuzz(text, tandem::parse_completion);
  tandem::fuzz(text, tandem::parse_chat);
  return 0;
}

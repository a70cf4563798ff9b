#include "executor/load/request_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

std::string head(const LoadTarget& target, std::string_view method, std::string_view path) {
  std::string text =
      fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tandem\r\nAccept: */*\r\n", method,
                  target.url.base, path, target.url.authority());
  if (!target.token.empty()) text += fmt::format("Authorization: Bearer {}\r\n", target.token);
  return text;
}

/// Text behind the others: a prompt of many thousand numbers is no tree of JSON.
std::string with_prompt(const LoadTarget& target, Json body, const std::string& prompt) {
  std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text + (target.chats ? R"(,"messages":[{"role":"user","content":)" : R"(,"prompt":)") +
         prompt + (target.chats ? "}]}" : "}");
}

}  // namespace

std::string get_request(const LoadTarget& target, std::string_view path) {
  return head(target, "GET", path) + "\r\n";
}

std::string post_request(const LoadTarget& target, std::string_view path, std::string_view body) {
  return fmt::format("{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                     head(target, "POST", path), body.size(), body);
}

std::string_view completions_path(const LoadTarget& target) {
  return target.chats ? "/chat/completions" : "/completions";
}

std::string completion_body(const LoadTarget& target, const std::string& model,
                            const RequestArrival& arrival, const Prompts& prompts,
                            const TokenCount& count) {
  const Request& request = arrival.request;
  Json body = {{"model", model},
               {"max_tokens", arrival.output_tokens},
               {"temperature", 0},
               {"stream", true},
               {"stream_options", {{"include_usage", true}}}};
  if (target.ignores_end) body["ignore_eos"] = true;
  if (request.priority != 0) body["priority"] = request.priority;
  if (target.sends_ids && !target.chats) return with_prompt(target, body, prompts.ids(request));
  const std::uint32_t words = count.words_of(request.prompt_tokens);
  return with_prompt(target, body, '"' + prompts.text(request, words) + '"');
}

std::string probe_body(const LoadTarget& target, const std::string& model, const Prompts& prompts,
                       std::uint32_t words) {
  const Json body = {{"model", model}, {"max_tokens", 1}, {"temperature", 0}};
  return with_prompt(target, body, '"' + prompts.text(Request{}, words) + '"');
}

}  // namespace tandem

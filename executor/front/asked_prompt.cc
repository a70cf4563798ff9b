#include "executor/front/asked_prompt.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "executor/http/api_error.h"

namespace tandem {
namespace {

constexpr std::size_t kLongestName = 40;
/// Nothing is streamed, so nothing stays unread.
constexpr std::size_t kAnySize = static_cast<std::size_t>(-1);

/// Whoever names no model means the service that is asked.
std::string body_for(const FilePrompt& prompt, const std::string& model) {
  auto body = nlohmann::json::parse(prompt.body);
  if (!body.contains("model")) body["model"] = model;
  return body.dump();
}

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

void AskedPrompt::ask(std::uint64_t number) {
  number_ = number;
  if (attempts_++ == 0) read();
  const RunSetting setting{asker_.desk,    asker_.service, request_, asker_.user,
                           asker_.metrics, *this,          kAnySize};
  run_ = std::make_shared<CompletionRun>(setting, form());
  run_->submit();
}

void AskedPrompt::read() {
  if (!prompt_.mistake.empty()) throw ApiError(400, prompt_.mistake);
  const ServedModel& model = asker_.desk.models()[asker_.service];
  const bool is_chat = prompt_.kind == FilePrompt::Kind::kChat;
  const std::string body = body_for(prompt_, model.name);
  request_ = is_chat ? parse_chat(body) : parse_completion(body);
  if (request_.model != model.name) {
    throw ApiError(404, fmt::format("'{}' is asked here, not '{}'", model.name,
                                    request_.model.substr(0, kLongestName)))
        .about("model")
        .coded("model_not_found");
  }
  if (is_chat && model.chat_template.empty()) {
    throw ApiError(400, fmt::format("'{}' takes no chats: ask /v1/completions", model.name))
        .about("url");
  }
  if (request_.streams) {
    throw ApiError(400, "'stream': a file has whole answers only").about("stream");
  }
  // The same prompts and the same seed are answered the same.
  if (!request_.seed) request_.seed = asker_.seed + prompt_.fingerprint();
}

ResponseForm AskedPrompt::form() const {
  ResponseForm form;
  form.id =
      fmt::format("{}-{:016x}", request_.is_chat ? "chatcmpl" : "cmpl", prompt_.fingerprint());
  form.created = seconds_since_1970();
  form.model = request_.model;
  form.is_chat = request_.is_chat;
  form.wants_logprobs = request_.sampling.logprobs >= 0;
  return form;
}

void AskedPrompt::wake() {
  boost::asio::post(asker_.loop, [&asker = asker_, number = number_] { asker.look_at(number); });
}

}  // namespace tandem

// One prompt of a file on its way through the desk, read as if its body had come over HTTP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "executor/http/completion_run.h"
#include "executor/http/metrics.h"
#include "executor/http/openai_request.h"
#include "executor/http/run_waiter.h"
#include "executor/http/users.h"
#include "executor/serve/prompt_file.h"
#include "executor/serve/service_desk.h"

namespace tandem {

class AskedPrompt final : public RunWaiter {
 public:
  /// Who asks, and what all prompts have in common.
  struct Asker {
    boost::asio::io_context& loop;
    ServiceDesk& desk;
    std::size_t service = 0;  ///< Place in the desk's list.
    User user;
    RequestMetrics& metrics;
    std::uint64_t seed = 0;  ///< What bodies without a seed draw from, and from the prompt.
    /// Called in the loop, not while the desk speaks: the prompt of this number may be over.
    std::function<void(std::uint64_t number)> look_at;
  };
  /// `asker` must outlive it.
  AskedPrompt(const Asker& asker, FilePrompt prompt) : asker_(asker), prompt_(std::move(prompt)) {}

  /// Hands it in under a number, again if it was before. Throws ApiError for what is refused.
  void ask(std::uint64_t number);
  int attempts() const { return attempts_; }
  const FilePrompt& prompt() const { return prompt_; }
  /// Once it has been read.
  const CompletionRequest& request() const { return request_; }
  /// Once it has been handed in.
  const CompletionRun& run() const { return *run_; }

  boost::asio::any_io_executor executor() const override { return asker_.loop.get_executor(); }
  void wake() override;
  void abort() override {}

 private:
  void read();
  ResponseForm form() const;

  const Asker& asker_;
  const FilePrompt prompt_;
  CompletionRequest request_;
  std::shared_ptr<CompletionRun> run_;
  std::uint64_t number_ = 0;
  int attempts_ = 0;
};

}  // namespace tandem

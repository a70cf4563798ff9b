#include "executor/front/batch_player.h"

#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "executor/http/answer_text.h"
#include "executor/http/api_error.h"

namespace tandem {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// So often a prompt is asked whose replica is lost before all of its answer is there. Nobody has
/// seen the beginning, so nothing has to be taken back.
constexpr int kAttempts = 5;
constexpr std::size_t kMostIgnored = 8;  ///< Names that are kept, each so long at most.
constexpr std::size_t kLongestName = 40;

User owner_of(TenantId tenant) {
  User user;
  user.name = "batch";
  user.tenant = tenant;
  return user;
}

}  // namespace

BatchPlayer::BatchPlayer(boost::asio::io_context& loop, ServiceDesk& desk, const PromptBatch& batch,
                         std::uint64_t seed, std::function<void()> finished)
    : loop_(loop),
      batch_(batch),
      finished_(std::move(finished)),
      metrics_(desk.models()),
      asker_{loop,
             desk,
             batch.service,
             owner_of(batch.tenant),
             metrics_.of(batch.service, "batch"),
             seed,
             [this](std::uint64_t number) { look_at(number); }} {}

void BatchPlayer::go_on() {
  if (!has_more_ && under_way_.empty()) return conclude();
  if (!has_more_ || under_way_.size() >= batch_.most_under_way) return;
  if (auto prompt = batch_.prompts.next()) {
    if (!batch_.answers.has(prompt->id)) {
      ask(std::make_unique<AskedPrompt>(asker_, *std::move(prompt)));
    }
  } else {
    has_more_ = false;
  }
  go_on_soon();
}

/// Tokens of other services wait no longer than for one prompt.
void BatchPlayer::go_on_soon() {
  boost::asio::post(loop_, [this] { go_on(); });
}

void BatchPlayer::ask(std::unique_ptr<AskedPrompt> asked) {
  if (asked_ == 0) begun_ = SteadyClock::now();
  const std::uint64_t number = asked_++;
  try {
    asked->ask(number);
    note_ignored(asked->request());
    under_way_.emplace(number, std::move(asked));
  } catch (const ApiError& error) {
    // Who is told to come again has no answer: the service is gone.
    if (error.retry_after) return stop(error.what());
    answer(asked->prompt(), error.status, to_json(error));
  }
}

void BatchPlayer::look_at(std::uint64_t number) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end() || !found->second->run().is_over()) return;
  std::unique_ptr<AskedPrompt> asked = std::move(found->second);
  under_way_.erase(found);
  const CompletionRun& run = asked->run();
  if (!run.failure()) {
    const Usage usage = run.usage();
    batch_.progress.tokens += usage.completion_tokens;
    batch_.progress.prompt_tokens += usage.prompt_tokens;
    answer(asked->prompt(), 200, run.whole());
  } else if (asked->attempts() < kAttempts) {
    ask(std::move(asked));
  } else {
    answer(asked->prompt(), 503, to_json(ApiError(503, *run.failure()).coded("failed")));
  }
  go_on_soon();
}

void BatchPlayer::answer(const FilePrompt& prompt, int status, const std::string& body) {
  try {
    batch_.answers.add(prompt, status, body);
  } catch (const std::system_error& error) {
    return stop(error.what());
  }
  ++batch_.progress.answered;
  if (status != 200) ++batch_.progress.wrong;
  batch_.progress.duration = SteadyClock::now() - begun_;
}

void BatchPlayer::note_ignored(const CompletionRequest& request) {
  std::set<std::string>& ignored = batch_.progress.ignored;
  for (const std::string& field : request.ignored) {
    if (ignored.size() < kMostIgnored) ignored.insert(well_formed(field.substr(0, kLongestName)));
  }
}

void BatchPlayer::stop(const std::string& why) {
  batch_.progress.obstacle = why;
  has_more_ = false;
  under_way_.clear();
}

void BatchPlayer::conclude() {
  if (finished_) std::exchange(finished_, nullptr)();
}

}  // namespace tandem

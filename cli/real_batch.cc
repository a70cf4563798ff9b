#include "cli/real_batch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "cli/chosen_service.h"
#include "cli/terminal.h"
#include "executor/control/journal_log.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Prompts that wait for each place in the batches of the replicas, so that none stays empty.
constexpr std::size_t kWaitingPerPlace = 1;

bool has_ended(const fs::path& folder) {
  const auto remains = read_remains(RunFolder(folder).journal());
  return remains && remains->complete;
}

std::size_t most_under_way(const ServiceSettings& service) {
  if (service.max_concurrency > 0) return service.max_concurrency;
  const auto places = static_cast<std::size_t>(service.engine.max_sequences) *
                      service.pool.engines * service.pool.most;
  return places * (1 + kWaitingPerPlace);
}

/// 1234567 as "1,234,567".
std::string counted(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace

fs::path batch_folder(const Arguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  const std::string first = arguments.run.answers + ".run";
  fs::path folder = first;
  for (int i = 2; has_ended(folder); ++i) folder = fmt::format("{}-{}", first, i);
  return folder;
}

RealBatch::RealBatch(const Arguments& arguments, const Scenario& scenario)
    : arguments_(arguments),
      service_(chosen_service(scenario, arguments)),
      text_(arguments.run.prompts),
      prompts_(text_.text(), arguments.run.prompts),
      answers_(arguments.run.answers),
      work_{service_,
            scenario.services[service_].tenant,
            most_under_way(scenario.services[service_]),
            prompts_,
            answers_,
            progress_},
      survey_(survey(prompts_, answers_)) {}

bool RealBatch::has_work(const RunFolder& folder) const {
  if (survey_.answered < survey_.prompts) return true;
  return fs::exists(folder.journal()) && !has_ended(folder.path());
}

void RealBatch::tell_beginning() const {
  if (arguments_.quiet) return;
  if (survey_.answered > 0) {
    print_error(fmt::format("{} of {} prompts are answered already in {}",
                            counted(survey_.answered), counted(survey_.prompts),
                            arguments_.run.answers));
  }
  if (survey_.strange > 0) {
    print_error(fmt::format("{} also answers {} prompts that are not in {}", arguments_.run.answers,
                            counted(survey_.strange), arguments_.run.prompts));
  }
}

double RealBatch::fraction() const {
  const std::size_t left = survey_.prompts - survey_.answered;
  return left == 0 ? 1 : static_cast<double>(progress_.answered) / static_cast<double>(left);
}

std::size_t RealBatch::answered() const {
  return survey_.answered + static_cast<std::size_t>(progress_.answered);
}

std::size_t RealBatch::wrong() const {
  return survey_.wrong + static_cast<std::size_t>(progress_.wrong);
}

double RealBatch::tokens_per_s() const {
  const double seconds = std::chrono::duration<double>(progress_.duration).count();
  return seconds > 0 ? static_cast<double>(progress_.tokens) / seconds : 0;
}

int RealBatch::exit_code() const {
  if (answered() < survey_.prompts) return 5;
  return wrong() > 0 ? 1 : 0;
}

/// "1,000 prompts answered, 3 with an error, 2,345 tokens/s"
std::string RealBatch::headline() const {
  const bool is_whole = answered() == survey_.prompts;
  std::string text = fmt::format("{}{} {} answered", counted(answered()),
                                 is_whole ? "" : " of " + counted(survey_.prompts),
                                 survey_.prompts == 1 ? "prompt" : "prompts");
  if (survey_.answered > 0) text += fmt::format(" ({} before)", counted(survey_.answered));
  text += fmt::format(", {} with an error", wrong() == 0 ? "none" : counted(wrong()));
  if (progress_.tokens > 0) {
    text += fmt::format(", {} tokens/s",
                        counted(static_cast<std::size_t>(std::llround(tokens_per_s()))));
  }
  return text;
}

void RealBatch::conclude(const fs::path& folder) {
  answers_.sync();
  if (!progress_.obstacle.empty()) {
    print_error(fmt::format("{} prompts have no answer: {}; the same words go on with them",
                            counted(survey_.prompts - answered()), progress_.obstacle));
  }
  if (!progress_.ignored.empty() && !arguments_.quiet) {
    print_error(fmt::format("fields that mean nothing here were ignored: {}",
                            fmt::join(progress_.ignored, ", ")));
  }
  if (!arguments_.json) {
    return print_output(fmt::format("{}\nAnswers: {}\n", headline(), arguments_.run.answers));
  }
  nlohmann::ordered_json document;
  document["schema"] = "tandem.batch/1";
  document["prompts"] = survey_.prompts;
  document["answered"] = answered();
  document["answered_before"] = survey_.answered;
  document["with_error"] = wrong();
  document["prompt_tokens"] = progress_.prompt_tokens;
  document["completion_tokens"] = progress_.tokens.load();
  document["duration_s"] = std::chrono::duration<double>(progress_.duration).count();
  document["tokens_per_s"] = tokens_per_s();
  document["obstacle"] = nullptr;
  if (!progress_.obstacle.empty()) document["obstacle"] = progress_.obstacle;
  document["answers"] = arguments_.run.answers;
  document["run"] = folder.string();
  print_json(document);
}

}  // namespace tandem

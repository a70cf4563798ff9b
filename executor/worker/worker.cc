#include "executor/worker/worker.h"

#include <fmt/format.h>

#include <charconv>
#include <csignal>
#include <map>
#include <string_view>
#include <utility>

#include "executor/worker/control_link.h"
#include "executor/worker/rank_run.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

struct WorkerArguments {
  DeviceId device;
  std::string endpoint;
  std::string on = "cpu";
  std::chrono::milliseconds orphan_patience{60'000};
};

std::uint32_t number_of(std::string_view option, std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw InputError(fmt::format("{}: expected a whole number, found '{}'", option, text));
  }
  return number;
}

WorkerArguments arguments_of(int argc, char** argv) {
  WorkerArguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    const std::string_view value = argv[i + 1];
    if (option == "--device") {
      arguments.device = {number_of(option, value)};
    } else if (option == "--endpoint") {
      arguments.endpoint = value;
    } else if (option == "--on") {
      arguments.on = value;
    } else if (option == "--orphan-ms") {
      arguments.orphan_patience = std::chrono::milliseconds(number_of(option, value));
    } else {
      throw InputError(fmt::format("unknown option {}", option));
    }
  }
  if (arguments.endpoint.empty() || argc % 2 == 0) {
    throw InputError(
        "a worker is started by a controller (tandem run), with --device, --endpoint, --on");
  }
  return arguments;
}

}  // namespace

int run_worker(int argc, char** argv, const WorkerSkills& skills) {
  const WorkerArguments arguments = arguments_of(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // A terminal sends it to all; the controller decides.
  std::signal(SIGTERM, [](int) { ControlLink::ask_to_leave(); });
  ControlLink link(arguments.endpoint, arguments.device, arguments.orphan_patience);
  std::pair<JobId, std::uint32_t> last{};
  bool is_fit = true;
  while (true) {
    const WorkerCommand command = link.wait();
    switch (command.kind) {
      case WorkerCommand::Kind::kStart:
        if (!is_fit || last == std::pair{command.task->job, command.task->generation}) break;
        last = {command.task->job, command.task->generation};
        is_fit = command.task->serving
                     ? run_replica(*command.task, arguments.on, skills.serve, link)
                     : run_rank(*command.task, arguments.on, skills.train, link);
        break;
      case WorkerCommand::Kind::kClear: {
        if (!is_fit) return 1;
        WorkerState idle;
        link.tell(idle);
        break;
      }
      case WorkerCommand::Kind::kLeave: return 0;
      case WorkerCommand::Kind::kDrain:
      case WorkerCommand::Kind::kFinish:
      case WorkerCommand::Kind::kCheckpoint: break;  // The link has turned them into wishes.
    }
  }
}

}  // namespace tandem

#include "executor/control/client_desk.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <zmq_addon.hpp>

#include "policies/core/error.h"

namespace tandem {
namespace {

using nlohmann::ordered_json;
using JobState = RealWorld::JobState;
using JobStatus = RealWorld::JobStatus;

constexpr std::int64_t kLongestMessage = 16 << 20;
constexpr int kPatienceMs = 5000;

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::kQueued: return "queued";
    case JobState::kStarting: return "starting";
    case JobState::kRunning: return "running";
    case JobState::kStopping: return "stopping";
    case JobState::kEnded: return "ended";
  }
  return "";
}

ordered_json seconds_or_null(const std::optional<Time>& time) {
  return time ? ordered_json(to_seconds(*time)) : ordered_json();
}

/// Seconds until a job that runs is done, at its pace so far.
ordered_json seconds_left(const JobStatus& status, double tokens_per_step) {
  const GangFigures& figures = status.figures;
  if (status.state != JobState::kRunning || figures.tokens_per_s <= 0) return nullptr;
  const auto steps = static_cast<double>(status.steps - figures.steps_done);
  return std::max(0.0, steps * tokens_per_step / figures.tokens_per_s);
}

ordered_json to_json(const JobStatus& status, double tokens_per_step, const Tenants& tenants) {
  std::vector<std::uint32_t> devices;
  for (const DeviceId device : status.devices) devices.push_back(device.value);
  const GangFigures& figures = status.figures;
  const bool has_stepped = figures.steps_done > 0;
  return {{"job_id", status.job.id.value},
          {"name", status.job.name},
          {"kind", name_of(status.job.kind)},
          {"tenant", tenants.at(status.job.tenant).name},
          {"priority", status.job.priority},
          {"state", name_of(status.state)},
          {"how", status.how},
          {"devices", devices},
          {"submit_s", to_seconds(status.submitted)},
          {"start_s", seconds_or_null(status.started)},
          {"end_s", seconds_or_null(status.ended)},
          {"steps", status.steps},
          {"steps_done", figures.steps_done},
          {"steps_saved", figures.steps_saved},
          {"loss", has_stepped ? ordered_json(figures.loss) : ordered_json()},
          {"held_out_loss",
           figures.held_out_loss ? ordered_json(*figures.held_out_loss) : ordered_json()},
          {"tokens_per_s", figures.tokens_per_s},
          {"memory_bytes", figures.memory_bytes},
          {"left_s", seconds_left(status, tokens_per_step)},
          {"folder", status.folder.string()}};
}

}  // namespace

ClientDesk::ClientDesk(zmq::context_t& context, const std::string& endpoint,
                       const RunHeader& header, RealJobs& jobs, RealWorld& world)
    : socket_(context, zmq::socket_type::router), header_(header), jobs_(jobs), world_(world) {
  socket_.set(zmq::sockopt::linger, 200);
  socket_.set(zmq::sockopt::maxmsgsize, kLongestMessage);
  socket_.bind(endpoint);
}

void ClientDesk::add_to(std::vector<zmq_pollitem_t>& items) const {
  items.push_back({const_cast<void*>(socket_.handle()), 0, ZMQ_POLLIN, 0});
}

void ClientDesk::attend() {
  std::vector<zmq::message_t> parts;
  while (zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
    const std::string reply = answer(parts.back().to_string())
                                  .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    parts.back() = zmq::message_t(reply);  // Behind the address, and the empty part of a request.
    zmq::send_multipart(socket_, parts, zmq::send_flags::dontwait);
    parts.clear();
  }
}

ordered_json ClientDesk::status() const {
  ordered_json jobs = ordered_json::array();
  for (const auto& [id, status] : world_.statuses()) {
    jobs.push_back(to_json(status, status.tokens_per_step, header_.tenants));
  }
  return {{"schema", "tandem.ps/1"},
          {"scenario", header_.scenario},
          {"policy", header_.policy},
          {"now_s", to_seconds(world_.now())},
          {"devices", header_.cluster.device_count()},
          {"jobs", std::move(jobs)}};
}

ordered_json ClientDesk::answer(const std::string& text) {
  try {
    const auto question = ordered_json::parse(text);
    const std::string wanted = question.at("do");
    if (wanted == "ps") return status();
    if (wanted == "submit") {
      return {{"submitted", jobs_.accept(question.at("text"), question.at("file"))}};
    }
    if (wanted == "cancel") {
      world_.cancel(question.at("job"));
      return {{"cancelled", question.at("job")}};
    }
    return {{"error", fmt::format("unknown request '{}'", wanted)}};
  } catch (const ordered_json::exception& error) {
    return {{"error", fmt::format("not a request: {}", error.what())}};
  } catch (const InputError& error) {
    return {{"error", error.what()}};
  }
}

ordered_json ask_controller(const RunFolder& folder, const ordered_json& question) {
  const Position where{folder.path().string(), 0, 0};
  if (!std::filesystem::exists(folder.journal())) throw InputError(where, "no run is here");
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::req);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::rcvtimeo, kPatienceMs);
  socket.connect(folder.client_endpoint());
  socket.send(zmq::buffer(question.dump()), zmq::send_flags::none);
  zmq::message_t reply;
  if (!socket.recv(reply)) {
    throw InputError(where,
                     "no controller answers; 'tandem run SCENARIO -o FOLDER' goes on with it");
  }
  auto answer = ordered_json::parse(reply.to_string());
  if (answer.contains("error")) throw InputError(answer["error"].get<std::string>());
  return answer;
}

}  // namespace tandem

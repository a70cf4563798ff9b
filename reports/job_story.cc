#include "reports/job_story.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "policies/core/csv_text.h"
#include "reports/human.h"

namespace tandem {
namespace {

using Json = nlohmann::ordered_json;

/// "2.00 h (7200 s)".
std::string spelled(Duration duration) {
  std::string exact;
  append_seconds(exact, duration);
  exact += " s";
  const std::string round = human(to_seconds(duration), Unit::kSeconds);
  const bool is_exact = duration < std::chrono::minutes(1);
  return is_exact ? exact : fmt::format("{} ({})", round, exact);
}
std::string spelled(Time time) { return spelled(time.time_since_epoch()); }

std::string plural(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// "a, b and 7 more".
std::string listed(const std::vector<std::string>& first, std::uint64_t count) {
  std::string text = fmt::format("{}", fmt::join(first, ", "));
  if (count > first.size()) text += fmt::format(" and {} more", count - first.size());
  return text;
}

std::string listed(const Few<Holder>& holders) {
  std::vector<std::string> texts;
  for (const Holder& holder : holders.first) {
    texts.push_back(fmt::format("{} {}", holder.name, holder.devices));
  }
  return listed(texts, holders.count);
}

std::string listed(const Few<Ended>& ended) {
  std::vector<std::string> texts;
  for (const Ended& end : ended.first) texts.push_back(end.job + " " + end.how);
  return listed(texts, ended.count);
}

std::string listed(const std::vector<Place>& places) {
  std::vector<std::string> texts;
  for (const Place& place : places) {
    texts.push_back(place.devices.empty() ? place.node : place.node + "[" + place.devices + "]");
  }
  return listed(texts, texts.size());
}

std::string arrival(const JobStory& story) {
  std::string text =
      fmt::format("{} of {} was submitted at {} and asked for {}.\n", story.name, story.tenant,
                  spelled(story.job.submitted), plural(story.job.demand.devices, "device"));
  text += fmt::format("{} waited ahead of it; {} of {} devices were free.\n",
                      story.waited_ahead == 0 ? "Nobody" : plural(story.waited_ahead, "job"),
                      story.devices_free, story.devices_total);
  if (story.tenants_holding.count > 0) {
    text += fmt::format("Devices were held by tenants: {}; by jobs: {}.\n",
                        listed(story.tenants_holding), listed(story.jobs_holding));
  }
  return text;
}

std::string waiting(const JobStory& story) {
  if (story.state == JobState::kRejected) return "";
  std::string text;
  if (!story.hold_reason.empty()) {
    text += fmt::format("It was held back: {}.\n", story.hold_reason);
  }
  if (story.admitted) {
    text +=
        fmt::format("At {} it was admitted: {}.\n", spelled(*story.admitted), story.admit_reason);
  }
  text += fmt::format("It waited {}", spelled(story.wait()));
  if (story.mean_wait_s) {
    text += fmt::format("; the mean of the run is {}", human(*story.mean_wait_s, Unit::kSeconds));
  }
  text += ".\n";
  if (story.overtaken_by.count > 0) {
    text += fmt::format("{} submitted later started before it: {}.\n",
                        plural(story.overtaken_by.count, "job"),
                        listed(story.overtaken_by.first, story.overtaken_by.count));
  }
  return text;
}

std::string running(const Stretch& stretch, bool again) {
  std::string text = fmt::format("At {} it started{} on {}: {}.\n", spelled(stretch.begin),
                                 again ? " again" : "", listed(stretch.places), stretch.reason);
  if (stretch.room_made_by.count > 0) {
    text += fmt::format("  Room was made when {}.\n", listed(stretch.room_made_by));
  }
  if (!stretch.end) return text;
  text += fmt::format("At {} it {}, after {}", spelled(*stretch.end), stretch.how_it_ended,
                      spelled(*stretch.end - stretch.begin));
  if (!stretch.preempt_reason.empty()) text += ": " + stretch.preempt_reason;
  text += ".\n";
  if (stretch.lost > Duration::zero()) {
    text += fmt::format("  Work of {} was lost and done again.\n", spelled(stretch.lost));
  }
  return text;
}

std::string end_of(const JobStory& story) {
  switch (story.state) {
    case JobState::kQueued:
      return fmt::format("At {} it was still waiting.\n", spelled(story.last));
    case JobState::kRunning:
      return fmt::format("At {} it was still running.\n", spelled(story.last));
    case JobState::kRejected:
      return fmt::format("At {} it was rejected: {}.\n", spelled(*story.ended),
                         story.reject_reason);
    case JobState::kCancelled:
      if (!story.stretches.empty() && story.stretches.back().end == story.ended) return "";
      return fmt::format("At {} it was cancelled while it waited.\n", spelled(*story.ended));
    case JobState::kCompleted:
      return fmt::format("From submission to end it took {}.\n",
                         spelled(*story.ended - story.job.submitted));
    case JobState::kFailed: return "";
  }
  return "";
}

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::kQueued: return "queued";
    case JobState::kRunning: return "running";
    case JobState::kCompleted: return "completed";
    case JobState::kFailed: return "failed";
    case JobState::kCancelled: return "cancelled";
    case JobState::kRejected: return "rejected";
  }
  return "unknown";
}

Json json_of(const Few<Holder>& holders, const char* kind) {
  Json first = Json::array();
  for (const Holder& holder : holders.first) {
    first.push_back({{kind, holder.name}, {"devices", holder.devices}});
  }
  return {{"count", holders.count}, {"first", std::move(first)}};
}

Json json_of(const Stretch& stretch) {
  Json places = Json::array();
  for (const Place& place : stretch.places) {
    places.push_back({{"node", place.node}, {"devices", place.devices}});
  }
  Json room = Json::array();
  for (const Ended& ended : stretch.room_made_by.first) {
    room.push_back({{"job", ended.job}, {"how", ended.how}});
  }
  Json json = {{"start_s", to_seconds(stretch.begin)},
               {"reason", stretch.reason},
               {"nodes", std::move(places)},
               {"room_made_by", {{"count", stretch.room_made_by.count}, {"first", room}}},
               {"end_s", nullptr},
               {"end", stretch.how_it_ended},
               {"lost_s", to_seconds(stretch.lost)}};
  if (stretch.end) json["end_s"] = to_seconds(*stretch.end);
  if (!stretch.preempt_reason.empty()) json["preempt_reason"] = stretch.preempt_reason;
  return json;
}

}  // namespace

Duration JobStory::wait() const {
  if (!stretches.empty()) return stretches.front().begin - job.submitted;
  return ended.value_or(last) - job.submitted;
}

std::string story_text(const JobStory& story) {
  std::string text = arrival(story) + waiting(story);
  for (std::size_t i = 0; i < story.stretches.size(); ++i) {
    text += running(story.stretches[i], i > 0);
  }
  return text + end_of(story);
}

Json story_json(const JobStory& story) {
  Json stretches = Json::array();
  for (const Stretch& stretch : story.stretches) stretches.push_back(json_of(stretch));
  Json json = {
      {"job", story.name},
      {"tenant", story.tenant},
      {"devices", story.job.demand.devices},
      {"submit_s", to_seconds(story.job.submitted)},
      {"waited_ahead", story.waited_ahead},
      {"devices_free", story.devices_free},
      {"devices_total", story.devices_total},
      {"tenants_holding", json_of(story.tenants_holding, "tenant")},
      {"jobs_holding", json_of(story.jobs_holding, "job")},
      {"overtaken_by", {{"count", story.overtaken_by.count}, {"first", story.overtaken_by.first}}},
      {"wait_s", to_seconds(story.wait())},
      {"mean_wait_s", nullptr},
      {"runs", std::move(stretches)},
      {"state", name_of(story.state)},
      {"end_s", nullptr}};
  if (story.mean_wait_s) json["mean_wait_s"] = *story.mean_wait_s;
  if (story.ended) json["end_s"] = to_seconds(*story.ended);
  if (!story.hold_reason.empty()) json["hold_reason"] = story.hold_reason;
  if (story.admitted) {
    json["admitted_s"] = to_seconds(*story.admitted);
    json["admit_reason"] = story.admit_reason;
  }
  if (!story.reject_reason.empty()) json["reject_reason"] = story.reject_reason;
  return json;
}

}  // namespace tandem

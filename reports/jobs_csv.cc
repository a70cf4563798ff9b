#include "reports/jobs_csv.h"

#include <fmt/format.h>

#include <iterator>
#include <variant>

#include "policies/core/csv_text.h"

namespace tandem {
namespace {

void append_time(std::string& out, std::optional<Time> time) {
  if (time) append_seconds(out, time->time_since_epoch());
}

}  // namespace

JobsCsv::JobsCsv(const std::filesystem::path& path) : file_(path) {
  file_.write("job_id,tenant,submit_s,start_s,end_s,wait_s,devices,state,reason,cost,energy_kwh\n");
}

void JobsCsv::begin_run(const RunHeader& header) {
  for (const Tenant& tenant : header.tenants.all()) {
    append_field(tenants_.emplace_back(), tenant.name);
  }
}

void JobsCsv::event(const Event& event) {
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    const Job& job = submitted->job;
    if (active_.contains(job.id)) return;
    active_.emplace(job.id, Active{job.name, job.tenant, job.demand.devices, false, job.submitted,
                                   std::nullopt, std::string(), std::nullopt, std::nullopt});
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    end(finished->job, "completed");
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    end(failed->job, "failed");
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    end(cancelled->job, "cancelled");
  } else if (const auto* stopped = std::get_if<Stopped>(&event)) {
    if (Active* job = active_.find(stopped->job)) job->holds = false;
  }
}

void JobsCsv::action(const Action& action) {
  if (const auto* start = std::get_if<Start>(&action)) {
    Active* job = active_.find(start->job);
    if (job == nullptr) return;
    if (!job->first_start) job->first_start = now_;
    job->holds = true;
    job->reason = start->reason;
  } else if (const auto* share = std::get_if<Share>(&action)) {
    Active* job = active_.find(share->job);
    if (job == nullptr) return;
    if (!job->first_start) job->first_start = now_;
    job->holds = true;
    job->reason = share->reason;
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    if (Active* job = active_.find(reject->job)) job->reason = reject->reason;
    end(reject->job, "rejected");
  }
}

void JobsCsv::end(JobId id, std::string_view state) {
  const Active* job = active_.find(id);
  if (job == nullptr) return;
  write_row(*job, now_, state);
  active_.erase(id);
}

void JobsCsv::write_row(const Active& job, std::optional<Time> ended, std::string_view state) {
  row_.clear();
  append_field(row_, job.name);
  row_.append(",").append(tenants_[job.tenant.value]).append(",");
  append_time(row_, job.submitted);
  row_ += ',';
  append_time(row_, job.first_start);
  row_ += ',';
  append_time(row_, ended);
  row_ += ',';
  if (job.first_start) append_seconds(row_, *job.first_start - job.submitted);
  row_.append(",").append(std::to_string(job.devices)).append(",").append(state).append(",");
  append_field(row_, job.reason);
  row_ += ',';
  if (job.cost) fmt::format_to(std::back_inserter(row_), "{:.6g}", *job.cost);
  row_ += ',';
  if (job.energy_kwh) fmt::format_to(std::back_inserter(row_), "{:.6g}", *job.energy_kwh);
  row_ += '\n';
  file_.write(row_);
}

void JobsCsv::bill(JobId id, const Bill& bill, const DeviceFigures& figures) {
  Active* job = active_.find(id);
  if (job == nullptr) return;
  job->cost = cost_of(bill);
  job->energy_kwh = energy_kwh_of(bill, figures);
}

void JobsCsv::finish() {
  active_.for_each([this](const Active& job) {
    write_row(job, std::nullopt, job.holds ? "running" : "queued");
  });
  file_.commit();
}

}  // namespace tandem

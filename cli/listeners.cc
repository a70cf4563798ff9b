#include "cli/listeners.h"

#include <sys/resource.h>

#include <chrono>
#include <string>

namespace tandem {
namespace {

DeviceFigures figures_of(const Scenario& scenario) {
  DeviceFigures figures{
      scenario.price_per_device_hour, {}, {}, scenario.is_spot, scenario.facility_factor,
      scenario.carbon_g_per_kwh};
  for (const DevicePower& power : scenario.power) {
    figures.busy_watts.push_back(power.busy_watts);
    figures.idle_watts.push_back(power.idle_watts);
  }
  return figures;
}

std::vector<ServiceInfo> infos_of(const Scenario& scenario) {
  std::vector<ServiceInfo> infos;
  for (const ServiceSettings& service : scenario.services) {
    infos.push_back({service.name, service.objectives, service.provenance, service.band_low,
                     service.band_high});
  }
  return infos;
}

void fill_engine(EngineFigures& engine, double begun) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  engine.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  engine.wall_s = monotonic_seconds() - begun;
  engine.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Listeners::Listeners(const Scenario& scenario, const std::filesystem::path& folder, Writes writes)
    : metrics_(figures_of(scenario)), services_(infos_of(scenario), scenario.tenants) {
  recorders_ = {&metrics_, &findings_};
  request_recorders_ = {&services_};
  if (writes == Writes::kNothing) return;
  if (!scenario.services.empty()) write_requests(scenario, folder / "requests.csv", writes);
  write_jobs(folder);
  if (writes == Writes::kAll) write_journal(folder);
}

void Listeners::write_requests(const Scenario& scenario, const std::filesystem::path& path,
                               Writes writes) {
  std::vector<std::string> names;
  for (const ServiceSettings& service : scenario.services) names.push_back(service.name);
  if (writes == Writes::kAll) {
    requests_file_.emplace(path);
    requests_.emplace([this](std::string_view row) { requests_file_->write(row); }, names,
                      scenario.tenants);
  } else {
    requests_log_.emplace(path);
    requests_.emplace([this](std::string_view row) { requests_log_->write(row); }, names,
                      scenario.tenants, !requests_log_->is_new());
  }
  request_recorders_.push_back(&*requests_);
}

void Listeners::write_jobs(const std::filesystem::path& folder) {
  jobs_.emplace(folder / "jobs.csv");
  metrics_.set_bill_listener([this](JobId job, const Bill& bill, const DeviceFigures& figures) {
    jobs_->bill(job, bill, figures);
  });
  recorders_.push_back(&*jobs_);
}

void Listeners::write_journal(const std::filesystem::path& folder) {
  journal_file_.emplace(folder);
  journal_.emplace([this](std::string_view text) { journal_file_->write(text); });
  recorders_.push_back(&*journal_);
}

RunResult Listeners::finish(double begun) {
  if (requests_file_) requests_file_->commit();
  if (journal_) {
    journal_->finish();
    journal_file_->finish();
  }
  if (jobs_) jobs_->finish();
  RunResult result = metrics_.result();
  result.services = services_.result();
  result.findings = findings_.result(result);
  fill_engine(result.engine, begun);
  return result;
}

}  // namespace tandem

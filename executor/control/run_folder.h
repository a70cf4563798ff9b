// Where a run keeps what it must not lose, and what people look at.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "policies/core/ids.h"

namespace tandem {

/// Paths below the folder of one run.
class RunFolder {
 public:
  explicit RunFolder(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path journal() const { return folder_ / "journal"; }
  std::filesystem::path store() const { return folder_ / "accepted.sqlite"; }
  std::filesystem::path workers() const { return folder_ / "workers"; }
  std::filesystem::path text_cache() const { return folder_ / "text"; }
  /// Of a job: losses.csv, rank-N.log, checkpoints.
  std::filesystem::path job(JobId id, std::string_view name) const;
  /// For ZeroMQ. Only the owner can connect: the sockets lie in a folder of mode 0700, which is in
  /// /tmp if the run's own path is too long for a socket.
  std::string worker_endpoint() const { return "ipc://" + (sockets_ / "workers").string(); }
  std::string client_endpoint() const { return "ipc://" + (sockets_ / "clients").string(); }
  std::string replica_endpoint() const { return "ipc://" + (sockets_ / "replicas").string(); }
  /// Makes the folders.
  void create() const;

 private:
  std::filesystem::path folder_;  ///< Absolute.
  std::filesystem::path sockets_;
};

/// Held while a controller works on a run's folder.
class ControllerLock {
 public:
  /// Throws InputError that names the process if another controller holds it.
  explicit ControllerLock(const RunFolder& folder);
  ~ControllerLock();
  ControllerLock(const ControllerLock&) = delete;
  ControllerLock& operator=(const ControllerLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace tandem

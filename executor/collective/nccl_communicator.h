// A communicator of NCCL that never blocks the process: every call is begun and then looked at
// until it is done, or has failed, or took longer than the patience; then it is aborted. NVIDIA,
// NCCL user guide, "Fault tolerance".
#pragma once

#include <nccl.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace tandem {

class NcclCommunicator {
 public:
  /// On the current device. `title` is how errors call it. Ranks find each other through a file.
  NcclCommunicator(const std::filesystem::path& file, std::string title, int rank, int members,
                   std::chrono::milliseconds patience);
  ~NcclCommunicator();
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  /// Makes a call of NCCL and waits until it is on its stream. Throws GroupLost.
  void call(const std::function<ncclResult_t(ncclComm_t)>& begin);
  /// Looks until `done` holds. Throws GroupLost.
  void wait_until(const std::function<bool()>& done);

 private:
  [[noreturn]] void abort(const std::string& why);

  std::string title_;
  std::chrono::milliseconds patience_;
  ncclComm_t communicator_ = nullptr;  ///< None: it was aborted.
};

}  // namespace tandem

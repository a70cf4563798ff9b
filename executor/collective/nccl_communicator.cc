#include "executor/collective/nccl_communicator.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include "executor/collective/group.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kLook{50};

void write_id(const std::filesystem::path& file) {
  ncclUniqueId id;
  if (ncclGetUniqueId(&id) != ncclSuccess) throw GroupLost("NCCL: " + file.string() + ": no id");
  const std::filesystem::path unfinished = file.string() + ".partial";
  std::ofstream(unfinished, std::ios::binary).write(id.internal, sizeof id.internal);
  std::filesystem::rename(unfinished, file);
}

std::optional<ncclUniqueId> read_id(const std::filesystem::path& file) {
  ncclUniqueId id;
  std::ifstream in(file, std::ios::binary);
  if (!in.read(id.internal, sizeof id.internal)) return std::nullopt;
  return id;
}

}  // namespace

NcclCommunicator::NcclCommunicator(const std::filesystem::path& file, std::string title, int rank,
                                   int members, std::chrono::milliseconds patience)
    : title_(std::move(title)), patience_(patience) {
  if (rank == 0) write_id(file);
  std::optional<ncclUniqueId> id;
  wait_until([&] { return (id = read_id(file)).has_value(); });
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  const ncclResult_t begun = ncclCommInitRankConfig(&communicator_, members, *id, rank, &config);
  call([begun](ncclComm_t) { return begun; });
}

NcclCommunicator::~NcclCommunicator() {
  if (communicator_ == nullptr) return;
  try {
    call([](ncclComm_t communicator) { return ncclCommFinalize(communicator); });
    ncclCommDestroy(communicator_);
  } catch (const GroupLost&) {
    // The others are gone: it is aborted by now, and there is nobody to say it to.
  }
}

void NcclCommunicator::call(const std::function<ncclResult_t(ncclComm_t)>& begin) {
  if (communicator_ == nullptr) throw GroupLost(title_ + ": was lost before");
  const ncclResult_t begun = begin(communicator_);
  if (begun != ncclSuccess && begun != ncclInProgress) abort(ncclGetErrorString(begun));
  wait_until([this] {
    ncclResult_t state = ncclSuccess;
    ncclCommGetAsyncError(communicator_, &state);
    return state == ncclSuccess;
  });
}

void NcclCommunicator::wait_until(const std::function<bool()>& done) {
  const Clock::time_point deadline = Clock::now() + patience_;
  while (!done()) {
    if (communicator_ != nullptr) {
      ncclResult_t state = ncclSuccess;
      ncclCommGetAsyncError(communicator_, &state);
      if (state != ncclSuccess && state != ncclInProgress) abort(ncclGetErrorString(state));
    }
    if (Clock::now() > deadline) abort("nothing came within the patience");
    std::this_thread::sleep_for(kLook);
  }
}

void NcclCommunicator::abort(const std::string& why) {
  if (communicator_ != nullptr) ncclCommAbort(std::exchange(communicator_, nullptr));
  throw GroupLost(fmt::format("{}: {}", title_, why));
}

}  // namespace tandem

#include "executor/collective/group.h"

#include <csignal>

#include "executor/collective/gloo_group.h"
#include "executor/collective/solo_group.h"
#include "policies/core/check.h"
#include "policies/core/error.h"
#ifdef TANDEM_CUDA
#include "executor/collective/nccl_group.h"
#endif

namespace tandem {

std::unique_ptr<Group> make_group(const std::string& device, const std::filesystem::path& folder,
                                  const std::string& name, int rank, int members,
                                  std::chrono::milliseconds patience) {
  CHECK(rank >= 0 && rank < members, "rank {} of {}", rank, members);
  if (members == 1) return std::make_unique<SoloGroup>();
  // A lost member is an error of a call, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  if (device == "cpu") return make_gloo_group(folder, name, rank, members, patience);
#ifdef TANDEM_CUDA
  if (device.starts_with("cuda")) {
    return make_nccl_group(device, folder, name, rank, members, patience);
  }
#endif
  throw InputError("device '" + device + "': no way for ranks on it to talk to each other here");
}

}  // namespace tandem

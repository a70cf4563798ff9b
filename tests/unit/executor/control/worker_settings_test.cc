// What the environment of a worker says.
#include "executor/control/worker_settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "executor/control/local_launcher.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

/// The kernel shows it a moment after the process is there.
std::string environment_of(std::int32_t pid) {
  std::ostringstream text;
  for (int tries = 0; tries < 1000 && text.view().empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    text << std::ifstream(fmt::format("/proc/{}/environ", pid)).rdbuf();
    text.clear();  // Of the failure to copy nothing.
  }
  return text.str();
}

class WorkerSettings : public testing::Test {
 protected:
  WorkerSettings() { unset(); }
  ~WorkerSettings() override { unset(); }

 private:
  static void unset() {
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("GLIBC_TUNABLES");
  }
};

TEST_F(WorkerSettings, SayWhatTheUserDoesNot) {
  EXPECT_EQ(worker_settings(), (std::vector<std::string>{"OMP_WAIT_POLICY=passive",
                                                         "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"}));
  setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=2", 1);
  EXPECT_EQ(worker_settings(), (std::vector<std::string>{"OMP_WAIT_POLICY=passive"}));
}

TEST_F(WorkerSettings, AreInTheEnvironmentOfWorkers) {
  const TemporaryFile log("worker-settings", "");
  setenv("OMP_WAIT_POLICY", "active", 1);
  LocalLauncher launcher({TANDEM_BINARY_DIR "/sleeping-worker",
                          log.folder(),
                          "ipc://" + (log.folder() / "nobody").string(),
                          {"cpu"},
                          1'000});
  const auto worker = launcher.launch(DeviceId{0});
  const std::string text = environment_of(worker->pid());
  worker->kill();
  EXPECT_NE(text.find("GLIBC_TUNABLES=glibc.malloc.hugetlb=1"), std::string::npos);
  EXPECT_NE(text.find("OMP_WAIT_POLICY=active"), std::string::npos);
  EXPECT_EQ(text.find("OMP_WAIT_POLICY=passive"), std::string::npos);
}

}  // namespace
}  // namespace tandem

// What the environment of a worker says.
#include "executor/control/worker_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "executor/control/local_launcher.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

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
  std::ostringstream text;
  text << std::ifstream("/proc/" + std::to_string(worker->pid()) + "/environ").rdbuf();
  worker->kill();
  EXPECT_NE(text.str().find("GLIBC_TUNABLES=glibc.malloc.hugetlb=1"), std::string::npos);
  EXPECT_NE(text.str().find("OMP_WAIT_POLICY=active"), std::string::npos);
  EXPECT_EQ(text.str().find("OMP_WAIT_POLICY=passive"), std::string::npos);
}

}  // namespace
}  // namespace tandem

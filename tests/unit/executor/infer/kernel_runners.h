// What kernels are tested on: teams of one thread, teams of several threads of a processor, and
// where CUDA is, a GPU.
#pragma once

#include <memory>
#include <string>

#include "executor/infer/device/kernels.h"

namespace tandem {

/// One team after the other, each of one thread.
std::unique_ptr<KernelRunner> make_solo_runner();
/// One team after the other, each of several threads that really run at one time: a kernel that
/// does not wait where it must is found out, above all under the thread sanitizer.
std::unique_ptr<KernelRunner> make_threads_runner();

/// A device and what runs kernels there.
struct TestDevice {
  std::string name;  ///< As LibTorch has it.
  std::unique_ptr<KernelRunner> runner;
};
/// The one that this program tests, with whole models and with single kernels; without a runner if
/// this machine has none.
TestDevice test_device();
TestDevice kernel_test_device();

}  // namespace tandem

#include "tests/unit/executor/infer/kernel_runners.h"

namespace tandem {

TestDevice test_device() { return {"cpu", make_solo_runner()}; }
TestDevice kernel_test_device() { return {"cpu", make_threads_runner()}; }

}  // namespace tandem

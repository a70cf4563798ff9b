#include "tests/unit/executor/infer/kernel_runners.h"

#include <barrier>
#include <thread>
#include <vector>

namespace tandem {
namespace {

struct SoloTeam {
  int thread() const { return 0; }
  int threads() const { return 1; }
  void meet() const {}
};

constexpr int kThreads = 4;

class ThreadTeam {
 public:
  ThreadTeam(int thread, std::barrier<>& barrier) : thread_(thread), barrier_(barrier) {}
  int thread() const { return thread_; }
  int threads() const { return kThreads; }
  void meet() const { barrier_.arrive_and_wait(); }

 private:
  int thread_;
  std::barrier<>& barrier_;
};

/// Filled with what is no number: nothing may be read before it is written.
std::vector<std::max_align_t> shared_memory(std::size_t bytes) {
  std::vector<std::max_align_t> memory(bytes / sizeof(std::max_align_t) + 1);
  auto* const first = reinterpret_cast<std::byte*>(memory.data());
  std::fill(first, first + memory.size() * sizeof(std::max_align_t), std::byte{0xFF});
  return memory;
}

class SoloRunner final : public KernelRunner {
 public:
  void run(const Kernel& kernel) override {
    std::visit(
        [](const auto& body) {
          for (std::int64_t team = 0; team < body.teams(); ++team) {
            auto memory = shared_memory(body.shared_bytes());
            body(SoloTeam{}, team, reinterpret_cast<std::byte*>(memory.data()));
          }
        },
        kernel);
  }
};

class ThreadsRunner final : public KernelRunner {
 public:
  void run(const Kernel& kernel) override {
    std::visit([](const auto& body) { run_body(body); }, kernel);
  }

 private:
  template <class Body>
  static void run_body(const Body& body) {
    std::vector<std::vector<std::max_align_t>> memory;
    for (std::int64_t team = 0; team < body.teams(); ++team) {
      memory.push_back(shared_memory(body.shared_bytes()));
    }
    std::barrier barrier(kThreads);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::int64_t team = 0; team < body.teams(); ++team) {
          auto* const shared = memory[static_cast<std::size_t>(team)].data();
          body(ThreadTeam(thread, barrier), team, reinterpret_cast<std::byte*>(shared));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace

std::unique_ptr<KernelRunner> make_solo_runner() { return std::make_unique<SoloRunner>(); }
std::unique_ptr<KernelRunner> make_threads_runner() { return std::make_unique<ThreadsRunner>(); }

}  // namespace tandem

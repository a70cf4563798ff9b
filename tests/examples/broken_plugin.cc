// A policy that does what its parameter says is wrong: for the tests of what happens then.
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "policies/plugin/tandem_policy.h"

namespace {

struct Broken {
  std::string fault;
  std::vector<std::uint32_t> waiting;
};

void* create(const TandemSurroundings*, const char* const* values) {
  if (std::strcmp(values[0], "refuse") == 0) return nullptr;
  return new Broken{values[0], {}};
}

void destroy(void* policy) { delete static_cast<Broken*>(policy); }

void observe(void* policy, const TandemEvent* event) {
  auto& self = *static_cast<Broken*>(policy);
  if (self.fault == "throw") throw std::runtime_error("out of ideas");
  if (event->kind == TANDEM_SUBMITTED) self.waiting.push_back(event->id);
}

void schedule(void* policy, std::int64_t, const TandemPlan* plan) {
  auto& self = *static_cast<Broken*>(policy);
  if (self.fault == "twice" && self.waiting.size() > 1) {
    const std::uint32_t device = 0;
    for (const std::uint32_t job : self.waiting) {
      plan->start_on(plan->draft, job, &device, 1, "the same for all");
    }
  }
  if (self.fault == "unknown") plan->preempt(plan->draft, 123456, "whoever that is");
}

}  // namespace

extern "C" const TandemPolicy* tandem_policy() {
  static const TandemParameter fault{"fault", "idle", "refuse, throw, twice, unknown or idle"};
  static const TandemPolicy policy{BROKEN_ABI, "broken", "Breaks rules.", "",
                                   "",         "",       &fault,          1,
                                   create,     destroy,  observe,         schedule};
  return &policy;
}

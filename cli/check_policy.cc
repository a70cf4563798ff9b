// tandem policies check: a policy from outside against the laws of all policies.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "sim/check/policy_check.h"

namespace tandem {

int run_check_policy(const Arguments& arguments) {
  const std::string policy = load_policy_plugins({arguments.checked_plugin}).front();
  const PolicyCheck check = check_policy(policy, arguments.workloads);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"policy", policy},
                                   {"workloads", check.workloads},
                                   {"passed", check.broken.empty()},
                                   {"broken", check.broken}};
    if (!check.broken.empty()) json["seed"] = check.seed;
    print_json(json);
  } else if (check.broken.empty()) {
    print_output(
        fmt::format("Policy '{}' kept every law in {} random workloads: no device twice, "
                    "gangs whole, quotas kept, every job ended that can run, equal runs "
                    "equal, replays equal.\n",
                    policy, check.workloads));
  } else {
    print_output(fmt::format("Policy '{}' broke a law in random workload {}:\n{}\n", policy,
                             check.seed, check.broken));
  }
  return check.broken.empty() ? 0 : 1;
}

}  // namespace tandem

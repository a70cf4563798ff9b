// A policy behind the C interface, as the scheduler sees it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/policy.h"
#include "policies/core/quota_ledger.h"
#include "policies/parts.h"
#include "policies/placement/placement.h"
#include "policies/plugin/tandem_policy.h"

namespace tandem {

/// What a library offers, as a part that can be named. Throws InputError, with `file` in the
/// message, for another version of the interface and for a description with holes. The description
/// must stay loaded.
Part<Policy> plugin_part(const TandemPolicy& description, const std::string& file);

/// Nothing that a library does gets past this: what it throws, and rules it breaks inside a call,
/// come out of observe() and schedule() as RuleBroken.
class PluginPolicy final : public Policy {
 public:
  /// Throws InputError if the library refuses the values, which are those of its parameters.
  PluginPolicy(const TandemPolicy& description, const Surroundings& surroundings,
               const std::vector<std::string>& values);
  ~PluginPolicy() override;
  PluginPolicy(const PluginPolicy&) = delete;
  PluginPolicy& operator=(const PluginPolicy&) = delete;

  void observe(const Event& event, Time now) override;
  void schedule(const ClusterView& view, Plan& plan) override;

 private:
  struct Known {
    Job job;
    Allocation allocation;  ///< Empty while it waits.
    std::uint64_t thousandths() const {
      return allocation.devices.size() * job.demand.device_share;
    }
  };
  /// The surroundings in the form of the interface; its pointers are into the rest.
  struct Described {
    std::vector<const char*> types;
    std::vector<TandemNode> nodes;
    std::vector<TandemTenant> tenants;
    std::vector<std::vector<std::uint32_t>> speeds;
    std::vector<TandemModel> models;
    TandemSurroundings all{};
  };
  class Draft;

  void let_go(Known& known);
  void describe(const Surroundings& surroundings);
  /// Runs a call into the library.
  template <class Call>
  void guarded(const char* what, Call call);

  const TandemPolicy& description_;
  Described described_;
  PagedMap<JobId, Known> jobs_;
  QuotaLedger held_;
  void* policy_ = nullptr;
};

}  // namespace tandem

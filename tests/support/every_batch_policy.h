// Batch policies by all that the registry knows, for laws that hold under each of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "policies/batch/batch_registry.h"

namespace tandem {

/// Every order alone, with each other part, and with all of them; parameters are those under which
/// short requests meet each other.
inline std::vector<std::string> every_batch_policy() {
  const std::map<std::string, std::vector<std::string>> told{
      {"las", {"las:quantum=16"}},
      {"mlfq", {"mlfq:first=32:promote=2"}},
      {"preempt", {"preempt:quantum=3"}},
      {"victim", {"victim:by=lowest", "victim:by=largest"}}};
  std::vector<std::string> orders;
  std::vector<std::string> others{""};
  std::string all;
  for (const PartInfo& part : batch_policy_parts()) {
    const auto found = told.find(part.name);
    const std::vector<std::string> texts =
        found == told.end() ? std::vector{part.name} : found->second;
    if (part.kind == PartKind::kOrder) {
      orders.push_back(texts.front());
      continue;
    }
    for (const std::string& text : texts) others.push_back("+" + text);
    all += "+" + texts.front();
  }
  others.push_back(all);
  std::vector<std::string> policies;
  for (const std::string& order : orders) {
    for (const std::string& other : others) policies.push_back(order + other);
  }
  return policies;
}

/// A policy as a name of a test.
inline std::string test_name(const testing::TestParamInfo<std::string>& instance) {
  std::string name = instance.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace tandem

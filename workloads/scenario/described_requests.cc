// A document made of overrides alone, so that every value has a name of its own in messages.
#include "workloads/requests/described_requests.h"

#include <utility>

#include "workloads/format/check.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {

DescribedRequests described_requests(const std::vector<Override>& keys) {
  Document document = parse_document("{}", "requests");
  for (const Override& key : keys) apply_override(document, key.path, key.value, key.source);
  ScenarioBuild build(document, {});
  check_form(document, *requests_spec(), build.problems);
  build.problems.throw_if_any();
  RequestPlan plan = read_requests(document.root, {}, build);
  build.problems.throw_if_any();
  return {std::move(plan), std::move(build.scenario.tenants)};
}

}  // namespace tandem

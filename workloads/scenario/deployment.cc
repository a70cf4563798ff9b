// The key `deployment` of a service: how it is really served.
#include "workloads/deployment.h"

#include "workloads/scenario/build.h"

namespace tandem {
namespace {

ServedTokens tokens_of(const Value& value) {
  if (value.text == "gpt2") return ServedTokens::kGpt2;
  return value.text == "folder" ? ServedTokens::kFolder : ServedTokens::kBytes;
}

}  // namespace

Deployment deployment_of(const Value* value, ScenarioBuild& build) {
  Deployment deployment;
  if (value == nullptr) return deployment;
  if (const Value* weights = value->find("weights")) {
    deployment.weights = absolute_path_named(*weights, build);
  }
  if (const Value* seed = value->find("seed")) {
    deployment.seed = static_cast<std::uint64_t>(integer_of(*seed));
  }
  const Value* precision = value->find("precision");
  if (precision != nullptr && precision->text == "fp32") deployment.precision = Precision::kFp32;
  if (const Value* tokens = value->find("tokens")) deployment.tokens = tokens_of(*tokens);
  if (const Value* vocabulary = value->find("vocabulary")) {
    deployment.vocabulary = absolute_path_named(*vocabulary, build);
  }
  if (const Value* chat = value->find("chat")) deployment.chat = chat->text;
  if (deployment.tokens == ServedTokens::kGpt2 && deployment.vocabulary.empty()) {
    build.fail(*value, "deployment: 'tokens: gpt2' needs a 'vocabulary' file");
  }
  if (deployment.tokens == ServedTokens::kFolder && deployment.weights.empty()) {
    build.fail(*value, "deployment: 'tokens: folder' needs 'weights', the folder");
  }
  return deployment;
}

}  // namespace tandem

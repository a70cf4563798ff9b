// What a replica is to serve arrives at its worker as the controller has it.

#include "executor/spec/serving_spec.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

TEST(ServingSpecs, ArriveWhole) {
  ServingSpec spec;
  spec.model = built_in_catalog().model("llama-1m");
  spec.deployment.weights = "/weights";
  spec.deployment.precision = Precision::kFp32;
  spec.deployment.tokens = ServedTokens::kFolder;
  spec.engine.kv_blocks = 77;
  spec.engine.batch_tokens = 300;
  spec.engine.prefix_caching = true;
  spec.engine.hash_tokens = 16;
  spec.batch_policy = "fair-share+swap";
  const TenantId top = spec.tenants.add("top", {}, 3);
  spec.tenants.add("top/one", top, 2);
  spec.first_token_limit = std::chrono::milliseconds(800);
  spec.end_tokens = {2, 9};
  spec.front = "ipc:///tmp/x";
  const ServingSpec read = serving_spec_of(to_json(spec));
  EXPECT_EQ(to_json(read), to_json(spec));
  EXPECT_EQ(read.tenants.at({1}).parent, top);
  EXPECT_EQ(read.tenants.at({1}).shares, 2);
  EXPECT_EQ(read.engine.kv_blocks, 77);
  EXPECT_EQ(read.end_tokens, spec.end_tokens);
  EXPECT_EQ(read.deployment.precision, Precision::kFp32);
}

TEST(ServingSpecs, DamagedOnesAreRefused) {
  nlohmann::json json = to_json(ServingSpec{});
  json.erase("engine");
  EXPECT_THROW(serving_spec_of(json), InputError);
}

TEST(ServingSpecs, WhatIsNotServedSaysWhy) {
  EXPECT_EQ(why_not_servable(built_in_catalog().model("llama-1m")), "");
  EXPECT_EQ(why_not_servable(built_in_catalog().model("gpt2")), "");
  EXPECT_NE(why_not_servable(built_in_catalog().model("mixtral-8x7b")), "");
}

}  // namespace
}  // namespace tandem

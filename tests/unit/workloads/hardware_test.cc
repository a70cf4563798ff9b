#include "workloads/catalog/hardware.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/error_of.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

TEST(DeviceTypes, AreOrderedByName) {
  const auto types = device_types();
  EXPECT_GE(types.size(), 14U);
  for (std::size_t i = 1; i < types.size(); ++i) EXPECT_LT(types[i - 1].name, types[i].name);
}

TEST(DeviceTypes, AllHaveSources) {
  for (const DeviceType& type : device_types()) {
    EXPECT_TRUE(is_name(type.name)) << type.name;
    EXPECT_EQ(type.name, lower_case(type.name));
    EXPECT_FALSE(type.title.empty()) << type.name;
    ASSERT_FALSE(type.sources.empty()) << type.name;
    for (const std::string& source : type.sources) {
      EXPECT_NE(source.find(", https://"), std::string::npos) << type.name << ": " << source;
    }
  }
}

TEST(DeviceTypes, AllAreOfThisWorld) {
  const auto within = [](std::optional<double> figure, double least, double most) {
    return !figure || (*figure >= least && *figure <= most);
  };
  for (const DeviceType& type : device_types()) {
    EXPECT_GE(type.memory, Bytes{8'000'000'000}) << type.name;
    EXPECT_LE(type.memory, Bytes{6'000'000'000'000}) << type.name;
    EXPECT_TRUE(within(type.memory_bytes_per_s, 100e9, 20e12)) << type.name;
    EXPECT_TRUE(within(type.peak_fp32, 1e12, 200e12)) << type.name;
    EXPECT_TRUE(within(type.peak_bf16, 10e12, 5e15)) << type.name;
    EXPECT_TRUE(within(type.peak_fp16, 10e12, 5e15)) << type.name;
    EXPECT_TRUE(within(type.peak_fp8, 100e12, 10e15)) << type.name;
    EXPECT_TRUE(within(type.link_bytes_per_s, 100e9, 4e12)) << type.name;
    EXPECT_TRUE(within(type.busy_watts, 50, 1500)) << type.name;
    EXPECT_TRUE(within(type.idle_watts, 1, type.busy_watts.value_or(1500))) << type.name;
    if (!type.peak_fp8) continue;
    // At half the width, twice as fast: a figure with sparsity would stand out.
    EXPECT_NEAR(*type.peak_fp8 / type.peak_bf16.value(), 2, 0.05) << type.name;
  }
}

TEST(DeviceTypes, KnowTheUsualOnes) {
  EXPECT_EQ(device_type("a100-sxm-80g").peak_bf16, 312e12);
  EXPECT_EQ(device_type("h100-sxm").title, "NVIDIA H100 SXM5 80 GB");
  EXPECT_EQ(device_type("h100-sxm").memory, Bytes{80'000'000'000});
  EXPECT_EQ(device_type("h100-sxm").memory_bytes_per_s, 3.35e12);
  EXPECT_EQ(device_type("h100-sxm").peak_bf16, 989.5e12);
  EXPECT_EQ(device_type("h100-sxm").peak_fp8, 1979e12);
  EXPECT_EQ(device_type("h200-sxm").memory_bytes_per_s, 4.8e12);
  EXPECT_FALSE(device_type("v100-sxm-16g").peak_bf16);
  EXPECT_FALSE(device_type("l40s").link_bytes_per_s);
  for (const char* name : {"a100-sxm-40g", "a100-pcie-80g", "h100-pcie", "b200-sxm", "v100-sxm-32g",
                           "t4", "a10", "p100-pcie-16g", "cpu-epyc-9654"}) {
    EXPECT_EQ(device_type(name).name, name);
  }
}

TEST(DeviceTypes, SuggestTheNearest) {
  EXPECT_EQ(error_of([] { device_type("h100-smx"); }),
            "there is no device type 'h100-smx' in the catalogue (did you mean 'h100-sxm'?)");
}

}  // namespace
}  // namespace tandem

// Models and fabrics of the catalogue, and catalogue files of users.
#include "workloads/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::int64_t parameters_of(const char* name) { return parameters(built_in_catalog().model(name)); }

TEST(Architectures, HaveExactlyTheirPublishedParameters) {
  // Sizes of the published checkpoints: the total of their safetensors indices, or of the papers.
  EXPECT_EQ(parameters_of("gpt2"), 124'439'808);
  EXPECT_EQ(parameters_of("gpt2-medium"), 354'823'168);
  EXPECT_EQ(parameters_of("gpt2-large"), 774'030'080);
  EXPECT_EQ(parameters_of("gpt2-xl"), 1'557'611'200);
  EXPECT_EQ(parameters_of("gpt-neox-20b"), 20'554'567'680);
  EXPECT_EQ(parameters_of("llama-2-7b"), 6'738'415'616);
  EXPECT_EQ(parameters_of("llama-2-13b"), 13'015'864'320);
  EXPECT_EQ(parameters_of("llama-2-70b"), 68'976'648'192);
  EXPECT_EQ(parameters_of("llama-3-8b"), 8'030'261'248);
  EXPECT_EQ(parameters_of("llama-3.1-8b"), 8'030'261'248);
  EXPECT_EQ(parameters_of("llama-3.1-70b"), 70'553'706'496);
  EXPECT_EQ(parameters_of("llama-3.1-405b"), 405'853'388'800);
  EXPECT_EQ(parameters_of("llama-3.2-1b"), 1'235'814'400);
  EXPECT_EQ(parameters_of("llama-3.2-3b"), 3'212'749'824);
  EXPECT_EQ(parameters_of("mistral-7b"), 7'241'732'096);
  EXPECT_EQ(parameters_of("mixtral-8x7b"), 46'702'792'704);
  EXPECT_EQ(parameters_of("mixtral-8x22b"), 140'620'634'112);
  EXPECT_EQ(parameters_of("qwen2.5-0.5b"), 494'032'768);
  EXPECT_EQ(parameters_of("qwen2.5-1.5b"), 1'543'714'304);
  EXPECT_EQ(parameters_of("qwen2.5-3b"), 3'085'938'688);
  EXPECT_EQ(parameters_of("qwen2.5-7b"), 7'615'616'512);
  EXPECT_EQ(parameters_of("qwen2.5-14b"), 14'770'033'664);
  EXPECT_EQ(parameters_of("qwen2.5-32b"), 32'763'876'352);
  EXPECT_EQ(parameters_of("qwen2.5-72b"), 72'706'203'648);
  EXPECT_EQ(parameters_of("qwen3-0.6b"), 596'049'920);
  EXPECT_EQ(parameters_of("qwen3-8b"), 8'190'735'360);
  EXPECT_EQ(parameters_of("qwen3-32b"), 32'762'123'264);
  EXPECT_EQ(parameters_of("qwen3-30b-a3b"), 30'532'122'624);
  EXPECT_EQ(parameters_of("qwen3-235b-a22b"), 235'093'634'560);
  EXPECT_EQ(parameters_of("tinyllama-1.1b"), 1'100'048'384);
  EXPECT_EQ(parameters_of("llama-15m"), 15'191'712);
}

TEST(Architectures, OwnSmallOnesAreCountedByHand) {
  // Embedding and output, layers of attention, feed-forward and norms, a last norm.
  EXPECT_EQ(parameters_of("llama-5m"),
            2 * 256 * 256 + 6 * (4 * 256 * 256 + 3 * 256 * 688 + 2 * 256) + 256);
  EXPECT_EQ(parameters_of("llama-1m"),
            2 * 256 * 128 + 4 * (4 * 128 * 128 + 3 * 128 * 344 + 2 * 128) + 128);
  // Tied; every matrix has a bias, every norm two vectors.
  const std::int64_t attention = 4 * 128 * 128 + 4 * 128;
  const std::int64_t feed_forward = 2 * 128 * 512 + 512 + 128;
  EXPECT_EQ(parameters_of("gpt2-1m"),
            (256 + 512) * 128 + 4 * (attention + feed_forward + 4 * 128) + 2 * 128);
  EXPECT_EQ(parameters_of("llama-5m"), 4'877'568);
}

TEST(Architectures, CountWhatOneTokenPasses) {
  const Catalog& catalog = built_in_catalog();
  EXPECT_EQ(active_parameters(catalog.model("mixtral-8x7b")), 12'879'925'248);  // "12.9B".
  EXPECT_EQ(active_parameters(catalog.model("qwen3-235b-a22b")) / 1'000'000'000, 22);
  EXPECT_EQ(active_parameters(catalog.model("llama-2-7b")), 6'738'415'616);
}

TEST(Architectures, NearTheNamesOfTheirPapers) {
  // SC21, table 1, and GPT-3: rounded, and vocabularies vary.
  for (const auto& [name, billions] :
       std::initializer_list<std::pair<const char*, double>>{{"megatron-1.7b", 1.7},
                                                             {"megatron-3.6b", 3.6},
                                                             {"megatron-7.5b", 7.5},
                                                             {"megatron-18.4b", 18.4},
                                                             {"megatron-39.1b", 39.1},
                                                             {"megatron-76.1b", 76.1},
                                                             {"megatron-145.6b", 145.6},
                                                             {"megatron-310.1b", 310.1},
                                                             {"megatron-529.6b", 529.6},
                                                             {"megatron-1008b", 1008},
                                                             {"korthikanti-22b", 22},
                                                             {"gpt3-175b", 175}}) {
    EXPECT_NEAR(static_cast<double>(parameters_of(name)) / 1e9 / billions, 1, 0.03) << name;
  }
}

TEST(Architectures, FlopsOfATokenArePaLMs) {
  // GPT-2 small at 1024 tokens: 2 (12 * 12 h^2 + V h) + 4 l h s, h = 768.
  const Architecture& model = built_in_catalog().model("gpt2");
  const double matrices = 12 * 12 * 768.0 * 768 + 50257 * 768.0;
  EXPECT_DOUBLE_EQ(forward_flops_per_token(model, 1024), 2 * matrices + 4 * 12 * 768.0 * 1024);
  EXPECT_DOUBLE_EQ(training_flops_per_token(model, 1024), 3 * forward_flops_per_token(model, 1024));
}

TEST(Architectures, FlopsOfAStepAreMegatrons) {
  // 96 B s l h^2 (1 + s/(6h) + V/(16 l h)) counts the forward pass of the layers twice: 4/3 of what
  // the layers take, and the logits once.
  const Architecture& model = built_in_catalog().model("megatron-18.4b");
  const double l = 40;
  const double h = 6144;
  const double s = 2048;
  const double v = 51200;
  const double with_recomputation = 96 * s * l * h * h * (1 + s / (6 * h) + v / (16 * l * h));
  const double layers = s * (training_flops_per_token(model, 2048) - 6 * v * h);
  EXPECT_NEAR(with_recomputation / (layers * 4 / 3 + s * 6 * v * h), 1, 1e-12);
}

TEST(Architectures, KvCache) {
  const Catalog& catalog = built_in_catalog();
  EXPECT_EQ(kv_cache_bytes_per_token(catalog.model("llama-2-7b")), 524'288);
  EXPECT_EQ(kv_cache_bytes_per_token(catalog.model("llama-3.1-8b")), 131'072);
  EXPECT_EQ(kv_cache_bytes_per_token(catalog.model("llama-3.1-70b")), 327'680);
}

TEST(Catalog, EverythingHasASource) {
  const Catalog& catalog = built_in_catalog();
  EXPECT_GE(catalog.models.size(), 60U);
  EXPECT_GE(catalog.fabrics.size(), 15U);
  for (const Architecture& model : catalog.models) {
    ASSERT_FALSE(model.sources.empty()) << model.name;
    EXPECT_THAT(model.sources.front(), HasSubstr("https://")) << model.name;
  }
  for (const Fabric& fabric : catalog.fabrics) {
    for (const std::string& source : fabric.sources) EXPECT_THAT(source, HasSubstr("https://"));
  }
}

TEST(Catalog, UsualNodesNameFabricsThatExist) {
  const Catalog& catalog = built_in_catalog();
  for (const DeviceType& device : catalog.devices) {
    if (!device.node) continue;
    EXPECT_EQ(catalog.fabric(device.node->fabric).name, device.node->fabric) << device.name;
    EXPECT_EQ(catalog.fabric(device.node->network).name, device.node->network) << device.name;
  }
}

TEST(Catalog, SuggestsTheNearest) {
  const Catalog& catalog = built_in_catalog();
  EXPECT_EQ(error_of([&] { catalog.model("lama-3-8b"); }),
            "there is no model 'lama-3-8b' in the catalogue (did you mean 'llama-3-8b'?)");
  EXPECT_EQ(error_of([&] { catalog.fabric("infiniband-hrd"); }),
            "there is no fabric 'infiniband-hrd' in the catalogue (did you mean "
            "'infiniband-hdr'?)");
  EXPECT_EQ(error_of([&] { catalog.model("something-else-entirely"); }),
            "there is no model 'something-else-entirely' in the catalogue (nearest: "
            "korthikanti-1t, korthikanti-22b, korthikanti-175b)");
  EXPECT_EQ(error_of([&] { catalog.model("gpt2-small"); }),
            "there is no model 'gpt2-small' in the catalogue (did you mean 'gpt2'?)");
  EXPECT_EQ(error_of([&] { catalog.device("H100"); }),
            "there is no device type 'H100' in the catalogue (did you mean 'h100-nvl'?)");
}

constexpr const char* kTiny =
    "models:\n"
    "  - { name: tiny, title: Tiny, layers: 2, hidden: 8, heads: 2, ffn: 16, vocabulary: 10,\n"
    "      context: 32, sources: [mine] }\n";

TEST(Catalog, TakesEntriesOfUsers) {
  Catalog catalog = built_in_catalog();
  const std::size_t before = catalog.models.size();
  add_to_catalog(catalog, kTiny, "mine.yaml");
  EXPECT_EQ(catalog.models.size(), before + 1);
  // Two embeddings of 10 * 8; per layer 4 * 64 + 2 * 8 * 16 + 2 * 8; a last norm of 8.
  EXPECT_EQ(parameters(catalog.model("tiny")), 160 + 2 * (256 + 256 + 16) + 8);
  add_to_catalog(catalog, kTiny, "again.yaml");
  EXPECT_EQ(catalog.models.size(), before + 1);
}

std::string error_in(const std::string& text) {
  return error_of([&] {
    Catalog catalog;
    add_to_catalog(catalog, text, "mine.yaml");
  });
}

TEST(Catalog, SaysWhereAnEntryIsWrong) {
  EXPECT_THAT(error_in("model: []\n"),
              HasSubstr("mine.yaml:1:1: unknown key 'model' (did you mean 'models'?)"));
  EXPECT_THAT(error_in("models:\n  - { name: a, title: A, layers: many }\n"),
              HasSubstr("mine.yaml:2:34: "));
  EXPECT_THAT(error_in("models:\n  - { name: a }\n"), HasSubstr("'layers'"));
  EXPECT_THAT(error_in("fabrics:\n  - { name: a, title: A, bytes_per_s: -1, sources: [b] }\n"),
              HasSubstr("mine.yaml:2:39: "));
  EXPECT_THAT(error_in("models:\n  - { name: a, title: A, layers: 2, hidden: 9, heads: 2, ffn: 4, "
                       "vocabulary: 9, context: 9, sources: [b] }\n"),
              HasSubstr("hidden 9 is no multiple of 2 heads"));
  EXPECT_THAT(
      error_in("models:\n  - { name: a, title: A, layers: 2, hidden: 8, heads: 4, kv_heads: "
               "3, ffn: 4, vocabulary: 9, context: 9, sources: [b] }\n"),
      HasSubstr("4 query heads cannot share 3"));
  EXPECT_THAT(
      error_in("models:\n  - { name: a, title: A, layers: 2, hidden: 8, heads: 4, experts: 2, "
               "active_experts: 3, ffn: 4, vocabulary: 9, context: 9, sources: [b] }\n"),
      HasSubstr("3 active experts of 2"));
  EXPECT_THAT(error_in("models:\n  - { name: a, title: A, layers: 9999999, hidden: 9999999, heads: "
                       "1, ffn: 9999999, vocabulary: 9, context: 9, sources: [b] }\n"),
              HasSubstr("mine.yaml:2:5: 'a' has more than 10^16 parameters"));
}

}  // namespace
}  // namespace tandem

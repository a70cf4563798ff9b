#include "executor/train/checkpoint.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "executor/train/random.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Parameters and moments of a slice, other numbers for each `key`; 0: zeros.
struct Numbers {
  Numbers(const Architecture& model, const ModelSlice& of, RandomKey key)
      : slice(of), parameters(slots_of(model, of), Precision::kFp32, 1, at::Device("cpu")) {
    moments = {at::zeros_like(parameters.master()), at::zeros_like(parameters.master())};
    if (key == 0) return;
    // The same numbers for a parameter whoever has it.
    for (const Slot& slot : parameters.slots()) {
      for (const auto& [buffer, which] :
           {std::pair(parameters.master(), 1), {moments.first, 2}, {moments.second, 3}}) {
        std::int64_t count = 1;
        for (const std::int64_t size : slot.whole_shape) count *= size;
        at::Tensor all = at::zeros_like(buffer).resize_({count}).view(slot.whole_shape);
        fill_normal(subkey(subkey(key, slot.name), static_cast<std::uint64_t>(which)), 0, 1,
                    std::span(all.data_ptr<float>(), static_cast<std::size_t>(count)));
        buffer.narrow(0, slot.offset, slot.numbers())
            .view(slot.shape)
            .copy_(cut(all, slot, slice.tensor_rank, slice.tensor_size));
      }
    }
  }
  SliceState state() { return {parameters.slots(), slice, parameters.master(), moments}; }

  ModelSlice slice;
  FlatParameters parameters;
  Moments moments;
};

ModelSlice slice_of(const Architecture& model, int rank, int size, int stage, int stages) {
  const std::int64_t layers = model.layers / stages;
  return {stage * layers, (stage + 1) * layers, stage == 0, stage == stages - 1, rank, size};
}

/// A folder that a test has for itself.
class CheckpointTest : public testing::TestWithParam<Architecture> {
 protected:
  void write(std::int64_t step, int tensor, int stages, RandomKey key) {
    TrainingSpec spec;
    spec.model = GetParam();
    spec.layout.tensor = tensor;
    spec.layout.pipeline = stages;
    const CheckpointWriter writer(folder(), step);
    writer.begin();
    for (int rank = 0; rank < tensor; ++rank) {
      for (int stage = 0; stage < stages; ++stage) {
        Numbers numbers(GetParam(), slice_of(GetParam(), rank, tensor, stage, stages), key);
        writer.write(numbers.state(), stage);
      }
    }
    writer.finish(spec);
  }
  std::optional<Checkpoint> newest() { return Checkpoint::newest(folder(), warnings_); }
  fs::path folder() const { return place_.folder() / "checkpoints"; }

  std::vector<std::string> warnings_;

 private:
  TemporaryFile place_{"place", ""};
};
INSTANTIATE_TEST_SUITE_P(Families, CheckpointTest, testing::Values(small_gpt2(), small_llama()),
                         [](const auto& family) {
                           return family.param.norm == Norm::kLayer ? "Gpt2" : "Llama";
                         });

TEST_P(CheckpointTest, AnyLayoutReadsWhatAnyOtherHasWritten) {
  std::int64_t step = 0;
  for (const auto& [tensor, stages] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}}) {
    write(++step, tensor, stages, 9);
    const auto checkpoint = newest();
    ASSERT_TRUE(checkpoint.has_value());
    EXPECT_EQ(checkpoint->step(), step);
    for (const auto& [rank, size, stage, count] :
         {std::tuple(0, 1, 0, 1), {1, 2, 0, 1}, {0, 1, 1, 2}, {1, 2, 1, 2}}) {
      const ModelSlice slice = slice_of(GetParam(), rank, size, stage, count);
      Numbers expected(GetParam(), slice, 9);
      Numbers got(GetParam(), slice, 0);
      SliceState state = got.state();
      checkpoint->read(state);
      EXPECT_TRUE(at::equal(got.parameters.master(), expected.parameters.master()));
      EXPECT_TRUE(at::equal(got.moments.first, expected.moments.first));
      EXPECT_TRUE(at::equal(got.moments.second, expected.moments.second));
    }
  }
  EXPECT_TRUE(warnings_.empty());
}

TEST_P(CheckpointTest, NewestTwoAreKept) {
  EXPECT_FALSE(newest().has_value());
  for (const std::int64_t step : {5, 10, 15, 15}) write(step, 1, 1, 1);
  fs::create_directories(folder() / "step-00000020.partial");
  EXPECT_EQ(newest()->step(), 15);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("step-00000010", "step-00000015",
                                                   "step-00000020.partial"));
  write(16, 1, 1, 1);
  EXPECT_FALSE(fs::exists(folder() / "step-00000020.partial"));
}

TEST_P(CheckpointTest, DamagedOnesArePassedOverWithAWarning) {
  using Damage = std::function<void(const fs::path&)>;
  const auto flip = [](const fs::path& path, std::streamoff from_end) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(-from_end, std::ios::end);
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(-from_end, std::ios::end);
    file.put(byte);
  };
  const char* const slice = "tensor-1-stage-0.safetensors";
  const std::vector<std::pair<std::string, Damage>> damages{
      {"its checksum is another", [&](const fs::path& path) { flip(path / slice, 1); }},
      {slice, [&](const fs::path& path) { fs::remove(path / slice); }},
      {slice,
       [&](const fs::path& path) {
         fs::resize_file(path / slice, fs::file_size(path / slice) - 4);
       }},
      {"index.json: there is none", [](const fs::path& path) { fs::remove(path / "index.json"); }},
      {"is no index of a checkpoint",
       [](const fs::path& path) { fs::resize_file(path / "index.json", 20); }},
      {"is not of step 2", [&](const fs::path& path) {
         fs::copy_file(path.parent_path() / "step-00000001" / slice, path / slice,
                       fs::copy_options::overwrite_existing);
       }}};
  for (const auto& [complaint, damage] : damages) {
    fs::remove_all(folder());
    warnings_.clear();
    write(1, 2, 1, 1);
    write(2, 2, 1, 2);
    damage(folder() / "step-00000002");
    const auto checkpoint = newest();
    ASSERT_TRUE(checkpoint.has_value()) << complaint;
    EXPECT_EQ(checkpoint->step(), 1) << complaint;
    ASSERT_EQ(warnings_.size(), 1U) << complaint;
    EXPECT_THAT(warnings_[0], testing::HasSubstr(complaint));
  }
}

TEST_P(CheckpointTest, AnotherModelIsAnError) {
  write(1, 1, 1, 1);
  Architecture wider = GetParam();
  wider.ffn *= 2;
  Numbers numbers(wider, ModelSlice::whole(wider), 0);
  SliceState state = numbers.state();
  EXPECT_THAT(error_of([&] { newest()->read(state); }), testing::HasSubstr("the job's model has"));
  Architecture deeper = GetParam();
  deeper.layers = 3;
  Numbers more(deeper, ModelSlice::whole(deeper), 0);
  SliceState deep = more.state();
  EXPECT_THAT(error_of([&] { newest()->read(deep); }),
              testing::HasSubstr("it was written for another model"));
}

TEST_P(CheckpointTest, CutsSayWhereTheyBelong) {
  write(1, 2, 1, 1);
  std::ifstream in(folder() / "step-00000001" / "tensor-1-stage-0.safetensors", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  const bool gpt2 = GetParam().norm == Norm::kLayer;
  EXPECT_THAT(bytes,
              testing::HasSubstr(
                  gpt2 ? R"({\"begins\":[6,18,30],\"dimension\":1,\"length\":6,)"
                         R"(\"shape\":[12,36]})"
                       : R"({\"begins\":[4],\"dimension\":0,\"length\":4,\"shape\":[8,12]})"));
}

}  // namespace
}  // namespace tandem

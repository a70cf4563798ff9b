// Each kernel gives what teams of one thread give of the same numbers, in wider models than those
// of whole answers, so that teams have more to do than threads. Two programs have these tests: one
// for teams of several threads of a processor, and where CUDA is one for a GPU, which says so and
// passes where no GPU is.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/all.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <list>
#include <vector>

#include "executor/infer/device/step_plan.h"
#include "executor/train/operators/attention.h"
#include "tests/unit/executor/infer/kernel_runners.h"

namespace tandem {
namespace {

/// Shapes of a LLaMA of about a billion parameters, and less handy ones.
struct Shape {
  std::int64_t heads = 32;
  std::int64_t kv_heads = 4;
  std::int64_t size = 64;
  std::int64_t tokens = 16;  ///< In a block.
};

/// Tensors that a kernel reads or writes, once on each device.
class Tensors {
 public:
  explicit Tensors(const at::Device& device) : device_(device) {}
  /// Their place on the device of what was made here on a processor.
  template <class Number>
  Number* of(const at::Tensor& numbers) {
    held_.push_back(numbers.to(device_, /*non_blocking=*/false, /*copy=*/true));
    return held_.back().data_ptr<Number>();
  }
  /// What stands there now, in f32 on a processor.
  at::Tensor back(std::size_t index) const { return held_.at(index).cpu().to(at::kFloat); }
  std::size_t count() const { return held_.size(); }

 private:
  at::Device device_;
  std::vector<at::Tensor> held_;
};

template <class Number>
class Kernels : public testing::Test {
 protected:
  void SetUp() override {
    if (kernel_test_device().runner == nullptr) GTEST_SKIP() << "no GPU on this machine";
    at::manual_seed(1);
  }
  static at::Tensor random(std::vector<std::int64_t> shape) {
    return at::randn(shape).to(c10::CppTypeToScalarType<Number>::value);
  }
  static at::Tensor places(std::int64_t rows, std::int64_t tokens) {
    const at::Tensor all = at::zeros({rows, 4}, at::kInt);
    for (std::int64_t row = 0; row < rows; ++row) {
      all[row][0] = row * 7 % 50;
      all[row][1] = row * 3;
      all[row][2] = (row * 5 + 1) % 41;  // No two at one place.
      all[row][3] = row % tokens;
    }
    return all;
  }

  /// `make` fills in a kernel with tensors of one device; all of them are compared in the end.
  static void expect_same(const std::function<Kernel(Tensors&)>& make) {
    const TestDevice device = kernel_test_device();
    Tensors here(at::kCPU);
    Tensors there{at::Device(device.name)};
    make_solo_runner()->run(make(here));
    device.runner->run(make(there));
    const double near = std::is_same_v<Number, float> ? 2e-5 : 1e-2;
    for (std::size_t i = 0; i < here.count(); ++i) {
      const at::Tensor expected = here.back(i);
      const at::Tensor off = (there.back(i) - expected).abs();
      const at::Tensor bound = expected.abs().clamp_min(1) * near;
      EXPECT_TRUE(at::all(off <= bound).item<bool>())
          << "tensor " << i << " is off by " << off.max().item<float>();
    }
  }
};
using Types = testing::Types<float, at::BFloat16>;
TYPED_TEST_SUITE(Kernels, Types);

TYPED_TEST(Kernels, Embed) {
  const at::Tensor table = this->random({50, 2048});
  const at::Tensor positions = at::randn({64, 2048});
  for (const bool learned : {false, true}) {
    this->expect_same([&](Tensors& tensors) {
      Embed<TypeParam> kernel;
      kernel.tokens = tensors.of<TypeParam>(table);
      kernel.positions = learned ? tensors.of<float>(positions) : nullptr;
      kernel.places = reinterpret_cast<TokenPlace*>(tensors.of<std::int32_t>(this->places(20, 16)));
      kernel.rows = 20;
      kernel.hidden = 2048;
      kernel.stream = tensors.of<float>(at::zeros({20, 2048}));
      return kernel;
    });
  }
}

TYPED_TEST(Kernels, AddAndNorm) {
  const std::int64_t width = 2050;
  const at::Tensor stream = at::randn({9, width});
  const at::Tensor delta = this->random({9, width});
  const at::Tensor vector = at::randn({width});
  for (const bool is_layer_norm : {false, true}) {
    for (const bool chooses : {false, true}) {
      this->expect_same([&](Tensors& tensors) {
        AddAndNorm<TypeParam> kernel;
        kernel.stream = tensors.of<float>(stream);
        kernel.delta = tensors.of<TypeParam>(delta);
        kernel.delta_bias = is_layer_norm ? tensors.of<float>(vector) : nullptr;
        kernel.weight = tensors.of<float>(vector);
        kernel.bias = is_layer_norm ? tensors.of<float>(vector) : nullptr;
        kernel.epsilon = 1e-5F;
        kernel.rows = chooses ? 2 : 9;
        if (chooses) {
          const at::Tensor chosen = at::zeros({2}, at::kInt);
          chosen[0] = 3;
          chosen[1] = 8;
          kernel.chosen = tensors.of<std::int32_t>(chosen);
        }
        kernel.hidden = width;
        kernel.normed = tensors.of<TypeParam>(at::zeros({9, width}).to(delta.scalar_type()));
        return kernel;
      });
    }
  }
}

TYPED_TEST(Kernels, Activate) {
  for (const bool gated : {false, true}) {
    const at::Tensor inner = this->random({5, gated ? 2 * 5632 : 5632});
    const at::Tensor bias = at::randn({5632});
    this->expect_same([&](Tensors& tensors) {
      Activate<TypeParam> kernel;
      kernel.inner = tensors.of<TypeParam>(inner);
      kernel.bias = gated ? nullptr : tensors.of<float>(bias);
      kernel.gated = gated;
      kernel.rows = 5;
      kernel.ffn = 5632;
      kernel.out = tensors.of<TypeParam>(at::zeros({5, 5632}).to(inner.scalar_type()));
      return kernel;
    });
  }
}

TYPED_TEST(Kernels, PlaceKeys) {
  const Shape shape;
  const at::Tensor qkv = this->random({20, (shape.heads + 2 * shape.kv_heads) * shape.size});
  const at::Tensor cache = this->random({41, 2 * shape.kv_heads * shape.size * shape.tokens});
  const Rotary rotary = rotary_of(64, shape.size, 10'000);
  for (const bool turned : {false, true}) {
    this->expect_same([&](Tensors& tensors) {
      PlaceKeys<TypeParam> kernel;
      kernel.qkv = tensors.of<TypeParam>(qkv);
      kernel.cosines = turned ? tensors.of<float>(rotary.cosines) : nullptr;
      kernel.sines = turned ? tensors.of<float>(rotary.sines) : nullptr;
      kernel.places =
          reinterpret_cast<TokenPlace*>(tensors.of<std::int32_t>(this->places(20, shape.tokens)));
      kernel.rows = 20;
      kernel.heads = static_cast<std::int32_t>(shape.heads);
      kernel.scale = 0.125F;
      kernel.cache = {tensors.of<TypeParam>(cache), static_cast<std::int32_t>(shape.kv_heads),
                      static_cast<std::int32_t>(shape.size),
                      static_cast<std::int32_t>(shape.tokens)};
      kernel.queries = tensors.of<float>(at::zeros({20, shape.heads * shape.size}));
      return kernel;
    });
  }
}

/// A step of some requests: one decodes behind a long text, one has a chunk, one begins.
class AttentionStep {
 public:
  explicit AttentionStep(const Shape& shape) : shape_(shape) {
    add(1, 1500);
    add(40, 300);
    add(5, 0);
    add(1, 255);
    add(1, 256);
  }
  const StepRows& rows() const { return rows_; }
  std::int64_t blocks() const { return next_; }

 private:
  void add(std::size_t count, std::uint32_t computed) {
    auto& tokens = tokens_.emplace_back(count, 0U);
    auto& held = held_.emplace_back();
    while (held.size() * static_cast<std::size_t>(shape_.tokens) < count + computed) {
      held.push_back(next_++);
    }
    parts_.push_back({tokens, computed, held, nullptr, 0});
    rows_.set(parts_, shape_.tokens, 1 << 20);
  }

  Shape shape_;
  BlockNumber next_ = 0;
  std::list<std::vector<TokenId>> tokens_;
  std::list<std::vector<BlockNumber>> held_;
  std::vector<StepPart> parts_;
  StepRows rows_;
};

template <class Number, int tile_queries>
void attend_on(KernelRunner& runner, const at::Device& device, const Shape& shape,
               const at::Tensor& queries, const at::Tensor& cache, const StepRows& rows,
               at::Tensor& out) {
  const auto group = static_cast<std::int32_t>(shape.heads / shape.kv_heads);
  StepPlan plan(device, group);
  plan.set(rows);
  const DeviceStep step = plan.on_device();
  const at::Tensor there = cache.to(device);
  const at::Tensor asking = queries.to(device);
  const PartialResults sizes{nullptr, static_cast<std::int32_t>(shape.kv_heads),
                             static_cast<std::int32_t>(shape.size)};
  const at::Tensor partials =
      at::empty({sizes.floats(plan.partials())}, at::TensorOptions(device).dtype(at::kFloat));
  Attend<Number, tile_queries> look;
  look.queries = asking.data_ptr<float>();
  look.cache = {there.data_ptr<Number>(), sizes.kv_heads, sizes.size,
                static_cast<std::int32_t>(shape.tokens)};
  look.table = step.table;
  look.tiles = step.tiles;
  look.pieces = step.pieces;
  look.count = plan.pieces();
  look.group = group;
  look.partials = {partials.data_ptr<float>(), sizes.kv_heads, sizes.size};
  look.out = out.data_ptr<Number>();
  runner.run(look);
  JoinParts<Number> join;
  join.partials = look.partials;
  join.tiles = step.tiles;
  join.count = plan.tiles();
  join.group = group;
  join.out = look.out;
  runner.run(join);
}

TYPED_TEST(Kernels, AttendAndJoinParts) {
  // Grouped queries, wide heads (more memory than a block of threads has unasked), odd blocks.
  for (const Shape& shape : {Shape{}, Shape{4, 4, 512, 16}, Shape{12, 6, 48, 5}}) {
    const AttentionStep step(shape);
    const std::int64_t count = step.rows().count();
    const at::Tensor queries = at::randn({count, shape.heads * shape.size}) * 0.3;
    const at::Tensor cache =
        this->random({step.blocks(), 2 * shape.kv_heads * shape.size * shape.tokens});
    at::Tensor here = at::zeros({count, shape.heads * shape.size}).to(cache.scalar_type());
    const TestDevice device = kernel_test_device();
    at::Tensor there = here.to(at::Device(device.name));
    attend_on<TypeParam, kTileQueries>(*make_solo_runner(), at::kCPU, shape, queries, cache,
                                       step.rows(), here);
    attend_on<TypeParam, kTileQueries>(*device.runner, at::Device(device.name), shape, queries,
                                       cache, step.rows(), there);
    const double near = std::is_same_v<TypeParam, float> ? 2e-5 : 1e-2;
    EXPECT_LT((there.cpu().to(at::kFloat) - here.to(at::kFloat)).abs().max().item<double>(), near);
    EXPECT_GT(here.to(at::kFloat).abs().max().item<double>(), 0.1);
  }
}

TEST(Likeliest, IsTheFirstOfTheLargest) {
  const TestDevice device = kernel_test_device();
  if (device.runner == nullptr) GTEST_SKIP() << "no GPU on this machine";
  // Many equal ones, of which the first counts; and what is no number is passed over.
  at::Tensor logits = at::randint(0, 50, {7, 32'000}).to(at::kFloat);
  logits[3].fill_(std::nanf(""));
  logits[3][17] = -2;
  logits[4].fill_(std::nanf(""));
  const auto choose = [&](KernelRunner& runner, const at::Tensor& of) {
    const at::Tensor tokens = at::empty({7}, of.options().dtype(at::kInt));
    const at::Tensor most = at::empty({7}, of.options());
    runner.run(Likeliest{of.data_ptr<float>(), 7, 32'000, tokens.data_ptr<std::int32_t>(),
                         most.data_ptr<float>()});
    return std::pair(tokens.cpu(), most.cpu());
  };
  const auto [expected, largest] = choose(*make_solo_runner(), logits);
  const auto [found, most] = choose(*device.runner, logits.to(at::Device(device.name)));
  EXPECT_TRUE(found.equal(expected));
  EXPECT_TRUE(most.equal(largest));
  EXPECT_EQ(found[3].item<int>(), 17);
}

}  // namespace
}  // namespace tandem

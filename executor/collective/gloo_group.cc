#include "executor/collective/gloo_group.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <fmt/format.h>

#include <functional>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <utility>
#include <vector>

#include "policies/core/check.h"

namespace tandem {
namespace {

using Work = c10::intrusive_ptr<c10d::Work>;

/// Does `act`; what c10d, Gloo and the store throw becomes GroupLost that says in which group.
template <class Act>
auto or_lost(const std::string& title, Act act) {
  try {
    return act();
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    // LibTorch adds its call stack, a line for each frame.
    throw GroupLost(fmt::format("{}: {}", title, what.substr(0, what.find('\n'))));
  }
}

class GlooPending final : public Group::Pending {
 public:
  /// `finish` is what remains to be done here when the others' numbers have come.
  GlooPending(std::vector<Work> works, const std::string& title, std::function<void()> finish)
      : works_(std::move(works)), title_(title), finish_(std::move(finish)) {}
  void wait() override {
    for (const Work& work : works_) {
      or_lost(title_, [&work] { return work->wait(); });
    }
    if (finish_) finish_();
  }

 private:
  std::vector<Work> works_;
  const std::string& title_;
  std::function<void()> finish_;
};

constexpr int kTagOfMessages = 0;
constexpr int kTagOfExchanges = 1;
/// Up to here everybody sends everything to everybody, and sums by itself: one round, and no
/// thread of c10d in between, where a ring has several. With two ranks it is never more bytes.
constexpr std::int64_t kExchangedBytes = 1 << 20;

class GlooGroup final : public Group {
 public:
  GlooGroup(const std::filesystem::path& folder, const std::string& name, int rank, int members,
            std::chrono::milliseconds patience);
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void all_reduce(at::Tensor tensor, Reduction reduction) override {
    begin_all_reduce(std::move(tensor), reduction)->wait();
  }
  std::unique_ptr<Pending> begin_all_reduce(at::Tensor tensor, Reduction reduction) override;
  std::unique_ptr<Pending> begin_reduce_scatter(at::Tensor part, at::Tensor whole) override;
  void all_gather(at::Tensor whole, at::Tensor part) override;
  void broadcast(at::Tensor tensor, int root) override;
  std::unique_ptr<Pending> begin_send(at::Tensor tensor, int to) override;
  void receive(at::Tensor tensor, int from) override;
  void barrier() override;

 private:
  /// `begin` makes c10d start the work.
  std::unique_ptr<Pending> pending(const std::function<Work()>& begin,
                                   std::function<void()> finish = {}) const {
    return std::make_unique<GlooPending>(std::vector{or_lost(title_, begin)}, title_,
                                         std::move(finish));
  }
  std::unique_ptr<Pending> begin_exchange(at::Tensor tensor, Reduction reduction);

  std::string title_;  ///< "group data-0, rank 1 of 2"
  int rank_;
  int size_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
};

GlooGroup::GlooGroup(const std::filesystem::path& folder, const std::string& name, int rank,
                     int members, std::chrono::milliseconds patience)
    : title_(fmt::format("group {}, rank {} of {}", name, rank, members)),
      rank_(rank),
      size_(members) {
  or_lost(title_, [&] {
    const auto store = c10::make_intrusive<c10d::FileStore>((folder / name).string(), members);
    store->setTimeout(patience);
    const auto options = c10d::ProcessGroupGloo::Options::create(patience);
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
    options->threads = 1;  // What is begun is done in that order, and ranks share few cores.
    gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, members, options);
    return 0;
  });
}

std::unique_ptr<Group::Pending> GlooGroup::begin_exchange(at::Tensor tensor, Reduction reduction) {
  const at::Tensor all = at::empty({size_, tensor.numel()}, tensor.options());
  all[rank_].copy_(tensor.view({-1}));
  std::vector<Work> works;
  or_lost(title_, [&] {
    std::vector<at::Tensor> own{all[rank_]};
    for (int i = 0; i < size_; ++i) {
      if (i == rank_) continue;
      std::vector<at::Tensor> theirs{all[i]};
      works.push_back(gloo_->send(own, i, kTagOfExchanges));
      works.push_back(gloo_->recv(theirs, i, kTagOfExchanges));
    }
    return 0;
  });
  auto finish = [tensor, all, reduction] {
    const at::Tensor wide = all.scalar_type() == at::kBFloat16 ? all.to(at::kFloat) : all;
    tensor.view({-1}).copy_(reduction == Reduction::kSum ? wide.sum(0) : wide.amax(0));
  };
  return std::make_unique<GlooPending>(std::move(works), title_, std::move(finish));
}

std::unique_ptr<Group::Pending> GlooGroup::begin_all_reduce(at::Tensor tensor,
                                                            Reduction reduction) {
  CHECK(tensor.is_contiguous(), "a tensor in pieces");
  if (tensor.numel() * tensor.element_size() * (size_ - 1) <= kExchangedBytes) {
    return begin_exchange(std::move(tensor), reduction);
  }
  c10d::AllreduceOptions options;
  options.reduceOp = reduction == Reduction::kSum ? c10d::ReduceOp::SUM : c10d::ReduceOp::MAX;
  // Gloo does not know bf16; and sums of many are better in 32 bits.
  const bool short_numbers = tensor.scalar_type() == at::kBFloat16;
  std::vector<at::Tensor> tensors{short_numbers ? tensor.to(at::kFloat) : tensor};
  std::function<void()> finish;
  if (short_numbers) finish = [tensor, sum = tensors[0]] { tensor.copy_(sum); };
  return pending([&] { return gloo_->allreduce(tensors, options); }, std::move(finish));
}

std::unique_ptr<Group::Pending> GlooGroup::begin_reduce_scatter(at::Tensor part, at::Tensor whole) {
  // Gloo has none: every rank gets its part of everybody's numbers and adds them up itself, as
  // many bytes on the wire as a ring, in one round.
  at::Tensor theirs = at::empty_like(whole);
  std::vector<std::int64_t> equal;
  auto finish = [part, theirs, count = size_]() mutable {
    const at::Tensor rows = theirs.view({count, -1});
    part = part.view({-1});
    part.copy_(rows[0]);
    for (int i = 1; i < count; ++i) part.add_(rows[i]);
  };
  return pending([&] { return gloo_->alltoall_base(theirs, whole, equal, equal); },
                 std::move(finish));
}

void GlooGroup::all_gather(at::Tensor whole, at::Tensor part) {
  const at::Tensor rows = whole.view({size_, -1});
  std::vector<std::vector<at::Tensor>> outputs(1);
  for (int i = 0; i < size_; ++i) outputs[0].push_back(rows[i]);
  std::vector<at::Tensor> inputs{part.view({-1})};
  pending([&] { return gloo_->allgather(outputs, inputs); })->wait();
}

void GlooGroup::broadcast(at::Tensor tensor, int root) {
  c10d::BroadcastOptions options;
  options.rootRank = root;
  std::vector<at::Tensor> tensors{std::move(tensor)};
  pending([&] { return gloo_->broadcast(tensors, options); })->wait();
}

std::unique_ptr<Group::Pending> GlooGroup::begin_send(at::Tensor tensor, int to) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  return pending([&] { return gloo_->send(tensors, to, kTagOfMessages); });
}

void GlooGroup::receive(at::Tensor tensor, int from) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  pending([&] { return gloo_->recv(tensors, from, kTagOfMessages); })->wait();
}

void GlooGroup::barrier() {
  pending([&] { return gloo_->barrier(); })->wait();
}

}  // namespace

std::unique_ptr<Group> make_gloo_group(const std::filesystem::path& folder, const std::string& name,
                                       int rank, int members, std::chrono::milliseconds patience) {
  return std::make_unique<GlooGroup>(folder, name, rank, members, patience);
}

}  // namespace tandem

// One rank of a group: group_program FOLDER RANK MEMBERS PATIENCE_MS WHAT. WHAT is `agree`, which
// makes every call once and says what came out, or the name of a call, which is made until a member
// is lost.

#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "executor/collective/group.h"

namespace tandem {
namespace {

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

std::string text(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kDouble).view({-1}).contiguous();
  const double* numbers = flat.data_ptr<double>();
  return fmt::format("{}", fmt::join(numbers, numbers + flat.numel(), " "));
}

/// Rank r has r + 1, r + 2, …, of which `count`.
at::Tensor numbers(const Group& group, std::int64_t count) {
  return at::arange(count, at::kFloat).add_(group.rank() + 1);
}

void agree(Group& group) {
  at::Tensor sum = numbers(group, 3);
  group.all_reduce(sum, Reduction::kSum);
  at::Tensor largest = numbers(group, 2).to(at::kLong);
  group.all_reduce(largest, Reduction::kMax);
  at::Tensor shorts = numbers(group, 2).to(at::kBFloat16);
  group.all_reduce(shorts, Reduction::kSum);
  say("all_reduce " + text(sum) + " / " + text(largest) + " / " + text(shorts));

  at::Tensor many = at::full({1 << 20}, group.rank() + 1, at::kFloat);
  at::Tensor many_shorts = many.to(at::kBFloat16);
  group.all_reduce(many, Reduction::kSum);
  group.all_reduce(many_shorts, Reduction::kSum);
  say("all_reduce of many " + text(many.amin()) + " " + text(many.amax()) + " / " +
      text(many_shorts.amin()) + " " + text(many_shorts.amax()));

  at::Tensor first = numbers(group, 1);
  at::Tensor second = numbers(group, 1).mul_(10);
  auto one = group.begin_all_reduce(first, Reduction::kSum);
  auto other = group.begin_all_reduce(second, Reduction::kSum);
  other->wait();
  one->wait();
  say("begin_all_reduce " + text(first) + " / " + text(second));

  at::Tensor whole = numbers(group, 2 * group.size());
  at::Tensor part = whole.narrow(0, 2 * group.rank(), 2);
  group.begin_reduce_scatter(part, whole)->wait();
  say("reduce_scatter " + text(part));
  group.all_gather(whole, part);
  say("all_gather " + text(whole));

  at::Tensor heard = numbers(group, 2);
  group.broadcast(heard, group.size() - 1);
  say("broadcast " + text(heard));

  // Around the ring, twice before anybody receives.
  const int next = (group.rank() + 1) % group.size();
  const int last = (group.rank() + group.size() - 1) % group.size();
  auto sent = group.begin_send(numbers(group, 2), next);
  auto also_sent = group.begin_send(numbers(group, 2).mul_(10), next);
  at::Tensor got = at::zeros({2}, at::kFloat);
  at::Tensor also_got = at::zeros({2}, at::kFloat);
  group.receive(got, last);
  group.receive(also_got, last);
  sent->wait();
  also_sent->wait();
  say("receive " + text(got) + " / " + text(also_got));
  group.barrier();
}

void until_lost(Group& group, const std::string& what) {
  at::Tensor tensor = at::full({3 << 15}, 1.0, at::kFloat);
  at::Tensor part = tensor.narrow(0, 0, tensor.numel() / group.size());
  at::Tensor large = at::full({1 << 20}, 1.0, at::kFloat);
  const std::map<std::string, std::function<void()>> calls{
      {"all_reduce", [&] { group.all_reduce(tensor, Reduction::kMax); }},
      {"ring", [&] { group.all_reduce(large, Reduction::kMax); }},
      {"reduce_scatter", [&] { group.begin_reduce_scatter(part, tensor)->wait(); }},
      {"all_gather", [&] { group.all_gather(tensor, part); }},
      {"broadcast", [&] { group.broadcast(tensor, 0); }},
      {"exchange",
       [&] {
         auto sent = group.begin_send(tensor, (group.rank() + 1) % group.size());
         at::Tensor got = at::empty_like(tensor);
         group.receive(got, (group.rank() + group.size() - 1) % group.size());
         sent->wait();
       }},
      {"barrier", [&] { group.barrier(); }}};
  group.barrier();
  say("ready");
  for (;;) calls.at(what)();
}

int run(char** argv) {
  const int rank = std::stoi(argv[2]);
  const std::string what = argv[5];
  if (what == "late") std::this_thread::sleep_for(std::chrono::hours{1});
  try {
    auto group = make_group("cpu", argv[1], "all", rank, std::stoi(argv[3]),
                            std::chrono::milliseconds{std::stoi(argv[4])});
    if (what == "agree") {
      agree(*group);
    } else {
      try {
        until_lost(*group, what);
      } catch (const GroupLost& lost) {
        say(std::string("lost: ") + lost.what());
        group.reset();
      }
    }
  } catch (const GroupLost& lost) {
    say(std::string("not together: ") + lost.what());
  }
  say("clean");
  return 0;
}

}  // namespace
}  // namespace tandem

int main(int, char** argv) { return tandem::run(argv); }

#include "workloads/requests/merged_requests.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace tandem {
namespace {

/// Each source's next request waits in `heads_`; `queue_` orders them.
class MergedRequests final : public RequestSource {
 public:
  explicit MergedRequests(std::vector<std::unique_ptr<RequestSource>> sources)
      : sources_(std::move(sources)), heads_(sources_.size()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) advance(i);
  }

  bool next(RequestArrival& next) override {
    if (queue_.empty()) return false;
    const std::size_t source = queue_.top().second;
    queue_.pop();
    std::swap(next, heads_[source]);
    next.request.id = RequestId{next_id_++};
    std::uint32_t& session = next.request.session.value;
    const auto sources = static_cast<std::uint32_t>(sources_.size());
    if (session > 0) session = (session - 1) * sources + static_cast<std::uint32_t>(source) + 1;
    advance(source);
    return true;
  }

  std::uint64_t count() const override {
    std::uint64_t count = 0;
    for (const auto& source : sources_) count += source->count();
    return count;
  }

  std::uint32_t prefix_block_tokens() const override {
    std::uint32_t tokens = 0;
    for (const auto& source : sources_) tokens = std::max(tokens, source->prefix_block_tokens());
    return tokens;
  }

 private:
  using Key = std::pair<Time, std::size_t>;

  void advance(std::size_t source) {
    if (sources_[source]->next(heads_[source])) {
      queue_.emplace(heads_[source].request.arrival, source);
    }
  }

  std::vector<std::unique_ptr<RequestSource>> sources_;
  std::vector<RequestArrival> heads_;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> queue_;
  std::uint32_t next_id_ = 0;
};

}  // namespace

std::unique_ptr<RequestSource> merged_requests(
    std::vector<std::unique_ptr<RequestSource>> sources) {
  if (sources.size() == 1) return std::move(sources.front());
  return std::make_unique<MergedRequests>(std::move(sources));
}

}  // namespace tandem

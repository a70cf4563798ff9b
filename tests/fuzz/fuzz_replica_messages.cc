// Fuzzes what front and replicas say to each other: it is refused, or says the same when it is said
// again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "executor/protocol/replica_messages.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

template <class Read>
void fuzz(std::string_view message, Read read) {
  try {
    const std::string again = to_cbor(read(message));
    require(to_cbor(read(again)) == again, "what was understood can be said");
  } catch (const InputError&) {
  }
}

void check_news(const ReplicaNews& news) {
  for (const auto& ended : news.ended) {
    require(ended.reason <= FinishReason::kLength, "an answer ends in a way that there is");
  }
  require(news.waiting >= 0 && news.running >= 0 && news.blocks >= 0, "nothing is less than none");
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  tandem::fuzz(message, [](std::string_view text) {
    tandem::ReplicaNews news = tandem::replica_news_of(text);
    tandem::check_news(news);
    return news;
  });
  tandem::fuzz(message, tandem::replica_orders_of);
  tandem::require(!tandem::replica_named(message) ||
                      tandem::replica_named(tandem::replica_name(
                          *tandem::replica_named(message))) == tandem::replica_named(message),
                  "a name is one replica's");
  return 0;
}

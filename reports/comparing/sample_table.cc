#include "reports/comparing/sample_table.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tandem {
namespace {

/// What makes a sample of one run the same as one of another.
auto key_of(const SampleTable& table, std::size_t place) {
  const Sample& sample = table.samples[place];
  return std::tie(table.groups[sample.group], sample.id);
}

std::vector<std::size_t> by_key(const SampleTable& table) {
  std::vector<std::size_t> places(table.samples.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return key_of(table, a) < key_of(table, b);
  });
  return places;
}

}  // namespace

Pairing pair_samples(const SampleTable& base, const SampleTable& head) {
  Pairing pairing;
  const std::vector<std::size_t> of_base = by_key(base);
  const std::vector<std::size_t> of_head = by_key(head);
  auto b = of_base.begin();
  auto h = of_head.begin();
  while (b != of_base.end() && h != of_head.end()) {
    const auto base_key = key_of(base, *b);
    const auto head_key = key_of(head, *h);
    if (base_key < head_key) {
      ++pairing.only_base, ++b;
    } else if (head_key < base_key) {
      ++pairing.only_head, ++h;
    } else {
      pairing.pairs.push_back({*b++, *h++});
    }
  }
  pairing.only_base += static_cast<std::size_t>(of_base.end() - b);
  pairing.only_head += static_cast<std::size_t>(of_head.end() - h);
  std::sort(pairing.pairs.begin(), pairing.pairs.end(),
            [&](const SamplePair& x, const SamplePair& y) {
              return std::tuple(base.samples[x.base].at_s, x.base) <
                     std::tuple(base.samples[y.base].at_s, y.base);
            });
  return pairing;
}

}  // namespace tandem

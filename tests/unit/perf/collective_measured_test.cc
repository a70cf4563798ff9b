// The fabrics of the catalogue against all-reduces that others measured.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "tests/support/shared_traces.h"
#include "tests/unit/perf/measured_table.h"
#include "workloads/catalog/catalog.h"
#include "workloads/perf/collective.h"

namespace tandem {
namespace {

struct Measured {
  std::int64_t members = 0;
  std::int64_t per_node = 0;
  double bytes = 0;
  double seconds = 0;
};

/// Rows above 1 MB; columns by name.
std::vector<Measured> read(const std::filesystem::path& path) {
  std::vector<Measured> rows;
  for_rows(path, [&](const auto& number) {
    if (number("size") <= 1e6) return;
    rows.push_back({static_cast<std::int64_t>(number("num_workers")),
                    static_cast<std::int64_t>(number("devices_per_node")), number("size"),
                    number("time_stats.all_reduce.median") * 1e-3});
  });
  return rows;
}

double median_error(const std::vector<Measured>& rows, const char* inside, const char* between) {
  const Fabric& fabric = built_in_catalog().fabric(between);
  std::vector<double> errors;
  for (const Measured& row : rows) {
    Link link = link_of(fabric);
    const auto g = static_cast<double>(row.per_node);
    link.bytes_per_s = std::min(link.bytes_per_s, fabric.node_bytes_per_s.value_or(1e18) / g);
    const Route route{row.members, row.per_node, link_of(built_in_catalog().fabric(inside)), link};
    errors.push_back(std::abs(all_reduce(route, row.bytes) / row.seconds - 1));
  }
  std::ranges::nth_element(errors, errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2));
  return errors.at(errors.size() / 2);
}

std::vector<Measured> only(const std::vector<Measured>& rows, std::int64_t members, bool one_node) {
  std::vector<Measured> some;
  std::ranges::copy_if(rows, std::back_inserter(some), [&](const Measured& row) {
    return row.members == members && (row.members == row.per_node) == one_node;
  });
  return some;
}

TEST(MeasuredAllReduce, InsideOneNode) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/all_reduce_a100_dgx.csv");
  const auto a100 = read(shared_trace("vidur/all_reduce_a100_dgx.csv"));
  const auto h100 = read(shared_trace("vidur/all_reduce_h100_dgx.csv"));
  for (const std::int64_t members : {2, 4, 8}) {
    EXPECT_LE(median_error(only(a100, members, true), "nvswitch-a100", "vidur-two-nodes"), 0.15);
    EXPECT_LE(median_error(only(h100, members, true), "nvswitch-h100", "vidur-two-nodes"), 0.15);
  }
}

TEST(MeasuredAllReduce, BetweenTwoNodes) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/all_reduce_a100_dgx.csv");
  auto rows = read(shared_trace("vidur/all_reduce_a100_dgx.csv"));
  std::erase_if(rows, [](const Measured& row) { return row.members == row.per_node; });
  EXPECT_LE(median_error(rows, "nvswitch-a100", "vidur-two-nodes"), 0.15);
  // The widest of them, over all devices of both nodes, is the one training would use.
  EXPECT_LE(median_error(only(rows, 16, false), "nvswitch-a100", "vidur-two-nodes"), 0.15);
}

TEST(MeasuredAllReduce, AllTables) {
  TANDEM_NEEDS_SHARED_TRACE("vidur/all_reduce_a100_dgx.csv");
  EXPECT_LE(median_error(read(shared_trace("vidur/all_reduce_a100_dgx.csv")), "nvswitch-a100",
                         "vidur-two-nodes"),
            0.15);
  EXPECT_LE(median_error(read(shared_trace("vidur/all_reduce_h100_dgx.csv")), "nvswitch-h100",
                         "vidur-two-nodes"),
            0.15);
}

}  // namespace
}  // namespace tandem

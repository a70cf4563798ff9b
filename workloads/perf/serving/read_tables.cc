// One function for each kind of table. A point that comes twice is an error: nobody could tell
// which of the two was meant.
#include <fmt/format.h>

#include <algorithm>

#include "policies/core/error.h"
#include "workloads/perf/serving/engine_tables.h"
#include "workloads/perf/serving/measured_csv.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

struct Sample {
  double seconds = 0;
  std::size_t line = 0;
};
/// What was measured at each place, and where that stands.
template <class Key>
using Samples = std::map<Key, Sample>;

template <class Key>
void put(Samples<Key>& samples, const Key& key, const Field& time) {
  const auto [place, is_new] = samples.try_emplace(key, measured_seconds(time), time.line);
  if (!is_new) {
    throw InputError({*time.file, time.line},
                     fmt::format("this point was measured in line {} already", place->second.line));
  }
}

Curve curve_of(const Samples<double>& samples) {
  std::vector<double> x;
  std::vector<double> y;
  for (const auto& [place, sample] : samples) {
    x.push_back(place);
    y.push_back(sample.seconds);
  }
  return {std::move(x), std::move(y)};
}

void need_rows(bool some, const std::string& file) {
  if (!some) throw InputError({file}, "there are no measurements: expected a row");
}

/// What a prompt token looks back at. Older tables have the one prompt's history instead.
class PrefillKey {
 public:
  explicit PrefillKey(const CsvReader& csv) : history_(csv.find("kv_prefill")) {
    if (!history_ || csv.find("prefill_key")) {
      key_ = csv.column("prefill_key");
      history_.reset();
    }
  }
  double of(const CsvReader& csv, double chunk) const {
    if (!history_) return measured_number(csv.field(key_));
    return measured_number(csv.field(*history_)) + chunk / 2;
  }

 private:
  std::optional<std::size_t> history_;
  std::size_t key_ = 0;
};

bool is_speculative(const CsvReader& csv, std::optional<std::size_t> column, double decodes) {
  const auto length = csv.given(column);
  return length && decodes > 0 && measured_count(*length, 0) != 1;
}

void check_kernel(const CsvReader& csv, std::optional<std::size_t> column) {
  const auto layer = csv.given(column);
  if (layer && layer->text != "attention") fail(*layer, "'attention', the one kernel known");
}

}  // namespace

LayerCurves read_layer_curves(std::string_view text, const std::string& file,
                              std::string_view axis) {
  CsvReader csv(text, file);
  const std::size_t layer = csv.column("layer");
  const std::size_t count = csv.column(axis);
  const std::size_t time = csv.column("time_us");
  std::map<std::string, Samples<double>> samples;
  while (csv.next()) {
    const std::string name(name_text(csv.field(layer)));
    put(samples[name], measured_count(csv.field(count), 1), csv.field(time));
  }
  need_rows(!samples.empty(), file);
  LayerCurves curves;
  for (const auto& [name, points] : samples) curves.emplace(name, curve_of(points));
  return curves;
}

std::vector<AttentionPoint> read_attention(std::string_view text, const std::string& file) {
  CsvReader csv(text, file);
  const std::size_t chunk = csv.column("prefill_chunk");
  const PrefillKey key(csv);
  const std::size_t decodes = csv.column("n_decode");
  const std::size_t kv = csv.column("kv_decode");
  const std::size_t time = csv.column("time_us");
  const auto layer = csv.find("layer");
  const auto queries = csv.find("decode_q_len");
  Samples<std::array<double, 4>> samples;
  bool prompts = false;
  bool decoding = false;
  while (csv.next()) {
    check_kernel(csv, layer);
    AttentionPoint point;
    point.prefill_chunk = measured_count(csv.field(chunk), 0);
    point.prefill_key = point.prefill_chunk > 0 ? key.of(csv, point.prefill_chunk) : 0;
    point.decodes = measured_count(csv.field(decodes), 0);
    point.kv_decode = point.decodes > 0 ? measured_count(csv.field(kv), 0) : 0;
    if (is_speculative(csv, queries, point.decodes)) continue;
    if (point.prefill_chunk == 0 && point.decodes == 0) {
      fail(csv.field(decodes), "1 or more where prefill_chunk is 0");
    }
    prompts = prompts || point.decodes == 0;
    decoding = decoding || point.prefill_chunk == 0;
    put(samples, point.key(), csv.field(time));
  }
  if (!prompts || !decoding) {
    throw InputError({file},
                     fmt::format("there are no rows with {} alone: expected some",
                                 prompts ? "decoding (prefill_chunk 0)" : "prompts (n_decode 0)"));
  }
  std::vector<AttentionPoint> points;
  for (const auto& [at, sample] : samples) {
    points.push_back({at[0], at[1], at[2], at[3], sample.seconds});
  }
  return points;
}

ExpertTable read_experts(std::string_view text, const std::string& file) {
  CsvReader csv(text, file);
  const std::size_t tokens = csv.column("tokens");
  const std::size_t touched = csv.column("activated_experts");
  const std::size_t time = csv.column("time_us");
  const auto parallel = csv.find("ep");
  std::map<double, Samples<double>> samples;
  while (csv.next()) {
    // Experts spread over ranks are not modelled: a rank has its part of each.
    const auto degree = csv.given(parallel);
    if (degree && measured_count(*degree, 1) != 1) continue;
    put(samples[measured_count(csv.field(tokens), 1)], measured_count(csv.field(touched), 1),
        csv.field(time));
  }
  need_rows(!samples.empty(), file);
  ExpertTable table;
  for (const auto& [count, points] : samples) {
    table.tokens.push_back(count);
    table.by_touched.push_back(curve_of(points));
  }
  return table;
}

Curve read_all_reduce(std::string_view text, const std::string& file) {
  CsvReader csv(text, file);
  const std::size_t bytes = csv.column("bytes");
  const std::size_t time = csv.column("time_us");
  Samples<double> samples;
  while (csv.next()) put(samples, measured_count(csv.field(bytes), 1, kMostBytes), csv.field(time));
  need_rows(!samples.empty(), file);
  return curve_of(samples);
}

double ExpertTable::at(double token_count, double touched) const {
  const Bracket place = bracket(tokens, token_count);
  const double low = by_touched[place.index].at(touched);
  if (place.share == 0) return low;
  return low + place.share * (by_touched[place.index + 1].at(touched) - low);
}

}  // namespace tandem

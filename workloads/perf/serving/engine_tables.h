// Measured times of an engine's layers, read from a folder of CSV files in the form of the profiles
// that come with LLMServingSim (docs/serving-time.md says which columns count).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "workloads/perf/serving/attention_table.h"

namespace tandem {

/// Seconds of one call of each layer.
using LayerCurves = std::map<std::string, Curve, std::less<>>;

/// Seconds of a layer's experts by tokens, and for these by how many experts they touch.
struct ExpertTable {
  std::vector<double> tokens;
  std::vector<Curve> by_touched;

  double at(double token_count, double touched) const;
};

// Each reads the text of one file; `file` names it in messages. All throw InputError.

/// `axis` is "tokens" or "sequences".
LayerCurves read_layer_curves(std::string_view text, const std::string& file,
                              std::string_view axis);
std::vector<AttentionPoint> read_attention(std::string_view text, const std::string& file);
ExpertTable read_experts(std::string_view text, const std::string& file);
Curve read_all_reduce(std::string_view text, const std::string& file);

struct EngineTables {
  std::string folder;
  LayerCurves dense;         ///< By tokens.
  LayerCurves per_sequence;  ///< By sequences that get a token.
  AttentionTable attention;
  std::optional<ExpertTable> experts;
  std::optional<Curve> all_reduce;  ///< By bytes.
};

inline constexpr const char* kTableFiles[] = {"dense.csv", "per_sequence.csv", "attention.csv",
                                              "moe.csv", "all_reduce.csv"};

/// From dense.csv, per_sequence.csv and attention.csv, and moe.csv and all_reduce.csv if they are
/// there, in `folder` or its folder tp<tensor>.
EngineTables read_engine_tables(const std::filesystem::path& folder, std::int64_t tensor);

}  // namespace tandem

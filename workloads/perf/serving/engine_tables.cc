// Opens the files of a folder; read_tables.cc reads them.
#include "workloads/perf/serving/engine_tables.h"

#include <fmt/format.h>

#include "policies/core/error.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

/// The folder itself, or what it has for this degree.
std::filesystem::path folder_with_tables(const std::filesystem::path& folder, std::int64_t tensor) {
  const auto of_degree = folder / fmt::format("tp{}", tensor);
  for (const auto& candidate : {folder, of_degree}) {
    if (std::filesystem::exists(candidate / "dense.csv")) return candidate;
  }
  throw InputError(fmt::format("{}: there is neither dense.csv nor {}", folder.string(),
                               (of_degree / "dense.csv").string()));
}

template <class Read>
auto read_file(const std::filesystem::path& file, Read read) {
  const TextFile text(file);
  return read(text.text(), file.string());
}

template <class Read>
auto read_if_there(const std::filesystem::path& file, Read read) {
  using Table = decltype(read(std::string_view(), std::string()));
  return std::filesystem::exists(file) ? std::optional<Table>(read_file(file, read)) : std::nullopt;
}

auto layer_reader(std::string_view axis) {
  return [axis](std::string_view text, const std::string& file) {
    return read_layer_curves(text, file, axis);
  };
}

}  // namespace

EngineTables read_engine_tables(const std::filesystem::path& folder, std::int64_t tensor) {
  const auto place = folder_with_tables(folder, tensor);
  return {place.string(),
          read_file(place / "dense.csv", layer_reader("tokens")),
          read_file(place / "per_sequence.csv", layer_reader("sequences")),
          AttentionTable(read_file(place / "attention.csv", read_attention)),
          read_if_there(place / "moe.csv", read_experts),
          read_if_there(place / "all_reduce.csv", read_all_reduce)};
}

}  // namespace tandem

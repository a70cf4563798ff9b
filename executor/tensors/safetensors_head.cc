// Strict where readers differ: a key that comes twice, a hole, or a byte too many is an error.
#include "executor/tensors/safetensors_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using Json = nlohmann::json;

/// Refuses what a plain parser lets pass: keys that come twice, and depth beyond the form's.
class Watch {
 public:
  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    constexpr int kDeepest = 2;
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth > kDeepest) throw InputError("the head is nested too deeply");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        throw InputError(fmt::format("the head has the key '{}' twice", key));
      }
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

Json parse_head(std::string_view text) {
  if (!text.starts_with('{')) throw InputError("the head does not begin with '{'");
  try {
    // By reference: the parser copies its callback.
    Watch watch;
    return Json::parse(text, [&](int depth, Json::parse_event_t event, const Json& value) {
      return watch(depth, event, value);
    });
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("the head is no JSON: {}", error.what()));
  }
}

std::int64_t whole_number(const Json& value, std::string_view what) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMost) {
    throw InputError(fmt::format("{}: expected a whole number, not {}", what, value.dump()));
  }
  return value.get<std::int64_t>();
}

/// The key of an entry. Every entry has exactly these three.
const Json& part(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end()) throw InputError(fmt::format("'{}' is missing", key));
  return *found;
}

std::vector<std::int64_t> whole_numbers(const Json& entry, const char* key) {
  const Json& list = part(entry, key);
  if (!list.is_array()) throw InputError(fmt::format("'{}' is no list", key));
  std::vector<std::int64_t> numbers;
  for (const Json& number : list) numbers.push_back(whole_number(number, key));
  return numbers;
}

NumberType type_of(const Json& entry) {
  const Json& value = part(entry, "dtype");
  const std::string name = value.is_string() ? value.get<std::string>() : value.dump();
  if (const auto type = number_type_named(name)) return *type;
  throw InputError(
      fmt::format("unknown dtype '{}'{}", name, suggestion(name, number_type_names())));
}

TensorEntry tensor_of(const Json& entry, std::span<const std::byte> data) {
  if (!entry.is_object()) throw InputError("is no object");
  for (const auto& item : entry.items()) {
    const std::vector<std::string> known{"dtype", "shape", "data_offsets"};
    if (std::ranges::find(known, item.key()) != known.end()) continue;
    throw InputError(fmt::format("unknown key '{}'{}", item.key(), suggestion(item.key(), known)));
  }
  TensorEntry tensor;
  tensor.type = type_of(entry);
  tensor.shape = whole_numbers(entry, "shape");
  const std::vector<std::int64_t> offsets = whole_numbers(entry, "data_offsets");
  if (offsets.size() != 2) throw InputError("'data_offsets' are not two numbers");
  const auto begin = static_cast<std::uint64_t>(offsets[0]);
  const auto end = static_cast<std::uint64_t>(offsets[1]);
  if (begin > end || end > data.size()) {
    throw InputError(fmt::format("bytes {} to {} are not among the {} of the file's data", begin,
                                 end, data.size()));
  }
  const auto bytes = tensor_bytes(tensor.type, tensor.shape);
  if (bytes != end - begin) {
    throw InputError(fmt::format("the shape [{}] of {} does not take {} bytes",
                                 fmt::join(tensor.shape, ", "), name_of(tensor.type), end - begin));
  }
  tensor.data = data.subspan(begin, end - begin);
  return tensor;
}

TensorMetadata metadata_of(const Json& value) {
  if (!value.is_object()) throw InputError("is no object");
  TensorMetadata metadata;
  for (const auto& item : value.items()) {
    if (!item.value().is_string()) throw InputError(fmt::format("'{}' is no string", item.key()));
    metadata.emplace(item.key(), item.value().get<std::string>());
  }
  return metadata;
}

/// Tensors lie one behind the other, from the first byte to the last.
void check_cover(const TensorMap& tensors, std::span<const std::byte> data) {
  std::vector<std::pair<std::span<const std::byte>, std::string_view>> parts;
  for (const auto& [name, tensor] : tensors) parts.emplace_back(tensor.data, name);
  const auto place = [&](const auto& part) {
    return std::pair(part.first.data() - data.data(), part.first.size());
  };
  std::ranges::sort(parts, {}, place);
  std::ptrdiff_t covered = 0;
  for (const auto& part : parts) {
    if (place(part).first != covered) {
      throw InputError(
          fmt::format("'{}' begins at byte {} of the data, not at {} where the one "
                      "before it ends",
                      part.second, place(part).first, covered));
    }
    covered += std::ssize(part.first);
  }
  if (covered != std::ssize(data)) {
    throw InputError(fmt::format("the tensors take {} bytes, and the file has {} for them", covered,
                                 data.size()));
  }
}

SafetensorsHead read_parts(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little, "numbers are as they lie in the file");
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) throw InputError("too short for a safetensors file");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMostHeadBytes || length > bytes.size() - sizeof length) {
    throw InputError(
        fmt::format("no safetensors file, or cut off: its head would have {} bytes", length));
  }
  const std::string_view rest = bytes.substr(sizeof length + length);
  const std::span data(reinterpret_cast<const std::byte*>(rest.data()), rest.size());
  SafetensorsHead head;
  const Json json = parse_head(bytes.substr(sizeof length, length));
  for (const auto& item : json.items()) {
    try {
      if (item.key() == kMetadataKey) {
        head.metadata = metadata_of(item.value());
      } else {
        head.tensors.emplace(item.key(), tensor_of(item.value(), data));
      }
    } catch (const InputError& error) {
      throw InputError(fmt::format("'{}': {}", item.key(), error.what()));
    }
  }
  check_cover(head.tensors, data);
  return head;
}

}  // namespace

std::optional<std::uint64_t> tensor_bytes(NumberType type, std::span<const std::int64_t> shape) {
  auto bytes = static_cast<std::int64_t>(bytes_of(type));
  for (const std::int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(bytes, side, &bytes)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

SafetensorsHead read_safetensors(std::string_view bytes, const std::string& file) {
  try {
    return read_parts(bytes);
  } catch (const InputError& error) {
    throw InputError(Position{file}, error.what());
  }
}

}  // namespace tandem

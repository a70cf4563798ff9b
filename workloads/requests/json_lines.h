// Reads texts of one JSON object a line, by the names of their keys: what CsvReader is for tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/traces/field.h"
#include "workloads/traces/line_reader.h"

namespace tandem {

/// Flat objects of numbers and texts, and of lists of whole numbers. Keys come in any order, and
/// more of them than asked for do no harm; null is as good as nothing; blank lines are passed over.
class JsonLines {
 public:
  /// A text in memory, which must outlive the reader. `lists` names the keys whose values are lists
  /// of whole numbers.
  JsonLines(std::string_view text, std::string file, std::vector<std::string> names,
            std::vector<std::string> lists = {});
  ~JsonLines();
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  /// Goes on to the next object; false at the end. Throws InputError for a line that is none, and
  /// for a key that comes twice.
  bool next();

  /// A value of the current object by the place of its name. Throws InputError, with the nearest
  /// key there is, if it is absent.
  Field field(std::size_t name) const;
  /// The same if it is there.
  std::optional<Field> given(std::size_t name) const;
  /// A list by the place of its name; nothing if it is absent.
  std::optional<std::span<const std::uint64_t>> list(std::size_t name) const;

 private:
  struct Parser;
  struct Slot {
    std::string_view text;
    std::size_t column = 0;  // 0: absent.
  };

  void read_line();
  Field as_field(const Slot& slot, const std::string& name) const;
  [[noreturn]] void fail_at(std::size_t column, const std::string& message) const;

  LineReader lines_;
  std::vector<std::string> names_;
  std::vector<std::string> list_names_;
  std::unique_ptr<Parser> parser_;
  std::vector<Slot> slots_;
  std::vector<std::string_view> keys_;  // Of the current object, all of them.
  struct List {
    std::vector<std::uint64_t> numbers;
    bool is_there = false;
  };
  std::vector<List> lists_;
};

}  // namespace tandem

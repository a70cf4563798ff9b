// A trace while it is being read: what all formats have in common once a row is understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/traces/field.h"
#include "workloads/traces/name_table.h"
#include "workloads/traces/trace.h"

namespace tandem {

/// Collects jobs in the order of the file, then puts them in order. Jobs come with the file's own
/// submission times and without an estimate; finish() makes the times count from the first one.
class TraceDraft {
 public:
  /// `text` is only looked at for its size.
  TraceDraft(std::string file, std::string_view text, Estimates estimates);

  const std::string& file() const { return file_; }
  /// Index of a tenant. Throws InputError if the field is no name.
  std::uint32_t tenant(const Field& field) { return tenants_.index(field); }
  std::uint32_t tenant(std::string_view name) { return tenants_.index(name); }
  /// Index of a set of device types, their names in any order.
  std::uint32_t types(std::vector<std::string> names);
  void state_machine_devices(std::uint32_t devices) { trace_.machine_devices = devices; }

  /// Adds a job under the trace's own id. Throws InputError if that is no name.
  void add_named(TraceJob job, std::optional<Duration> estimate, const Field& id);
  /// Adds a job under its number among the rows; `start` is the row's first field.
  void add_numbered(TraceJob job, std::optional<Duration> estimate, const Field& start);

  /// Warns if `count` is not 0; "{}" in `sentence` stands for "1 job", "2 jobs".
  void warn(std::size_t count, std::string_view sentence, std::string_view noun = "job");

  /// Throws InputError if there are no jobs or an id comes twice.
  Trace finish() &&;

 private:
  struct Place {
    std::size_t line;
    std::size_t column;
  };

  void add(TraceJob job, std::optional<Duration> estimate, const Field& id);
  void check_ids() const;
  void start_at_zero();
  void order_by_submission();

  std::string file_;
  Estimates estimates_;
  Trace trace_;
  Time first_ = kForever;
  std::vector<Place> places_;  // Of each job, in the order of the file.
  std::string id_column_;      // Empty if the jobs have no ids of their own.
  NameTable tenants_;
};

}  // namespace tandem

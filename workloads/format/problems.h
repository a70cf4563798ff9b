// All that is wrong with a scenario, gathered so that one look at the messages repairs the file.
#pragma once

#include <string>
#include <vector>

#include "policies/core/error.h"

namespace tandem {

/// Messages with positions, in the order found. The first 20 are kept.
class Problems {
 public:
  void add(const Position& where, const std::string& message);
  bool empty() const { return messages_.empty(); }
  /// Throws one InputError with a line for each problem, if there is any.
  void throw_if_any() const;

 private:
  std::vector<std::string> messages_;
  std::size_t left_out_ = 0;
};

}  // namespace tandem

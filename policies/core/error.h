// The two ways a run ends before its time: the user's input is wrong, or a policy broke a rule.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tandem {

/// Where in an input something stands. Lines and columns count from 1; 0 means unknown.
struct Position {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
};

/// The user's input cannot be used; what() reads "FILE:LINE:COLUMN: what is wrong, what to do".
/// Caught once, in main: exit code 2.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(message) {}
  InputError(const Position& where, const std::string& message)
      : std::runtime_error(prefix(where) + message) {}

 private:
  static std::string prefix(const Position& where);
};

/// A world reported what cannot have happened: a bug of ours, or a damaged journal.
class WorldError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A policy asked for what no policy may do. `rule` names the rule, as docs/architecture.md lists
/// them. Caught once, in main: exit code 5.
class RuleBroken : public std::logic_error {
 public:
  RuleBroken(std::string_view rule, const std::string& details)
      : std::logic_error("rule " + std::string(rule) + " broken: " + details) {}
};

}  // namespace tandem

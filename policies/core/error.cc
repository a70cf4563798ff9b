#include "policies/core/error.h"

namespace tandem {

std::string InputError::prefix(const Position& where) {
  if (where.file.empty() && where.line == 0) return {};
  std::string text = where.file.empty() ? "input" : where.file;
  if (where.line > 0) text += ":" + std::to_string(where.line);
  if (where.line > 0 && where.column > 0) text += ":" + std::to_string(where.column);
  return text + ": ";
}

}  // namespace tandem

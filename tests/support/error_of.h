// What a piece of code complains of: for tests that check a message to the letter.
#pragma once

#include <string>

#include "policies/core/error.h"

namespace tandem {

/// The message of the InputError that `act` throws; "no error" if it throws none.
template <class Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace tandem

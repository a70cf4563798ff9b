// Who waits for a run of completions: a client's connection, or somebody who has a file of prompts.
#pragma once

#include <utility>
// Asio's coroutines need <utility> before them.
#include <boost/asio/any_io_executor.hpp>

namespace tandem {

class RunWaiter {
 public:
  virtual ~RunWaiter() = default;
  /// Of the one loop on which everything happens.
  virtual boost::asio::any_io_executor executor() const = 0;
  /// There is something new. Told while the desk speaks.
  virtual void wake() = 0;
  /// It does not read what it is given, and is to have no more.
  virtual void abort() = 0;
};

}  // namespace tandem

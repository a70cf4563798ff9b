// What the front and the controller tell each other of replicas. The front knows how many are
// wanted and who asks them; the controller knows jobs and devices. Each has a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "policies/core/ids.h"

namespace tandem {

/// A replica among all of its service, from the wish for it until it is gone.
struct ReplicaPlace {
  ServiceId service;
  std::uint32_t place = 0;
  friend auto operator<=>(const ReplicaPlace&, const ReplicaPlace&) = default;
};

struct ReplicaWish {
  enum class Kind : std::uint8_t {
    kSubmit,    ///< There shall be one: a job.
    kFinish,    ///< It holds devices, and has nothing more to do.
    kWithdraw,  ///< It waits for devices, and is not wanted any more.
    kBreak,     ///< It talks nonsense: it is to be killed, as if it had broken by itself.
  };
  Kind kind = Kind::kSubmit;
  ReplicaPlace replica;
  std::uint32_t generation = 0;  ///< Of kBreak: the gang that is meant,
  std::string cause = {};        ///< and what was wrong with it.
};

struct ReplicaEvent {
  enum class Kind : std::uint8_t {
    kPlaced,   ///< It has devices, and gets ready under this job and generation.
    kStopped,  ///< It has lost them, and waits again.
    kGone,     ///< Its job has ended, well or not.
  };
  Kind kind = Kind::kGone;
  ReplicaPlace replica;
  JobId job;
  std::uint32_t generation = 0;
  bool has_failed = false;  ///< It broke; of kGone: it cannot run.
  std::string how = {};     ///< It was stopped, or has failed, for people.
};

/// Letters in one direction; may be used by two threads. The reader is woken by a function that the
/// writer's thread calls.
template <class Letter>
class Mailbox {
 public:
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void put(Letter letter) {
    {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    wake_();
  }
  std::vector<Letter> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

}  // namespace tandem

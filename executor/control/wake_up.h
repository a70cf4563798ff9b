// Lets another thread end the controller's wait.
#pragma once

#include "executor/control/real_world.h"

namespace tandem {

class WakeUp final : public Bystander {
 public:
  /// Throws std::system_error if the system gives no descriptor.
  WakeUp();
  ~WakeUp() override;
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  /// From any thread.
  void ring() const;
  void add_to(std::vector<zmq_pollitem_t>& items) const override;
  void attend() override;

 private:
  int descriptor_ = -1;
};

}  // namespace tandem

// What a gang that trains does with the network, as far as those who share it need to know.
#pragma once

namespace tandem {

class Communication {
 public:
  virtual ~Communication() = default;
  /// Seconds of an iteration in which it communicates, if it gets all that its network cards can
  /// send; with a share of that, so much longer.
  virtual double active_s() const = 0;
  /// Seconds of the whole iteration, of which communication may be hidden behind computing.
  virtual double iteration_s(double share) const = 0;
};

}  // namespace tandem

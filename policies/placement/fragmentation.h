// How much of what is idle nobody can use: the measure of Weng et al., "Beware of Fragmentation"
// (ATC'23). A job takes more than its devices if it leaves the rest in pieces that fit no other
// job.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "policies/core/free_devices.h"
#include "policies/core/job.h"

namespace tandem {

/// All that fragmentation depends on, of one node.
struct NodeLeft {
  NodeLeft() = default;
  NodeLeft(NodeId node, const FreeDevices& free);

  /// What is left once ranks of a demand run here; a rank that shares its device does so on `slot`,
  /// which counts the devices of the node.
  NodeLeft without(const Demand& demand, std::uint32_t ranks, std::size_t slot) const;

  DeviceTypeId type;
  Room room;
  ModelSet models = 0;
  std::vector<std::uint16_t> devices;  ///< Thousandths left of each.
};

/// F_n = sum over classes m of p_m F_n(m), where F_n(m) is the idle share of devices on node n that
/// a job of class m cannot use: all of it if the node cannot take the job (or one rank of it, if it
/// may spread) for lack of CPUs, memory, the right type or large enough pieces; else the pieces
/// that are too small, which for a job of whole devices is every part of one. A job without devices
/// can use none.
///
/// A class is a distinct demand, and its popularity p_m how often it was submitted. Popularities
/// are taken over each time the number of submissions has doubled: in between they hardly move,
/// and what was computed stays true. Only the 256 most popular classes count.
class Fragmentation {
 public:
  void count(const Demand& demand);

  /// F_n in thousandths of devices, times weight(); 0 before anything was counted.
  std::int64_t of(const NodeLeft& node) const;
  /// The popularities' sum.
  std::int64_t weight() const { return weight_; }
  /// Moves when popularities do.
  std::uint64_t epoch() const { return epoch_; }

 private:
  struct TaskClass {
    Demand demand;
    std::int64_t popularity = 0;
  };
  struct Counted {
    std::uint64_t times = 0;
    std::size_t number = 0;  ///< In order of appearance.
  };

  void take_over();

  std::map<Demand, Counted> counted_;
  std::uint64_t submissions_ = 0;
  std::uint64_t epoch_ = 0;
  std::vector<TaskClass> classes_;
  std::int64_t weight_ = 0;
};

}  // namespace tandem

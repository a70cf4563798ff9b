// A kind of wire between devices: what one device gets out of it in one direction.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// Alpha-beta figures: sending S bytes takes latency + S / (bytes_per_s * efficiency).
struct Fabric {
  std::string name;        ///< "infiniband-hdr".
  std::string title;       ///< "InfiniBand HDR, 200 Gbit/s".
  double bytes_per_s = 0;  ///< One direction, by the maker: of a device inside a node, or of a NIC.
  double efficiency = 1;   ///< What a collective library gets of it.
  double latency = 0;      ///< Seconds each collective takes whatever its size.
  double hop_latency = 0;  ///< Seconds each hop adds.
  std::optional<double> node_bytes_per_s;  ///< What all cards of a node get together, if less.
  std::vector<std::string> sources;

  double achieved_bytes_per_s() const { return bytes_per_s * efficiency; }
};

}  // namespace tandem

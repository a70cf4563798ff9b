// Random numbers for workloads: one stream per purpose, so that a change of one distribution leaves
// every other draw as it was, and policies are compared on the same jobs.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>

namespace tandem {

/// Boost's generators and distributions give the same numbers with every standard library.
using Stream = boost::random::mt19937_64;

/// What a stream of a source is for. The numbers are part of what a seed means: never reuse one.
enum class Purpose : std::uint64_t {
  kArrival = 1,
  kDuration = 2,
  kDevices = 3,
  kEstimate = 4,
  kTenant = 5,
  kPriority = 6,
  kFailure = 7,
  kModel = 8,
  kRackFailure = 9,
  kPrompt = 10,
  kOutput = 11,
  kPrediction = 12,
  kTurns = 13,
  kThinking = 14,
  kPrefix = 15,
  kShake = 16,
  kRepeat = 17,
};

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): neighbours become unrelated.
std::uint64_t mixed(std::uint64_t x);

/// A number for (seed, source, purpose), unrelated for different arguments.
std::uint64_t stream_key(std::uint64_t seed, std::uint64_t source, Purpose purpose);

/// The stream of the `source`-th entry of the workload for one purpose. Unrelated for different
/// arguments, the same for the same ones.
Stream make_stream(std::uint64_t seed, std::uint64_t source, Purpose purpose);

}  // namespace tandem

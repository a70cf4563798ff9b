// What kernels are written in: a team of threads that does one piece of the work together. On a
// GPU a team is a block of threads; in tests it is one thread by itself, or several of a
// processor: so the same sources are held to what they promise on machines without a GPU.
//
// A team has thread(), its number from 0 on; threads(), a power of two; and meet(), which returns
// when all threads have come there and sees what they have written before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

// What teams call; and what whoever starts them calls, too.
#ifdef __CUDACC__
#define TANDEM_KERNEL __device__ __forceinline__
#define TANDEM_BOTH __host__ __device__
#define TANDEM_UNROLL _Pragma("unroll 8")
#else
#define TANDEM_KERNEL inline
#define TANDEM_BOTH
#define TANDEM_UNROLL
#endif

namespace tandem {

/// A team has at most so many threads; on GPUs exactly these.
inline constexpr int kTeamThreads = 128;

/// Less than any number.
inline constexpr float kNothing = -std::numeric_limits<float>::infinity();

/// Calls `act(i)` for all i < count, each by one thread.
template <class Team, class Act>
TANDEM_KERNEL void divide(const Team& team, std::int64_t count, Act act) {
  for (std::int64_t i = team.thread(); i < count; i += team.threads()) act(i);
}

/// The sum of one number of each thread, for all of them; `shared` has room for one of each.
template <class Team>
TANDEM_KERNEL float sum_of(const Team& team, float number, float* shared) {
  shared[team.thread()] = number;
  team.meet();
  for (int half = team.threads() / 2; half > 0; half /= 2) {
    if (team.thread() < half) shared[team.thread()] += shared[team.thread() + half];
    team.meet();
  }
  const float sum = shared[0];
  team.meet();  // Before somebody writes there again.
  return sum;
}

}  // namespace tandem

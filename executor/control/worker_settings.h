// What the environment of every worker says, whether a controller starts it or `tandem calibrate`
// does: what is measured in one must hold in the other.
#pragma once

#include <string>
#include <vector>

namespace tandem {

/// NAME=VALUE of each setting of which the user's own environment says nothing:
/// OMP_WAIT_POLICY=passive, for threads that spin while they wait take the processors that other
/// workers compute on; GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which asks for pages of 2 MiB where
/// the kernel gives them to who asks (`transparent_hugepage` is `madvise`). Which small pages a
/// process happens to get makes steps that read all weights up to a third slower.
std::vector<std::string> worker_settings();

}  // namespace tandem

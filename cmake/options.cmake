# How the code is compiled: warnings, sanitizers, and faster tools where they are installed.

option(TANDEM_WERROR "Treat warnings as errors" OFF)
option(TANDEM_COVERAGE "Instrument for gcov" OFF)
option(TANDEM_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(TANDEM_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize takes them")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
# Not Debian's mold 1.10: a program whose .tbss ends a page does not start (its issue 1151).
find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM)
  add_link_options(-fuse-ld=lld)
endif()

add_library(tandem_warnings INTERFACE)
# nvcc's own words for what it asks of the host's compiler are not standard C++.
target_compile_options(tandem_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor>
  # g++ 12 sees overlaps in string concatenation that are not there (GCC bug 105651).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${TANDEM_WERROR}>>:-Werror>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${TANDEM_WERROR}>>:-Werror=all-warnings>)

# Line numbers in profiles and in valgrind, not the whole debugging information.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
# Of the sanitizers: compiled in two thirds of the time that -O2 -g takes.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")

# Equal bytes on every machine: no fused multiply-add where the source has two operations.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>)
if(TANDEM_SANITIZE)
  # With sanitizers g++ 12 sees uninitialised members inside std::regex (GCC bug 105562) and
  # coroutine frames freed by another allocator than their own (GCC bug 109224).
  target_compile_options(tandem_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-mismatched-new-delete>)
  if(TANDEM_SANITIZE MATCHES thread)
    # It does not know fences, of which Asio 1.74 has one; g++ 12 says so.
    target_compile_options(tandem_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  add_compile_options(-fsanitize=${TANDEM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(TANDEM_SANITIZE MATCHES address)
    # It finds null pointers and what lies outside an object by itself; to look for them twice takes
    # a sixth of the compiler's time.
    add_compile_options(-fno-sanitize=null,object-size)
  endif()
  add_link_options(-fsanitize=${TANDEM_SANITIZE})
endif()
if(TANDEM_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
if(TANDEM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

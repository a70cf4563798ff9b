# The libraries from Debian, and what each is for: docs/dependencies.md says why.

find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(SIMGRID REQUIRED IMPORTED_TARGET simgrid>=3.32)
pkg_check_modules(RSVG REQUIRED IMPORTED_TARGET librsvg-2.0 cairo)
find_package(ZLIB REQUIRED)
pkg_check_modules(CLP REQUIRED clp)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Not the target of pkg-config: that asks for the archives CLP itself was linked from. Programs that
# solve nothing do not load it.
add_library(tandem_clp INTERFACE)
target_include_directories(tandem_clp SYSTEM INTERFACE ${CLP_INCLUDE_DIRS})
target_link_libraries(tandem_clp INTERFACE
  -Wl,--push-state,--as-needed Clp CoinUtils -Wl,--pop-state)

# LibTorch, from Debian or from TORCH_ROOT (the folder "torch" of an unpacked wheel or of libtorch's
# own archive), as one short target of ours: tandem_torch. TorchConfig.cmake is not used: Debian's
# pulls in protobuf, gflags and glog, the wheel's a CUDA toolkit it then does not need.

set(TORCH_ROOT "" CACHE PATH "LibTorch 2.x to build the executor with; empty: Debian's")
if(TORCH_ROOT)
  set(torch_hints PATHS ${TORCH_ROOT} NO_DEFAULT_PATH)
endif()
find_path(TORCH_INCLUDE ATen/ATen.h ${torch_hints} PATH_SUFFIXES include)
find_library(TORCH_CPU torch_cpu ${torch_hints} PATH_SUFFIXES lib)
find_library(TORCH_C10 c10 ${torch_hints} PATH_SUFFIXES lib)
if(NOT TORCH_ROOT)  # A wheel's torch_cpu has its own BLAS.
  find_library(TORCH_BLAS NAMES blas libblas.so.3)
else()
  set(TORCH_BLAS ${TORCH_CPU})
endif()
find_library(TORCH_CUDA torch_cuda ${torch_hints} PATH_SUFFIXES lib)
find_library(TORCH_C10_CUDA c10_cuda ${torch_hints} PATH_SUFFIXES lib)
find_package(cppzmq QUIET)
find_package(SQLiteCpp QUIET)
find_package(OpenMP QUIET)
find_package(OpenSSL QUIET)
pkg_check_modules(UTF8PROC QUIET IMPORTED_TARGET libutf8proc)

set(missing "")
foreach(need TORCH_INCLUDE TORCH_CPU TORCH_C10 TORCH_BLAS cppzmq_FOUND SQLiteCpp_FOUND OpenMP_FOUND OPENSSL_FOUND
    UTF8PROC_FOUND)
  if(NOT ${need})
    list(APPEND missing ${need})
  endif()
endforeach()
if(missing)
  set(default OFF)
else()
  set(default ON)
endif()
option(TANDEM_EXECUTOR "Build the executor: tandem-run and tandem-worker" ${default})
if(NOT TANDEM_EXECUTOR)
  message(STATUS "The executor is left out (missing: ${missing}); './dev build' installs what it needs")
  return()
endif()
if(missing)
  message(FATAL_ERROR "The executor needs ${missing}; './dev packages' installs them")
endif()

add_library(tandem_torch INTERFACE)
# LibTorch's own headers alone: a wheel brings those of other libraries along, of other versions.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/torch_headers)
foreach(folder ATen c10 caffe2 torch)
  file(CREATE_LINK ${TORCH_INCLUDE}/${folder} ${CMAKE_BINARY_DIR}/torch_headers/${folder} SYMBOLIC)
endforeach()
target_include_directories(tandem_torch SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/torch_headers
  ${CMAKE_BINARY_DIR}/torch_headers/torch/csrc/api/include)
target_compile_definitions(tandem_torch INTERFACE USE_C10D_GLOO AT_PER_OPERATOR_HEADERS)
# at::parallel_for is inlined into our files; without OpenMP it would be serial there, silently.
target_link_libraries(tandem_torch INTERFACE ${TORCH_CPU} ${TORCH_C10} ${TORCH_BLAS} OpenMP::OpenMP_CXX)

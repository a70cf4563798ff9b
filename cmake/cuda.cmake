# CUDA and NCCL, for ranks and replicas on GPUs: tandem_cuda. Only a LibTorch that was built with CUDA
# uses them.

set(cuda_default OFF)
if(TANDEM_EXECUTOR AND TORCH_CUDA AND TORCH_C10_CUDA)
  find_package(CUDAToolkit QUIET)
  find_path(NCCL_INCLUDE nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
  find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2 HINTS ${CUDAToolkit_LIBRARY_DIR})
  if(CUDAToolkit_FOUND AND NCCL_INCLUDE AND NCCL_LIBRARY)
    set(cuda_default ON)
  endif()
endif()
option(TANDEM_CUDA "Ranks on GPUs, which talk over NCCL, and replicas" ${cuda_default})
if(NOT TANDEM_CUDA)
  return()
endif()
if(NOT cuda_default)
  message(FATAL_ERROR "TANDEM_CUDA needs the executor, a LibTorch built with CUDA, CUDA's toolkit and NCCL")
endif()

# Ampere and Hopper; what comes later compiles Hopper's for itself. The runtime is LibTorch's.
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
endif()
set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE} CACHE FILEPATH "nvcc")
enable_language(CUDA)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)  # CMake 3.25 does not know how nvcc calls it.
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)

add_library(tandem_cuda INTERFACE)
target_include_directories(tandem_cuda SYSTEM INTERFACE ${NCCL_INCLUDE})
target_compile_definitions(tandem_cuda INTERFACE TANDEM_CUDA)
# Its kernels are found by being loaded, which the linker does not see.
target_link_libraries(tandem_cuda INTERFACE CUDA::cudart ${NCCL_LIBRARY}
  -Wl,--push-state,--no-as-needed ${TORCH_CUDA} ${TORCH_C10_CUDA} -Wl,--pop-state)

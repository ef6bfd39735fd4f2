# Enables CUDA for the project's own build: finds nvcc and a host compiler that it takes, and says what to compile for.
# A project that takes SpectralMC in decides all of this itself.
include(${CMAKE_CURRENT_LIST_DIR}/Toolkits.cmake)

if(NOT CMAKE_CUDA_COMPILER)
  spectralmc_find_nvccs(nvccs)
  if(NOT nvccs)
    message(FATAL_ERROR "SPECTRALMC_CUDA is on but there is no nvcc. Install the CUDA toolkit (Debian: "
      "`apt-get install nvidia-cuda-toolkit` from the component non-free) or name one: -DCMAKE_CUDA_COMPILER=/path/to/nvcc.")
  endif()
  list(GET nvccs 0 CMAKE_CUDA_COMPILER)
endif()
spectralmc_nvcc_release("${CMAKE_CUDA_COMPILER}" cuda_release)

if(NOT CMAKE_CUDA_HOST_COMPILER AND NOT DEFINED ENV{CUDAHOSTCXX})
  spectralmc_nvcc_host_compiler("${cuda_release}" CMAKE_CUDA_HOST_COMPILER)
  if(NOT CMAKE_CUDA_HOST_COMPILER)
    message(FATAL_ERROR "nvcc ${cuda_release} takes none of the C++ compilers here. Install an older g++ (g++-11 suits "
      "CUDA 11.8) or name one: -DCMAKE_CUDA_HOST_COMPILER=g++-11.")
  endif()
endif()

if(NOT CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
  spectralmc_nvcc_architectures("${CMAKE_CUDA_COMPILER}" "52;60;70;75;80;86;89;90;100;120" architectures)
  set(CMAKE_CUDA_ARCHITECTURES "${architectures}" CACHE STRING "GPU architectures to compile for")
endif()

enable_language(CUDA)
message(STATUS "CUDA ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}: ${CMAKE_CUDA_COMPILER}, "
  "host compiler ${CMAKE_CUDA_HOST_COMPILER}")

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

# Debian's nvcc knows no folder of headers of its own: they are in /usr/include, which the host compiler searches after
# /usr/local/include. Where another toolkit has left links to its headers there, nvcc would read those. A folder of links
# to the right ones goes before both.
if(NOT CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES AND EXISTS /usr/include/cuda_runtime.h AND EXISTS /usr/local/include/cuda_runtime.h)
  set(own_headers ${PROJECT_BINARY_DIR}/cuda_headers)
  file(MAKE_DIRECTORY ${own_headers})
  file(GLOB names RELATIVE /usr/local/include /usr/local/include/*)
  foreach(name IN LISTS names)
    if(EXISTS /usr/include/${name})
      file(CREATE_LINK /usr/include/${name} ${own_headers}/${name} SYMBOLIC)
    endif()
  endforeach()
  string(APPEND CMAKE_CUDA_FLAGS " -isystem ${own_headers}")
endif()

message(STATUS "CUDA ${CMAKE_CUDA_COMPILER_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}: ${CMAKE_CUDA_COMPILER}, "
  "host compiler ${CMAKE_CUDA_HOST_COMPILER}")

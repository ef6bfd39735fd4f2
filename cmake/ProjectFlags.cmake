# Flags for the project's own programs; its users get none of them. (Clang's -Wconversion speaks of signs, GCC's does not.)
set(spectralmc_warnings -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Werror)

include(CheckCXXCompilerFlag)
set(spectralmc_march "")
if(SPECTRALMC_MARCH)
  check_cxx_compiler_flag(-march=${SPECTRALMC_MARCH} SPECTRALMC_HAS_MARCH_${SPECTRALMC_MARCH})
  if(SPECTRALMC_HAS_MARCH_${SPECTRALMC_MARCH})
    set(spectralmc_march -march=${SPECTRALMC_MARCH})
  endif()
endif()

add_library(spectralmc_project_flags INTERFACE)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  target_compile_options(spectralmc_project_flags INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:${spectralmc_warnings};${spectralmc_march}>")
elseif(MSVC)
  target_compile_options(spectralmc_project_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:/W4;/WX>)
endif()

# GCC 12 takes AVX-512 intrinsics in Eigen's headers for uninitialised variables (GCC bug 105593).
target_compile_definitions(spectralmc_project_flags INTERFACE EIGEN_DONT_VECTORIZE)

# nvcc's host compiler: -Wconversion and -Wshadow would speak of the code that nvcc itself generates. The CPU is at least
# one with fused multiply-add, so that host code in CUDA files gives the same bits as elsewhere.
set(spectralmc_nvcc_host_march ${SPECTRALMC_MARCH})
if(SPECTRALMC_MARCH STREQUAL "native" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(spectralmc_nvcc_host_march x86-64-v3)
endif()
target_compile_options(spectralmc_project_flags INTERFACE
  "$<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Werror=all-warnings;-Wno-deprecated-gpu-targets;-Xcompiler=-Wall,-Wextra,-Werror>")
if(spectralmc_nvcc_host_march)
  target_compile_options(spectralmc_project_flags INTERFACE
    "$<$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>:-Xcompiler=-march=${spectralmc_nvcc_host_march}>")
endif()

// What this build of the library is: version, host/device markers, and which instruction set the SIMD code is made for.
#pragma once

#if __cplusplus < 201703L && !(defined(_MSVC_LANG) && _MSVC_LANG >= 201703L)
#error "SpectralMC needs C++17 or newer: compile with -std=c++17 (/std:c++17)."
#endif

#define SPECTRALMC_VERSION_MAJOR 0
#define SPECTRALMC_VERSION_MINOR 1
#define SPECTRALMC_VERSION_PATCH 0

#if defined(__CUDACC__)
#define SPECTRALMC_HOST_DEVICE __host__ __device__
#else
#define SPECTRALMC_HOST_DEVICE
#endif

// Before a function template for host and device that calls what a type has: nvcc is not to warn where that is a host's
// function and the template is instantiated for the host alone.
#if defined(__NVCC__)
#define SPECTRALMC_CALLS_AS_INSTANTIATED _Pragma("nv_exec_check_disable")
#else
#define SPECTRALMC_CALLS_AS_INSTANTIATED
#endif

#if defined(__CUDACC__) || defined(__GNUC__) || defined(__clang__)
#define SPECTRALMC_FORCE_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define SPECTRALMC_FORCE_INLINE __forceinline
#else
#define SPECTRALMC_FORCE_INLINE inline
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SPECTRALMC_NEVER_INLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define SPECTRALMC_NEVER_INLINE __declspec(noinline)
#else
#define SPECTRALMC_NEVER_INLINE
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SPECTRALMC_SELDOM(condition) __builtin_expect(static_cast<bool>(condition), 0)
#else
#define SPECTRALMC_SELDOM(condition) (condition)
#endif

// Fast-math modes assume away NaN, infinities and the order of operations: validation, the handling of non-finite paths
// and the promise of equal bits would all be void without a word. Whoever wants that says so. (nvcc's --use_fast_math
// and -prec-div=false do the like to device code, and define nothing that could be asked here.)
#if (defined(__FAST_MATH__) || defined(_M_FP_FAST)) && !defined(SPECTRALMC_ALLOW_FAST_MATH)
#error \
    "SpectralMC needs IEEE arithmetic: compile without -ffast-math or /fp:fast, or define SPECTRALMC_ALLOW_FAST_MATH and lose its guarantees."
#endif

// A fused multiply-add in hardware. Without one the same formulas are evaluated by a multiplication and an addition:
// right within the stated bounds, but not bit for bit equal to machines that fuse.
#if defined(__CUDA_ARCH__) || defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__) || defined(_M_ARM64) || \
    (defined(_MSC_VER) && defined(__AVX2__))
#define SPECTRALMC_HAS_FMA 1
#else
#define SPECTRALMC_HAS_FMA 0
#endif

// The instruction set that lanes (SIMD packs) are written for. SPECTRALMC_PLAIN_LANES forces the portable form, which
// is also the one used inside translation units compiled by nvcc: there the name is that of the list of architectures
// that the unit is compiled for, cuda_750_900 for example. The widest registers are taken: on an AMD EPYC those of 512
// bits make 1.6 to 1.8 times the path-steps of those of 256, and these twice those of 128 (bench/tuning_bench.cpp,
// docs/performance.md).
#if defined(__CUDACC__) && defined(__CUDA_ARCH_LIST__)
#define SPECTRALMC_PASTE(a, b) a##_##b
#define SPECTRALMC_JOIN(a, b) SPECTRALMC_PASTE(a, b)
#define SPECTRALMC_JOIN_1(a) a
#define SPECTRALMC_JOIN_2(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_1(__VA_ARGS__))
#define SPECTRALMC_JOIN_3(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_2(__VA_ARGS__))
#define SPECTRALMC_JOIN_4(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_3(__VA_ARGS__))
#define SPECTRALMC_JOIN_5(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_4(__VA_ARGS__))
#define SPECTRALMC_JOIN_6(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_5(__VA_ARGS__))
#define SPECTRALMC_JOIN_7(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_6(__VA_ARGS__))
#define SPECTRALMC_JOIN_8(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_7(__VA_ARGS__))
#define SPECTRALMC_JOIN_9(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_8(__VA_ARGS__))
#define SPECTRALMC_JOIN_10(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_9(__VA_ARGS__))
#define SPECTRALMC_JOIN_11(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_10(__VA_ARGS__))
#define SPECTRALMC_JOIN_12(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_11(__VA_ARGS__))
#define SPECTRALMC_JOIN_13(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_12(__VA_ARGS__))
#define SPECTRALMC_JOIN_14(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_13(__VA_ARGS__))
#define SPECTRALMC_JOIN_15(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_14(__VA_ARGS__))
#define SPECTRALMC_JOIN_16(a, ...) SPECTRALMC_JOIN(a, SPECTRALMC_JOIN_15(__VA_ARGS__))
#define SPECTRALMC_PICK_17(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, name, ...) name
#define SPECTRALMC_JOIN_ALL(...)                                                                                       \
  SPECTRALMC_PICK_17(__VA_ARGS__, SPECTRALMC_JOIN_16, SPECTRALMC_JOIN_15, SPECTRALMC_JOIN_14, SPECTRALMC_JOIN_13,      \
                     SPECTRALMC_JOIN_12, SPECTRALMC_JOIN_11, SPECTRALMC_JOIN_10, SPECTRALMC_JOIN_9, SPECTRALMC_JOIN_8, \
                     SPECTRALMC_JOIN_7, SPECTRALMC_JOIN_6, SPECTRALMC_JOIN_5, SPECTRALMC_JOIN_4, SPECTRALMC_JOIN_3,    \
                     SPECTRALMC_JOIN_2, SPECTRALMC_JOIN_1, )                                                           \
  (__VA_ARGS__)
#define SPECTRALMC_INSTRUCTION_SET SPECTRALMC_JOIN(cuda, SPECTRALMC_JOIN_ALL(__CUDA_ARCH_LIST__))
#define SPECTRALMC_LANE_BYTES 16
#define SPECTRALMC_LANES_PLAIN 1
#elif defined(SPECTRALMC_PLAIN_LANES) || defined(__CUDACC__) || !(defined(__GNUC__) || defined(__clang__))
#define SPECTRALMC_INSTRUCTION_SET plain
#define SPECTRALMC_LANE_BYTES 16
#define SPECTRALMC_LANES_PLAIN 1
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define SPECTRALMC_INSTRUCTION_SET avx512
#define SPECTRALMC_LANE_BYTES 64
#define SPECTRALMC_LANES_AVX512 1
#elif defined(__AVX2__) && defined(__FMA__)
#define SPECTRALMC_INSTRUCTION_SET avx2
#define SPECTRALMC_LANE_BYTES 32
#define SPECTRALMC_LANES_AVX2 1
#else
#define SPECTRALMC_INSTRUCTION_SET vector128
#define SPECTRALMC_LANE_BYTES 16
#define SPECTRALMC_LANES_VECTOR128 1
#endif

// Code whose layout or instructions depend on the instruction set lives in an inline namespace that bears its name, so
// that translation units compiled for different CPUs, or for different lists of GPU architectures, can be linked into
// one program without sharing a definition, a kernel or a tuning policy.
#define SPECTRALMC_LANES_NAMESPACE_BEGIN inline namespace SPECTRALMC_INSTRUCTION_SET {
#define SPECTRALMC_LANES_NAMESPACE_END }

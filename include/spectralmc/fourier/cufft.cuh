// Fourier transforms of any size on a CUDA GPU, by cuFFT: what includes this links CUDA::cufft. Needs nvcc.
//
// The same conventions as fourier_transform, and errors of the same order, but the bits are cuFFT's: they may change
// with its version and with the device.
#pragma once

#include <cufft.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/fourier/fourier_transform.hpp"

namespace spectralmc {

/// A call of cuFFT that failed: the text names the call and the code, code() is the error.
class cufft_error : public std::runtime_error {
 public:
  cufft_error(cufftResult code, const char* call)
      : std::runtime_error(std::string(call) + " failed: cufftResult " + std::to_string(static_cast<int>(code))),
        code_(code) {}
  cufftResult code() const noexcept { return code_; }

 private:
  cufftResult code_;
};

namespace detail {

inline void check(cufftResult code, const char* call) {
  if (code != CUFFT_SUCCESS) throw cufft_error(code, call);
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace __attribute__((visibility("hidden"))) cuda_kernels {

  /// Multiplies what is transformed.
  template <class Real>
  __global__ void scale(Real * values, std::size_t row_size, std::size_t distance, std::size_t rows, Real factor) {
    const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
    for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < rows * row_size;
         i += step) {
      values[i / row_size * distance + i % row_size] *= factor;
    }
  }

}  // namespace cuda_kernels

/// Transforms of rows of complex or of real numbers in the memory of the device that was current when this was made, on
/// the execution's stream, without waiting for it. The rows are part of the plan. cuFFT takes its work space itself.
template <class Real, bool of_reals = false>
class cufft_transform {
  using number = std::conditional_t<of_reals, Real, complex<Real>>;
  static constexpr bool single = sizeof(Real) == 4;

 public:
  /// @throws invalid_parameter for a size that the CPU's transforms do not take, or no rows; cufft_error
  cufft_transform(const cuda& execution, std::size_t size, fourier_rows rows = {})
      : stream_(execution.stream), size_(size), rows_(rows) {
    of_reals ? fourier_detail::require_power_of_two(size) : fourier_detail::require_size(size);
    require(rows.count >= 1, "rows.count", std::uint64_t{rows.count}, "[1, inf)");
    if (rows_.input_distance == 0) rows_.input_distance = size;
    if (rows_.output_distance == 0) rows_.output_distance = transformed_size();
    make(forward_, single ? (of_reals ? CUFFT_R2C : CUFFT_C2C) : (of_reals ? CUFFT_D2Z : CUFFT_Z2Z),
         rows_.input_distance, rows_.output_distance);
    make(inverse_, single ? (of_reals ? CUFFT_C2R : CUFFT_C2C) : (of_reals ? CUFFT_Z2D : CUFFT_Z2Z),
         rows_.output_distance, rows_.input_distance);
  }

  /// From the numbers to their transform: size complex ones, or size / 2 + 1 where the numbers are real.
  void forward(const number* in, complex<Real>* out) const {
    require_arrays(in, out);
    auto* from = const_cast<number*>(in);
    if constexpr (of_reals && single) {
      detail::check(cufftExecR2C(forward_.plan, from, as_cufft(out)), "cufftExecR2C");
    } else if constexpr (of_reals) {
      detail::check(cufftExecD2Z(forward_.plan, from, as_cufft(out)), "cufftExecD2Z");
    } else if constexpr (single) {
      detail::check(cufftExecC2C(forward_.plan, as_cufft(from), as_cufft(out), CUFFT_FORWARD), "cufftExecC2C");
    } else {
      detail::check(cufftExecZ2Z(forward_.plan, as_cufft(from), as_cufft(out), CUFFT_FORWARD), "cufftExecZ2Z");
    }
  }

  /// From the transform, whose rows are `output_distance` apart, to the numbers, `input_distance` apart, divided by the
  /// size. `in` may be overwritten where the numbers are real.
  void inverse(complex<Real>* in, number* out) const {
    require_arrays(in, out);
    if constexpr (of_reals && single) {
      detail::check(cufftExecC2R(inverse_.plan, as_cufft(in), out), "cufftExecC2R");
    } else if constexpr (of_reals) {
      detail::check(cufftExecZ2D(inverse_.plan, as_cufft(in), out), "cufftExecZ2D");
    } else if constexpr (single) {
      detail::check(cufftExecC2C(inverse_.plan, as_cufft(in), as_cufft(out), CUFFT_INVERSE), "cufftExecC2C");
    } else {
      detail::check(cufftExecZ2Z(inverse_.plan, as_cufft(in), as_cufft(out), CUFFT_INVERSE), "cufftExecZ2Z");
    }
    constexpr std::size_t reals = sizeof(number) / sizeof(Real);
    detail::launch("launch of scale", cuda_kernels::scale<Real>, 1024, 256, 0, stream_, reinterpret_cast<Real*>(out),
                   reals * size_, reals * rows_.input_distance, rows_.count, Real(1) / static_cast<Real>(size_));
  }

 private:
  struct handle {
    cufftHandle plan{};
    bool made = false;
    handle() = default;
    handle(handle&& other) noexcept : plan(other.plan), made(std::exchange(other.made, false)) {}
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    handle& operator=(handle&&) = delete;
    ~handle() {
      if (made) cufftDestroy(plan);
    }
  };

  std::size_t transformed_size() const { return of_reals ? size_ / 2 + 1 : size_; }

  void make(handle& to, cufftType type, std::size_t from_distance, std::size_t to_distance) {
    detail::check(cufftCreate(&to.plan), "cufftCreate");
    to.made = true;
    long long size = static_cast<long long>(size_);
    std::size_t work_bytes = 0;
    detail::check(cufftMakePlanMany64(to.plan, 1, &size, &size, 1, static_cast<long long>(from_distance), &size, 1,
                                      static_cast<long long>(to_distance), type, static_cast<long long>(rows_.count),
                                      &work_bytes),
                  "cufftMakePlanMany64");
    detail::check(cufftSetStream(to.plan, stream_), "cufftSetStream");
  }

  template <class In, class Out>
  static void require_arrays(const In* in, const Out* out) {
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
  }

  static auto* as_cufft(complex<Real>* numbers) {
    return reinterpret_cast<std::conditional_t<single, cufftComplex, cufftDoubleComplex>*>(numbers);
  }

  cudaStream_t stream_;
  std::size_t size_;
  fourier_rows rows_;
  handle forward_, inverse_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc

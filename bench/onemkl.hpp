// Intel's oneMKL, where it was found, on one thread.
#pragma once

#if defined(SPECTRALMC_BENCH_ONEMKL)

#include <mkl.h>

#include <complex>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace bench {

/// To be made before anything else of oneMKL is called.
struct onemkl_on_one_thread {
  onemkl_on_one_thread() { mkl_set_threading_layer(MKL_THREADING_SEQUENTIAL); }
};

inline void onemkl_require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("oneMKL: ") + what);
}

/// A stream of Philox4x32-10, and a buffer that stays in the first cache: oneMKL writes its numbers to memory. Normals
/// by inversion, of which it makes a double, like a float, of 32 random bits.
template <class Real>
class onemkl_normals {
 public:
  explicit onemkl_normals(unsigned seed) {
    onemkl_require(vslNewStream(&stream_, VSL_BRNG_PHILOX4X32X10, seed) == VSL_STATUS_OK, "a stream");
  }
  onemkl_normals(const onemkl_normals&) = delete;
  onemkl_normals& operator=(const onemkl_normals&) = delete;
  ~onemkl_normals() { vslDeleteStream(&stream_); }

  static constexpr std::size_t count = (std::size_t{1} << 14) / sizeof(Real);

  /// `count` numbers, valid until the next call.
  const Real* operator()() {
    if constexpr (std::is_same_v<Real, float>) {
      vsRngGaussian(VSL_RNG_METHOD_GAUSSIAN_ICDF, stream_, count, buffer_, 0, 1);
    } else {
      vdRngGaussian(VSL_RNG_METHOD_GAUSSIAN_ICDF, stream_, count, buffer_, 0, 1);
    }
    return buffer_;
  }

 private:
  onemkl_on_one_thread one_thread_;
  VSLStreamStatePtr stream_ = nullptr;
  alignas(64) Real buffer_[count];
};

/// oneMKL's plan for rows of `size` numbers, complex or real.
template <class Real, bool of_reals>
class onemkl_rows {
 public:
  onemkl_rows(std::size_t size, std::size_t rows, Real* in, std::complex<Real>* out) : in_(in), out_(out) {
    constexpr auto precision = std::is_same_v<Real, double> ? DFTI_DOUBLE : DFTI_SINGLE;
    const auto n = static_cast<MKL_LONG>(size);
    onemkl_require(DftiCreateDescriptor(&plan_, precision, of_reals ? DFTI_REAL : DFTI_COMPLEX, 1, n) == DFTI_NO_ERROR,
                   "a plan");
    bool done = DftiSetValue(plan_, DFTI_PLACEMENT, DFTI_NOT_INPLACE) == DFTI_NO_ERROR &&
                DftiSetValue(plan_, DFTI_NUMBER_OF_TRANSFORMS, static_cast<MKL_LONG>(rows)) == DFTI_NO_ERROR &&
                DftiSetValue(plan_, DFTI_FWD_DISTANCE, n) == DFTI_NO_ERROR &&
                DftiSetValue(plan_, DFTI_BWD_DISTANCE, of_reals ? n / 2 + 1 : n) == DFTI_NO_ERROR;
    if (of_reals) {
      done = done && DftiSetValue(plan_, DFTI_CONJUGATE_EVEN_STORAGE, DFTI_COMPLEX_COMPLEX) == DFTI_NO_ERROR;
    }
    onemkl_require(done && DftiCommitDescriptor(plan_) == DFTI_NO_ERROR, "a plan");
  }
  onemkl_rows(const onemkl_rows&) = delete;
  onemkl_rows& operator=(const onemkl_rows&) = delete;
  ~onemkl_rows() { DftiFreeDescriptor(&plan_); }

  void operator()() const { DftiComputeForward(plan_, in_, out_); }

 private:
  onemkl_on_one_thread one_thread_;
  DFTI_DESCRIPTOR_HANDLE plan_ = nullptr;
  Real* in_;
  std::complex<Real>* out_;
};

}  // namespace bench

#endif

// cuFFT's transforms of rows, as far as the library calls them: by the definition's halving, in double.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <complex>
#include <map>
#include <vector>

enum cufftResult { CUFFT_SUCCESS = 0, CUFFT_INVALID_PLAN = 1, CUFFT_ALLOC_FAILED = 2, CUFFT_INVALID_SIZE = 8 };
enum cufftType {
  CUFFT_C2C = 0x29,
  CUFFT_R2C = 0x2a,
  CUFFT_C2R = 0x2c,
  CUFFT_Z2Z = 0x69,
  CUFFT_D2Z = 0x6a,
  CUFFT_Z2D = 0x6c
};
#define CUFFT_FORWARD -1
#define CUFFT_INVERSE 1
struct cufftComplex {
  float x, y;
};
struct cufftDoubleComplex {
  double x, y;
};
using cufftReal = float;
using cufftDoubleReal = double;
using cufftHandle = int;

namespace software_device {

struct fourier_plan {
  std::size_t size = 0, in_distance = 0, out_distance = 0, rows = 0;
  cufftType type{};
  cudaStream_t stream = nullptr;
  device* of = nullptr;
};
inline std::map<cufftHandle, fourier_plan> fourier_plans;
inline cufftHandle next_fourier_plan = 1;

/// In place, for a power of two of numbers.
inline void transform(std::vector<std::complex<double>>& x, int sign) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t length = 2; length <= n; length *= 2) {
    for (std::size_t k = 0; k < length / 2; ++k) {
      const auto turn = std::polar(1.0, sign * 2 * M_PI * static_cast<double>(k) / static_cast<double>(length));
      for (std::size_t i = k; i < n; i += length) {
        const auto a = x[i], b = x[i + length / 2] * turn;
        x[i] = a + b;
        x[i + length / 2] = a - b;
      }
    }
  }
}

template <class Complex>
std::complex<double> number_of(const Complex& z) {
  return {static_cast<double>(z.x), static_cast<double>(z.y)};
}

/// As api_call, with cuFFT's codes.
template <class Body>
cufftResult fourier_call(cufftResult failure, const Body& body) {
  const std::lock_guard<std::recursive_mutex> lock(device::get().guard());
  if (device::get().fails()) return failure;
  body(device::get());
  return CUFFT_SUCCESS;
}

template <class In, class Out>
cufftResult execute(cufftHandle handle, const In* in, Out* out, int sign, cufftType type) {
  constexpr bool from_real = std::is_arithmetic_v<In>, to_real = std::is_arithmetic_v<Out>;
  return fourier_call(CUFFT_INVALID_PLAN, [&](device& on) {
    const auto found = fourier_plans.find(handle);
    if (found == fourier_plans.end() || found->second.type != type) fatal("a cuFFT plan of another type, or none");
    if (found->second.of != &on) fatal("a cuFFT plan of a device that is not the current one");
    const fourier_plan p = found->second;
    on.enqueue(p.stream, [=] {
      for (std::size_t row = 0; row < p.rows; ++row) {
        const In* const from = in + row * p.in_distance;
        Out* const to = out + row * p.out_distance;
        std::vector<std::complex<double>> x(p.size);
        for (std::size_t i = 0; i < p.size; ++i) {
          if constexpr (from_real) {
            x[i] = from[i];
          } else if constexpr (to_real) {
            x[i] = i <= p.size / 2 ? number_of(from[i]) : std::conj(number_of(from[p.size - i]));
          } else {
            x[i] = number_of(from[i]);
          }
        }
        transform(x, sign);
        for (std::size_t i = 0; i < (from_real ? p.size / 2 + 1 : p.size); ++i) {
          if constexpr (to_real) {
            to[i] = static_cast<Out>(x[i].real());
          } else {
            using real = decltype(to->x);
            to[i] = {static_cast<real>(x[i].real()), static_cast<real>(x[i].imag())};
          }
        }
      }
    });
  });
}

}  // namespace software_device

inline cufftResult cufftCreate(cufftHandle* handle) {
  return software_device::fourier_call(CUFFT_ALLOC_FAILED, [&](auto&) {
    *handle = software_device::next_fourier_plan++;
    software_device::fourier_plans[*handle] = {};
  });
}
inline cufftResult cufftDestroy(cufftHandle handle) {
  return software_device::fourier_call(CUFFT_INVALID_PLAN, [&](software_device::device& on) {
    on.finish(nullptr);
    if (software_device::fourier_plans.erase(handle) == 0) software_device::fatal("a cuFFT plan is destroyed twice");
  });
}
inline cufftResult cufftMakePlanMany64(cufftHandle handle, int rank, long long* size, long long* in_embed,
                                       long long in_stride, long long in_distance, long long* out_embed,
                                       long long out_stride, long long out_distance, cufftType type, long long rows,
                                       std::size_t* work) {
  return software_device::fourier_call(CUFFT_ALLOC_FAILED, [&](software_device::device& on) {
    if (rank != 1 || in_stride != 1 || out_stride != 1 || in_embed == nullptr || out_embed == nullptr) {
      software_device::fatal("a cuFFT plan that the software device does not have");
    }
    const auto number = [](long long n) { return static_cast<std::size_t>(n); };
    software_device::fourier_plans.at(handle) = {
        number(*size), number(in_distance), number(out_distance), number(rows), type, nullptr, &on};
    *work = 0;
  });
}
inline cufftResult cufftSetStream(cufftHandle handle, cudaStream_t stream) {
  return software_device::fourier_call(CUFFT_INVALID_PLAN,
                                       [&](auto&) { software_device::fourier_plans.at(handle).stream = stream; });
}
inline cufftResult cufftExecC2C(cufftHandle handle, cufftComplex* in, cufftComplex* out, int sign) {
  return software_device::execute(handle, in, out, sign, CUFFT_C2C);
}
inline cufftResult cufftExecZ2Z(cufftHandle handle, cufftDoubleComplex* in, cufftDoubleComplex* out, int sign) {
  return software_device::execute(handle, in, out, sign, CUFFT_Z2Z);
}
inline cufftResult cufftExecR2C(cufftHandle handle, float* in, cufftComplex* out) {
  return software_device::execute(handle, in, out, CUFFT_FORWARD, CUFFT_R2C);
}
inline cufftResult cufftExecD2Z(cufftHandle handle, double* in, cufftDoubleComplex* out) {
  return software_device::execute(handle, in, out, CUFFT_FORWARD, CUFFT_D2Z);
}
inline cufftResult cufftExecC2R(cufftHandle handle, cufftComplex* in, float* out) {
  return software_device::execute(handle, in, out, CUFFT_INVERSE, CUFFT_C2R);
}
inline cufftResult cufftExecZ2D(cufftHandle handle, cufftDoubleComplex* in, double* out) {
  return software_device::execute(handle, in, out, CUFFT_INVERSE, CUFFT_Z2D);
}

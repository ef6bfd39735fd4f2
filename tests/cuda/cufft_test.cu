// cuFFT's transforms against the CPU's, within the errors of both.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "device.hpp"
#include "spectralmc/fourier/cufft.cuh"
#include "spectralmc/fourier/real_fourier_transform.hpp"

namespace {

namespace smc = spectralmc;

template <class T>
std::vector<T> on_host(const smc::detail::device_array<T>& values, std::size_t count) {
  std::vector<T> result(count);
  REQUIRE(cudaMemcpy(result.data(), values.get(), count * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
  return result;
}

template <class Real, class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  double errors = 0, norm = 0;
  const auto *x = reinterpret_cast<const Real*>(a.data()), *y = reinterpret_cast<const Real*>(b.data());
  for (std::size_t i = 0; i < a.size() * sizeof(T) / sizeof(Real); ++i) {
    errors += std::pow(static_cast<double>(x[i]) - static_cast<double>(y[i]), 2);
    norm += std::pow(static_cast<double>(y[i]), 2);
  }
  return std::sqrt(errors / norm);
}

template <class Real, bool of_reals, class Number, class Transform>
void check_transforms(std::size_t size, std::size_t transformed) {
  if (skipped()) return;
  const std::size_t count = 3;
  std::vector<Number> x(count * size);
  std::vector<smc::complex<Real>> y(count * transformed);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = Number(static_cast<Real>(i * 7919 % 1009) / Real(1009) - Real(0.5));
  const smc::cuda gpu{};
  const smc::detail::device_array<Number> numbers(gpu, x.size(), "a test");
  const smc::detail::device_array<smc::complex<Real>> results(gpu, y.size(), "a test");
  REQUIRE(cudaMemcpy(numbers.get(), x.data(), x.size() * sizeof x[0], cudaMemcpyHostToDevice) == cudaSuccess);
  const smc::cufft_transform<Real, of_reals> transform(gpu, size, {count});
  transform.forward(numbers.get(), results.get());
  Transform(size).forward(smc::cpu{}, x.data(), y.data(), {count});
  const double error = sizeof(Real) == 4 ? 1e-6 : 1e-15;
  CHECK(distance<Real>(on_host(results, y.size()), y) < error);
  REQUIRE(cudaMemset(numbers.get(), 0, x.size() * sizeof x[0]) == cudaSuccess);
  transform.inverse(results.get(), numbers.get());
  CHECK(distance<Real>(on_host(numbers, x.size()), x) < error);
}

}  // namespace

TEST_CASE("complex transforms by cuFFT") {
  check_transforms<float, false, smc::complex<float>, smc::fourier_transform<float>>(1 << 16, 1 << 16);
  check_transforms<double, false, smc::complex<double>, smc::fourier_transform<double>>(1 << 14, 1 << 14);
}

TEST_CASE("real transforms by cuFFT") {
  check_transforms<float, true, float, smc::real_fourier_transform<float>>(1 << 14, (1 << 13) + 1);
  check_transforms<double, true, double, smc::real_fourier_transform<double>>(1 << 16, (1 << 15) + 1);
}

TEST_CASE("what cuFFT refuses is told with the call and the code") {
  CHECK_THROWS_AS((smc::cufft_transform<float>(smc::cuda{}, 24)), smc::invalid_parameter);
  CHECK_THROWS_AS((smc::cufft_transform<float>(smc::cuda{}, 32, {0})), smc::invalid_parameter);
  const smc::cufft_error error(CUFFT_INVALID_SIZE, "cufftMakePlanMany64");
  CHECK(std::string(error.what()) == "cufftMakePlanMany64 failed: cufftResult 8");
  CHECK(error.code() == CUFFT_INVALID_SIZE);
}

// Fourier sums over any points on a GPU, against the CPU's, within the errors of both.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "device.hpp"
#include "spectralmc/fourier/nonuniform_fourier_transform.cuh"

namespace {

namespace smc = spectralmc;

template <class T>
class on_device {
 public:
  explicit on_device(const std::vector<T>& values) : size_(values.size()), memory_(smc::cuda{}, size_, "a test") {
    REQUIRE(cudaMemcpy(memory_.get(), values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice) == cudaSuccess);
  }
  T* get() const { return memory_.get(); }
  std::vector<T> values() const {
    std::vector<T> result(size_);
    REQUIRE(cudaMemcpy(result.data(), memory_.get(), size_ * sizeof(T), cudaMemcpyDeviceToHost) == cudaSuccess);
    return result;
  }

 private:
  std::size_t size_;
  smc::detail::device_array<T> memory_;
};

template <class Real>
double distance(const std::vector<smc::complex<Real>>& a, const std::vector<smc::complex<Real>>& b) {
  double errors = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    errors += std::pow(double(a[i].re) - double(b[i].re), 2) + std::pow(double(a[i].im) - double(b[i].im), 2);
    norm += std::pow(double(b[i].re), 2) + std::pow(double(b[i].im), 2);
  }
  return std::sqrt(errors / norm);
}

template <class Real>
void check_transforms(std::size_t points, std::size_t modes, double tolerance) {
  if (skipped()) return;
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> number(-4, 4);
  std::vector<Real> x(points);
  std::vector<smc::complex<Real>> at_points(points), at_modes(modes), expected_points(points), expected_modes(modes);
  for (Real& each : x) each = static_cast<Real>(number(engine));
  for (auto* numbers : {&at_points, &at_modes}) {
    for (auto& z : *numbers) z = {static_cast<Real>(number(engine)), static_cast<Real>(number(engine))};
  }
  const smc::nonuniform_fourier_transform<Real> host(modes, tolerance);
  host.type1(smc::cpu{}, x.data(), at_points.data(), points, expected_modes.data());
  host.type2(smc::cpu{}, x.data(), points, at_modes.data(), expected_points.data(), smc::exponent_sign::minus);

  smc::cuda_nonuniform_transform<Real> transform(smc::cuda{}, modes, tolerance);
  const on_device<Real> places(x);
  const on_device<smc::complex<Real>> strengths(at_points), given(at_modes), sums(at_modes), values(at_points);
  transform.set_points(places.get(), points);
  CHECK(transform.points() == points);
  transform.type1(strengths.get(), sums.get());
  transform.type2(given.get(), values.get(), smc::exponent_sign::minus);
  const double error = sizeof(Real) == 4 ? 3e-6 : 1e-13;
  CHECK(distance(sums.values(), expected_modes) < error);
  CHECK(distance(values.values(), expected_points) < error);
  const auto once = sums.values();
  transform.type1(strengths.get(), sums.get());
  CHECK(distance(sums.values(), once) == 0);
}

}  // namespace

TEST_CASE("Fourier sums over any points on a GPU agree with the CPU's") {
  check_transforms<float>(100000, 300, 1e-5);
  check_transforms<double>(100000, 300, 1e-12);
  check_transforms<double>(50000, 100000, 1e-9);
}

// Few enough for a sanitizer.
TEST_CASE("Fourier sums over a few points on a GPU agree with the CPU's") {
  check_transforms<float>(1000, 300, 1e-5);
  check_transforms<double>(1, 1, 1e-3);
}

TEST_CASE("a point that is no number is named") {
  if (skipped()) return;
  smc::cuda_nonuniform_transform<double> transform(smc::cuda{}, 16, 1e-6);
  const on_device<double> x({0.0, 1.0, std::numeric_limits<double>::quiet_NaN(), 1e300});
  try {
    transform.set_points(x.get(), 4);
    FAIL("no exception");
  } catch (const smc::invalid_parameter& e) {
    CHECK(std::string(e.what()).find("x[2]") != std::string::npos);
  }
  CHECK(transform.points() == 0);
}

// The transforms of a block of threads, played by one: the bits are those of the CPU's transforms.
#include "spectralmc/fourier/block_fourier_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/parallel/block.hpp"

namespace spectralmc {
namespace {

template <class Real>
std::vector<complex<Real>> some_numbers(std::size_t count) {
  std::vector<complex<Real>> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = {static_cast<Real>(i * 7919 % 1009) / Real(1009), static_cast<Real>(i * 6967 % 997) / Real(-997)};
  }
  return x;
}

template <class Real, std::size_t Size, bool Inverse, std::size_t Rows>
void check_bits(std::uint32_t threads) {
  CAPTURE(Size);
  const auto x = some_numbers<Real>(Rows * Size);
  std::vector<complex<Real>> on_cpu(x.size()), by_block(x.size());
  const fourier_transform<Real> transform(Size);
  if (Inverse) {
    transform.inverse(cpu{1}, x.data(), on_cpu.data(), {Rows});
  } else {
    transform.forward(cpu{1}, x.data(), on_cpu.data(), {Rows});
  }
  const auto roots = block_fourier_roots<Real>(Size);
  using block_transform = block_fourier_transform<Real, Size, Inverse, Rows>;
  std::vector<typename block_transform::storage> shared(1);
  std::uint32_t loads = 0, stores = 0;
  block_transform(roots.data())
      .run(
          host_block(threads), shared[0],
          [&](std::uint32_t row, std::uint32_t i) {
            ++loads;
            return x[row * Size + i];
          },
          [&](std::uint32_t row, std::uint32_t k, complex<Real> value) {
            ++stores;
            by_block[row * Size + k] = value;
          });
  CHECK(std::memcmp(on_cpu.data(), by_block.data(), x.size() * sizeof x[0]) == 0);
  CHECK(loads == Rows * Size);
  CHECK(stores == Rows * Size);
}

TEST_CASE_TEMPLATE("block transforms have the bits of the CPU's", Real, float, double) {
  check_bits<Real, 8, false, 1>(1);
  check_bits<Real, 8, true, 4>(32);
  check_bits<Real, 16, false, 3>(5);
  check_bits<Real, 32, true, 16>(64);
  check_bits<Real, 64, false, 1>(8);
  check_bits<Real, 128, false, 4>(64);
  check_bits<Real, 512, true, 1>(64);
  check_bits<Real, 1024, false, 1>(100);
  check_bits<Real, 4096, false, 1>(512);
  check_bits<Real, 8192, true, 1>(256);
}

TEST_CASE_TEMPLATE("every number has a place of its own", Real, float, double) {
  using storage = typename block_fourier_transform<Real, 8192>::storage;
  for (std::uint32_t size = 8; size <= 8192; size *= 2) {
    std::set<std::uint32_t> places;
    for (std::uint32_t i = 0; i < size; ++i) places.insert(storage::place(i));
    CHECK(places.size() == size);
    CHECK(*places.rbegin() == size - 1);
  }
}

/// Low-pass: forward, some results dropped, inverse, in one kernel; the spectrum waits in memory of the block's own.
struct low_pass {
  static constexpr std::size_t size = 256;
  using forward = block_fourier_transform<double, size>;
  using inverse = block_fourier_transform<double, size, true>;
  struct storage {
    forward::storage first;
    inverse::storage second;
    complex<double> spectrum[size];
  };
  template <class Block>
  SPECTRALMC_HOST_DEVICE void run(const Block& threads, storage& shared, const complex<double>* roots,
                                  complex<double>* x) const {
    forward(roots).run(
        threads, shared.first, [&](std::uint32_t, std::uint32_t i) { return x[i]; },
        [&](std::uint32_t, std::uint32_t k, complex<double> z) {
          shared.spectrum[k] = k < 10 || k > size - 10 ? z : complex<double>(0);
        });
    inverse(roots).run(
        threads, shared.second, [&](std::uint32_t, std::uint32_t k) { return shared.spectrum[k]; },
        [&](std::uint32_t, std::uint32_t i, complex<double> z) { x[i] = z; });
  }
};

TEST_CASE("two transforms in one kernel") {
  const auto roots = block_fourier_roots<double>(low_pass::size);
  std::vector<complex<double>> x(low_pass::size);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const complex<double> slow = conj(roots[3 * i % x.size()]), fast = roots[100 * i % x.size()];
    x[i] = slow + fast;
  }
  std::vector<low_pass::storage> shared(1);
  low_pass{}.run(host_block(32), shared[0], roots.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(abs(x[i] - conj(roots[3 * i % x.size()])) < 1e-15);
}

TEST_CASE("policies are what an architecture has room for") {
  for (const gpu_architecture& a : gpu_architectures) {
    const block_fourier_policy few = block_fourier_selector<float, 64>{}(a.capability);
    const block_fourier_policy many = block_fourier_selector<double, 2048>{}(a.capability);
    CHECK(few.rows * 64 == 512);
    CHECK(many.rows == 1);
    for (const block_fourier_policy& p : {few, many}) {
      CHECK(p.fits);
      CHECK(p.block_threads * p.resident_blocks <= a.threads);
      CHECK(p.resident_blocks >= 1);
    }
  }
  CHECK(!block_fourier_selector<double, 8192>{}(75).fits);
  CHECK(block_fourier_selector<double, 8192>{}(90).fits);
  CHECK(block_fourier_selector<double, 4096>{}(75).fits);
}

}  // namespace
}  // namespace spectralmc

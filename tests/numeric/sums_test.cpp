// The compensated sum against exact sums, the canonical sum against its definition written out, and the bits of both.
#include "spectralmc/numeric/sums.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "accuracy.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace {

namespace smc = spectralmc;

TEST_CASE("compensated_sum: exact where the plain sum loses everything") {
  smc::compensated_sum<double> sum;
  for (const double x : {1.0, 1e100, 1.0, -1e100}) sum += x;
  CHECK(sum.value() == 2);

  // A thousand times 1/8 alone and after a large number that swallows it, and both merged.
  smc::compensated_sum<float> whole, first, second(1e8f);
  for (int i = 0; i < 1000; ++i) {
    first += 0.125f;
    second += 0.125f;
  }
  whole += first;
  whole += second;
  whole += -1e8f;
  CHECK(whole.value() == 250);
}

TEST_CASE("compensated_sum: one rounding of the exact sum, random terms of 60 binary orders") {
  accuracy::patterns random(11);
  double exact = 0, plain = 0;  // multiples of 2^-20 below 2^30, few enough to be exact in double
  smc::compensated_sum<float> sum;
  for (int i = 0; i < 10000; ++i) {
    const auto x = static_cast<float>(std::ldexp(static_cast<double>(static_cast<std::int64_t>(random() >> 54) - 512),
                                                 static_cast<int>(random() % 30) - 20));
    exact += static_cast<double>(x);
    plain = static_cast<double>(static_cast<float>(plain) + x);
    sum += x;
  }
  CHECK(sum.value() == static_cast<float>(exact));
  CHECK(plain != static_cast<double>(sum.value()));
}

TEST_CASE("compensated_sum: of packs and complex numbers; infinities stay what they are") {
  using pack = accuracy::pack<double>;
  smc::compensated_sum<pack> packs;
  smc::compensated_sum<smc::complex<double>> numbers;
  for (const double x : {1.0, 1e100, 1.0, -1e100}) {
    packs += pack(x);
    numbers += smc::complex<double>(x, -x);
  }
  CHECK(packs.value()[0] == 2);
  CHECK(packs.value()[smc::native_lane_count<double> - 1] == 2);
  CHECK(numbers.value() == smc::complex<double>(2, -2));

  smc::compensated_sum<double> infinite(1);
  infinite += std::numeric_limits<double>::infinity();
  infinite += 1;
  CHECK(infinite.value() == std::numeric_limits<double>::infinity());
}

/// The definition, word by word.
template <class Real>
double canonical_sum_by_definition(const std::vector<Real>& elements) {
  double slot[16] = {};
  for (std::size_t i = 0; i < elements.size(); ++i) slot[i % 16] += static_cast<double>(elements[i]);
  for (std::size_t h = 8; h > 0; h /= 2) {
    for (std::size_t s = 0; s < h; ++s) slot[s] += slot[s + h];
  }
  return slot[0];
}

template <class Real>
void check_canonical_sum() {
  accuracy::patterns random(12);
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<Real> elements(count);
    for (Real& x : elements) x = static_cast<Real>(random.between(-1, 1));
    const double expected = canonical_sum_by_definition(elements);
    CHECK(smc::canonical_sum(elements.data(), count) == expected);
    CHECK(smc::canonical_sum_of(count, [&](std::size_t i) { return elements[i]; }) == expected);
  }
}

TEST_CASE("canonical_sum: the stated order for every length") {
  check_canonical_sum<float>();
  check_canonical_sum<double>();
}

TEST_CASE("the bits of the sums, also of terms that are products") {
  accuracy::patterns random(13);
  std::vector<double> a, b;
  for (int i = 0; i < 10007; ++i) {
    a.push_back(static_cast<double>(random() >> 12) * 0x1p-52 - 0.5);
    b.push_back(static_cast<double>(random() >> 12) * 0x1p-52);
  }
  smc::compensated_sum<double> compensated;
  for (std::size_t i = 0; i < a.size(); ++i) compensated += a[i] * b[i];
  const double canonical = smc::canonical_sum_of(a.size(), [&](std::size_t i) { return a[i] * b[i]; });
  CHECK(accuracy::pattern_of(compensated.value()) == 0x4033941851623b99u);
  CHECK(accuracy::pattern_of(canonical) == 0x4033941851623b9du);
}

}  // namespace

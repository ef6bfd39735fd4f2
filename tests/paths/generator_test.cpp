// A plan with a generator of one's own, which keeps a table: a lattice of points.
#include "spectralmc/random/generator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "block_totals.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/joint_spectrum_of.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

/// Number d of path p is p times multiplier d, in units of 2^-32 and less whole numbers, all bits flipped that a shift
/// has.
class lattice {
 public:
  std::uint64_t seed = 0;

  explicit lattice(std::size_t dimensions) {
    std::uint32_t word = 1;
    for (std::size_t d = 0; d < dimensions; ++d) multipliers_.push_back((word = 1664525 * word + 1013904223) | 1);
  }

  struct view {
    const std::uint32_t* multipliers;
    std::uint32_t shift;

    template <class V>
    struct path_numbers {
      using value = V;
      using bits = random_bits_of<V>;

      struct block {
        bits word[4];
        SPECTRALMC_PRIMITIVE V uniform(int i) const { return uniform_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE V normal(int i) const { return normal_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE tail<V> uniform_tail(int i) const { return tail_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE void advance(int used) {
          for (int i = 0; i + used < 4; ++i) word[i] = word[i + used];
        }
      };

      bits number;
      const std::uint32_t* multipliers;
      std::uint32_t shift;

      SPECTRALMC_PRIMITIVE block draw(std::uint32_t index) const {
        block drawn;
        bits whole;
        for (int i = 0; i < 4; ++i) {
          drawn.word[i] = multiply_wide(number, multipliers[4 * index + i], whole) ^ bits(shift);
        }
        return drawn;
      }
    };

    template <class V>
    SPECTRALMC_PRIMITIVE path_numbers<V> numbers(std::uint64_t first_path) const {
      random_bits_of<V> low, high;
      count_up(first_path, low, high);
      return {low, multipliers, shift};
    }
  };

  template <class Upload>
  view make_view(Upload&& upload) const {
    return {upload(multipliers_), static_cast<std::uint32_t>(seed)};
  }
  void check(std::uint64_t first_path, std::uint64_t paths, std::uint64_t blocks) const {
    require(first_path + paths <= std::uint64_t{1} << 32, "paths", paths, "2^32 at most, with the number of the first");
    require(4 * blocks <= multipliers_.size(), "steps", blocks, "as many as there are numbers for");
  }
  philox pilot() const { return philox{seed}.pilot(); }

  double uniform(std::uint32_t path, std::size_t dimension) const {
    return (static_cast<double>((path * multipliers_[dimension]) ^ static_cast<std::uint32_t>(seed)) + 0.5) / 0x1p32;
  }

 private:
  std::vector<std::uint32_t> multipliers_;
};

const market asset(100, 0.03, 0.01);

TEST_CASE("paths are made of the generator's numbers") {
  const black_scholes<double> model(asset, {0.2});
  const lattice points(8);
  const auto plan = simulation{model, time_grid::uniform(1, 8), points}.paths(1000).first_path(77).seed(0x12345678);
  lattice shifted = points;
  shifted.seed = 0x12345678;
  std::vector<double> found(1000);
  store_paths(cpu{}, plan, log_return{}, path_layout::path_major, 0, 1000, found.data());
  for (std::uint32_t path = 0; path < 1000; ++path) {
    double sum = 0;
    for (std::size_t step = 0; step < 8; ++step) {
      // A double has the word twice, as its upper and its lower 32 bits.
      const double u = shifted.uniform(77 + path, step);
      sum += 0.2 * std::sqrt(1.0 / 8) * lower_half_normal_quantile(u < 0.5 ? u : 1 - u) * (u < 0.5 ? 1 : -1);
    }
    REQUIRE(found[path] == doctest::Approx(sum + 0.02 - 0.02).epsilon(1e-6));
  }
}

TEST_CASE_TEMPLATE("lanes and blocks of threads see the same numbers of a generator with a table", Real, float,
                   double) {
  const auto check = [](const auto& model, std::size_t dimensions, const auto&... requests) {
    const auto plan = simulation{model, time_grid::dates({0.25, 0.5}, 0.05), lattice(dimensions)};
    check_same_bits(simulation(plan).paths(unit_paths + 1333).first_path(999).seed(5), false, requests...);
  };
  const auto law = spectrum_of(log_return{}).terms(16);
  check(black_scholes<Real>(asset, {0.2}), 12, law, value_of<european_call>(european_call{100}));
  if constexpr (sizeof(Real) == sizeof(float)) {
    check(rough_bergomi<Real>(asset, {0.06, 0.1, 1.5, -0.7}), 40, law);  // with a prelude
    check(variance_gamma<Real>(asset, {0.12, -0.14, 0.2}), 4000, law);   // with blocks in reserve
  }
}

TEST_CASE("every request takes a plan with a generator of one's own; pilot runs have their own") {
  const auto plan = simulation{black_scholes<float>(asset, {0.2}), time_grid::uniform(1, 4), lattice(4)}.paths(1 << 14);
  const auto random = simulation{plan.model(), plan.grid()}.paths(1 << 14);
  const auto law = joint_spectrum_of(log_return{}, running_average<>{}, 1);
  const joint_spectrum joint = joint_characteristic_function(cpu{}, plan, law);
  CHECK(joint.first().support.lower == joint_characteristic_function(cpu{}, random, law).first().support.lower);
  CHECK(joint.second().support.upper == joint_characteristic_function(cpu{}, random, law).second().support.upper);
}

// Even points: the error of a call is a tenth of a random run's standard error.
TEST_CASE("a generator decides how good the numbers are") {
  const auto plan =
      simulation{black_scholes<double>(asset, {0.2}), time_grid::uniform(1, 2), lattice(4)}.paths(1 << 16);
  const double exact = asset.discount(1) * static_cast<double>(reference::black(1, asset.forward(1), 100, 0.2));
  const estimate found = price(cpu{}, plan, european_call{100});
  CHECK(std::fabs(found.value - exact) < 0.2 * found.standard_error);
}

TEST_CASE("a generator refuses what it has no numbers for, before paths are made") {
  const auto plan = simulation{black_scholes<float>(asset, {0.2}), time_grid::uniform(1, 5), lattice(4)};
  CHECK_THROWS_WITH_AS(price(cpu{}, plan, european_call{100}), "steps is 2, allowed: as many as there are numbers for",
                       invalid_parameter);
  const auto next = simulation{black_scholes<float>(asset, {0.2}), time_grid::uniform(1, 4), lattice(4)};
  CHECK_THROWS_AS(price(cpu{}, simulation(next).first_path(0xffffffff), european_call{100}), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc

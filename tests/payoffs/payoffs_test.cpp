// What the payoffs pay on paths written down by hand.
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

/// Three dates of a chunk whose path i has S = 90 + i, 100 + i, 110 + i.
template <class Real>
struct chunk {
  std::vector<Real> values = std::vector<Real>(3 * chunk_paths);
  std::vector<Real> growth{1, 1, 1};

  chunk() {
    for (std::size_t date = 0; date < 3; ++date) {
      for (std::size_t i = 0; i < 64; ++i) {
        values[date * chunk_paths + i] = static_cast<Real>(90 + 10 * date + i);
      }
    }
  }
  template <class V>
  observed_path<V> path(std::size_t first) const {
    return observed_path<V>(values.data() + first, growth.data(), 3);
  }
};

TEST_CASE_TEMPLATE("European options pay on the last date", Real, float, double) {
  const chunk<Real> paths;
  CHECK(european_call{105}(paths.template path<Real>(0)) == 5);
  CHECK(european_call{115}(paths.template path<Real>(0)) == 0);
  CHECK(european_put{105}(paths.template path<Real>(0)) == 0);
  CHECK(european_put{115}(paths.template path<Real>(0)) == 5);
}

TEST_CASE_TEMPLATE("Asian options pay on the mean over the dates", Real, float, double) {
  const chunk<Real> paths;
  CHECK(asian_call{96}(paths.template path<Real>(0)) == 4);
  CHECK(asian_call{106}(paths.template path<Real>(0)) == 0);
  CHECK(asian_put{96}(paths.template path<Real>(0)) == 0);
  CHECK(asian_put{106}(paths.template path<Real>(0)) == 6);
}

TEST_CASE_TEMPLATE("a pack of paths is paid lane by lane with the bits of each alone", Real, float, double) {
  using V = lanes<Real, native_lane_count<Real>>;
  const chunk<Real> paths;
  const V call = european_call{113.3}(paths.template path<V>(0)), mean = asian_call{103.7}(paths.template path<V>(0));
  for (std::size_t i = 0; i < native_lane_count<Real>; ++i) {
    CAPTURE(i);
    CHECK(call[i] == european_call{113.3}(paths.template path<Real>(i)));
    CHECK(mean[i] == asian_call{103.7}(paths.template path<Real>(i)));
  }
}

TEST_CASE("a path is its observations by date") {
  const chunk<double> paths;
  const auto path = paths.path<double>(7);
  CHECK(path.size() == 3);
  CHECK(path[0] == 97);
  CHECK(path.of(spot{}, 1) == 107);
  CHECK(path.at<0>(2) == 117);
  CHECK(path.last() == 117);
}

}  // namespace
}  // namespace spectralmc

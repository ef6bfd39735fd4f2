// What every answer of a law that is expanded in cosines has in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// Adds to the variance of a simulated answer what two more paths would that differ from the mean by `weight`.
inline estimate with_two_more_paths(estimate e, double weight) {
  if (e.paths == 0) return e;
  const double share = weight / static_cast<double>(e.paths);
  e.standard_error = sqrt(fma(2 * share, share, rounded_product(e.standard_error, e.standard_error)));
  return e;
}

/// Whether an estimate's errors explain that it is off by `distance`.
inline bool explained(double distance, const estimate& e) {
  return distance <= fma(many_errors(e), e.standard_error, rounded_product(10.0, e.truncation_error));
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace distribution_detail {

/// A law by its expansion, and what is known of it besides.
class expanded_law {
 public:
  explicit expanded_law(const spectrum& source)
      : expansion_(source), quantity_(source.quantity()), unit_roundoff_(source.unit_roundoff()) {}

  interval support() const { return expansion_.support(); }
  const observed_quantity& quantity() const { return quantity_; }
  const cosine_expansion& expansion() const { return expansion_; }

  /// An answer before anything is known of it but what it is made of.
  estimate answer() const {
    estimate result;
    result.paths = expansion_.paths();
    result.replicates = static_cast<std::uint32_t>(expansion_.samples().replicates());
    return result;
  }

  /// The mass that may be outside the support where so much was seen: a closed form is expanded on an interval that
  /// leaves some out.
  double unseen(double seen) const { return expansion_.simulated() ? seen : std::fmax(seen, 1e-14); }

  /// A probability of 0 or 1, but for the mass beyond that end.
  estimate constant(double value, double mass_beyond) const {
    estimate result = answer();
    result.value = value;
    result.truncation_error = mass_beyond;
    return detail::with_two_more_paths(result, 1);
  }

  /// Whether the quantity has one value for certain. Then that is the answer, and not what paths or terms make of it.
  bool certain() const { return !std::isnan(quantity_.certain); }
  /// An answer about a quantity that is certain.
  estimate certainly(double value, double rounding) const {
    estimate result = answer();
    result.value = value;
    result.truncation_error = rounding;
    return result;
  }
  /// What the rounding of its value may be; and whether x is within that of it, so that nobody can say on which side.
  double rounding_of_certain() const {
    return fma(0x1p-50, std::fabs(quantity_.certain), 8 * std::fmax(unit_roundoff_ - 0x1p-53, 0.0));
  }
  bool at_the_point(double x) const {
    const bool exact = !quantity_.logarithmic || quantity_.certain == 0;
    return !(exact && x == quantity_.certain) && std::fabs(x - quantity_.certain) <= rounding_of_certain();
  }

  double middle_of_support() const { return fma(0.5, support().width(), support().lower); }

  /// P(c < X <= d), of which c or d is an end of the support.
  estimate probability_between(double c, double d) const {
    cosine_integrals integrals(support(), c, d);
    const auto one = [&](std::size_t k) {
      integrals.at(k);
      return integrals.of_one();
    };
    // From one end on to where it is asked: samples beyond an end have their mirror images on the same side of a point
    // in the other half.
    const double middle = middle_of_support(), edge = c > support().lower ? c : d;
    const outside_effect effect(edge<middle, edge> middle, 1, 1);
    return detail::with_two_more_paths(expansion_.expectation(one, effect), 1);
  }

 private:
  cosine_expansion expansion_;
  observed_quantity quantity_;
  double unit_roundoff_;
};

}  // namespace distribution_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc

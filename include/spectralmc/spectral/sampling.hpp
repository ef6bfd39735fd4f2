// How the samples behind a mean were drawn: what its error depends on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "spectralmc/errors.hpp"

namespace spectralmc {

/// Independent paths; or replicates, each a mean over as many paths, drawn in the same way with a randomisation of its
/// own: then paths within a replicate may depend on each other in any way, and what the replicates differ by says all
/// that is known of the error. Or nothing was drawn, for a closed form.
class sampling {
 public:
  sampling() = default;
  /// @throws invalid_parameter for one replicate, which says nothing of its error, and for fewer paths than replicates
  sampling(std::uint64_t paths, std::size_t replicates) : paths_(paths), replicates_(replicates) {
    require(replicates != 1, "replicates", std::uint64_t{replicates}, "0 for independent paths, or at least 2");
    require(replicates <= paths, "replicates", std::uint64_t{replicates}, "at most the number of paths");
  }

  bool simulated() const { return paths_ != 0; }
  std::uint64_t paths() const { return paths_; }
  std::size_t replicates() const { return replicates_; }  ///< 0 where paths are independent

  /// The variance of a mean over the samples, itself estimated: from `of_one()`, the variance of one sample as
  /// the samples have it (their number in the denominator), where paths are independent; from `of_replicate(r)`, the
  /// mean over replicate r alone, where there are replicates. Infinite for a single path, 0 where nothing was drawn.
  template <class OfOne, class OfReplicate>
  double variance_of_mean(OfOne&& of_one, OfReplicate&& of_replicate) const {
    if (!simulated()) return 0;
    if (replicates_ == 0) {
      return paths_ < 2 ? std::numeric_limits<double>::infinity() : of_one() / static_cast<double>(paths_ - 1);
    }
    const auto count = static_cast<double>(replicates_);
    double mean = 0, squares = 0;
    for (std::size_t r = 0; r < replicates_; ++r) mean += of_replicate(r) / count;
    for (std::size_t r = 0; r < replicates_; ++r) {
      const double deviation = of_replicate(r) - mean;
      squares += deviation * deviation;
    }
    return squares / (count * (count - 1));
  }

 private:
  std::uint64_t paths_ = 0;
  std::size_t replicates_ = 0;
};

}  // namespace spectralmc

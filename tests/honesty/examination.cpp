#include "honesty/examination.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>

#include "spectralmc/errors.hpp"

namespace spectralmc::honesty {

tally& examination::tally_of(const std::string& name) {
  for (tally& t : tallies_) {
    if (t.pair == name) return t;
  }
  tallies_.emplace_back();
  tallies_.back().pair = name;
  return tallies_.back();
}

void examination::judge(const std::string& name, const std::string& question, const std::function<answer()>& ask,
                        const std::function<truth()>& know) {
  tally& t = tally_of(name);
  answer given{};
  try {
    given = ask();
  } catch (const no_answer&) {
    ++t.refused;
    return;
  } catch (const invalid_parameter&) {
    ++t.refused;
    return;
  } catch (const std::exception& e) {
    ++t.violations;
    std::printf("VIOLATION of %s: %s\n  thrown: %s\n", name.c_str(), question.c_str(), e.what());
    return;
  }
  ++t.answered;
  const truth known = know();
  const auto off = static_cast<double>(fabsq(number(given.value) - known.value));
  const auto doubt = static_cast<double>(known.error);
  // Written so that a NaN is a violation.
  const bool finite = std::isfinite(given.value) && given.error >= 0;
  if (finite && !(off > given.error + doubt) && !(doubt <= 0.01 * given.error)) {
    ++t.undecided;
    return;
  }
  if (off > 0) t.worst = std::fmax(t.worst, off / given.error);
  if (finite && off <= given.error + doubt) return;
  ++t.violations;
  char truth_digits[64];
  quadmath_snprintf(truth_digits, sizeof truth_digits, "%.25Qg", known.value);
  std::printf("VIOLATION of %s: %s\n  value %.17g, error %.3g, truth %s +- %.1g, off by %.3g, which is %.4g errors\n",
              name.c_str(), question.c_str(), given.value, given.error, truth_digits, doubt, off, off / given.error);
}

bool examination::passed() const {
  return std::none_of(tallies_.begin(), tallies_.end(), [](const tally& t) { return t.violations > 0; });
}

}  // namespace spectralmc::honesty

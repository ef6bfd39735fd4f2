#include "honesty/law_pairs.hpp"

#include <limits>
#include <optional>

#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc::honesty {
namespace {

constexpr const char* questions[] = {"law/probability/", "law/density/", "law/quantile/", "law/option/"};

/// The x with P(X <= x) = probability, to far less than `error`: by the rule of Illinois, Dowell, M. and Jarratt, P.
/// (1971), A modified regula falsi method for computing the root of an equation, BIT 11, in a bracket that grows around
/// `guess` until it holds the root.
truth quantile_near(const std::function<truth(number)>& above, double probability, number guess, number error) {
  number doubt = 0;
  const auto excess = [&](number x) {
    const truth found = above(x);
    doubt = fmaxq(doubt, found.error);
    return (1 - number(probability)) - found.value;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(error > 0)) return {guess, infinity};
  number half = error, lower = guess - half, upper = guess + half, at_lower = excess(lower), at_upper = excess(upper);
  for (int i = 0; i < 60 && (at_lower > 0 || at_upper < 0); ++i) {
    half *= 2;
    lower = guess - half;
    upper = guess + half;
    at_lower = excess(lower);
    at_upper = excess(upper);
  }
  // Where the truth is not known well enough to hold the root, nobody can say where it is.
  if (!(at_lower <= 0 && at_upper >= 0)) return {guess, infinity};
  for (int i = 0; i < 60 && upper - lower > 1e-3 * error; ++i) {
    number middle = (lower * at_upper - upper * at_lower) / (at_upper - at_lower);
    if (!(middle > lower && middle < upper) || i % 4 == 3) middle = (lower + upper) / 2;
    const number at_middle = excess(middle);
    if (at_middle < 0) {
      lower = middle;
      at_lower = at_middle;
      at_upper /= 2;
    } else {
      upper = middle;
      at_upper = at_middle;
      at_lower /= 2;
    }
  }
  // A jump of what is taken for the distribution function is none of the law's, which is undecided then.
  const number found = (lower + upper) / 2;
  if (!(fabsq(excess(found)) < 1e-9)) return {guess, infinity};
  // Where the density is unknown the doubt of the level is taken to be resolved if it is next to nothing.
  return {found, doubt < 1e-24 ? upper - lower : number(infinity)};
}

}  // namespace

double draw_probability(random_source& random) {
  const double tail = random.log_between(1e-8, 0.5);
  return random.chance(0.5) ? tail : 1 - tail;
}

bool wants_law(const examination& all, const std::string& model_name) {
  for (const char* question : questions) {
    if (all.wants(question + model_name)) return true;
  }
  return false;
}

void judge_law(examination& all, const std::string& model_name, const law_case& of) {
  const std::string at = of.question + parameter_text().add("; x", of.x).add("probability", of.probability).text();
  std::optional<distribution> made;
  const auto law = [&]() -> const distribution& {
    if (!made) made.emplace(of.law());
    return *made;
  };
  const auto judge = [&](int question, const std::function<answer()>& ask, const std::function<truth()>& know) {
    const std::string name = questions[question] + model_name;
    if (all.wants(name)) all.judge(name, at, ask, know);
  };
  judge(
      0, [&] { return answer_of(law().cdf(of.x)); },
      [&] {
        const truth above = of.above(of.x);
        return truth{1 - above.value, above.error};
      });
  judge(
      1, [&] { return answer_of(law().density(of.x)); }, [&] { return of.density(of.x); });
  answer quantile{};
  judge(
      2, [&] { return quantile = answer_of(law().quantile(of.probability)); },
      [&] { return quantile_near(of.above, of.probability, quantile.value, quantile.error); });
  judge(
      3,
      [&] {
        const std::vector<double> strikes{of.strike};
        return answer_of(of.type == option_type::call ? law().call_prices(strikes)[0] : law().put_prices(strikes)[0]);
      },
      of.price);
}

}  // namespace spectralmc::honesty

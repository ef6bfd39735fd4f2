// Calibration of models with a characteristic function to quoted implied volatilities: least squares by Levenberg and
// Marquardt's method (Moré, J. J. (1978), The Levenberg-Marquardt algorithm: implementation and theory, Lecture Notes
// in Mathematics 630), with derivatives from the characteristic function. Needs Eigen 3.3 or newer, whose
// implementation of the method is used.
#pragma once

#include <Eigen/Core>
#include <Eigen/SVD>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <unsupported/Eigen/NonLinearOptimization>
#include <utility>
#include <vector>

#include "spectralmc/calibration/model_parameters.hpp"
#include "spectralmc/calibration/sensitivities.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace spectralmc {

/// A European option in the market.
struct option_quote {
  double maturity;    ///< years
  double strike;      ///< in units of currency
  double volatility;  ///< implied, a square root of a year
  double weight = 1;  ///< of its squared error

  /// From a price. A price outside its arbitrage bounds has no volatility: the quote is then NaN, and a calibration
  /// goes on without it.
  static option_quote from_price(option_type type, double price, double strike, double maturity, const market& asset) {
    option_quote quote{maturity, strike, std::numeric_limits<double>::quiet_NaN()};
    try {
      quote.volatility =
          implied_volatility(type, price, asset.forward(maturity), strike, maturity, asset.discount(maturity));
    } catch (const no_answer&) {
    }
    return quote;
  }
};

/// How far a calibration has come.
struct calibration_progress {
  std::size_t evaluations;
  double error;  ///< root mean square, weighted: of volatilities
};

template <std::size_t Count>
struct calibration_settings {
  std::array<parameter_range, Count> ranges;
  double tolerance = 1e-9;  ///< of prices over their strikes, in the COS method
  std::size_t largest_evaluations = 1000;
  std::size_t restarts = 3;        ///< at most; from a point nearer to the middle of the ranges
  std::size_t further_starts = 8;  ///< at most; the best of those that the quotes suggest, where the model does not fit
  double convergence = 1e-9;       ///< relative change of the sum of squares, or of the parameters, at which to stop
  /// Called after every evaluation; false stops with the best found so far.
  std::function<bool(const calibration_progress&)> on_progress = {};
};

/// The model found, and how well it fits.
template <class Model>
struct calibration {
  Model model;
  std::array<double, model_parameters<Model>::count> parameters;
  double error;  ///< root mean square of the residuals, weighted
  /// Model less market volatility, by quote: implied volatilities of both, but for the quotes named by `bounded`; NaN
  /// for a quote that was left out.
  std::vector<double> residuals;
  /// Quotes whose price under the model is within the tolerance of a bound of arbitrage, and has no volatility that
  /// could be told: the volatility at that distance stands in, which the model's is beyond. Where there are any, the
  /// search is not called converged.
  std::vector<std::size_t> bounded;
  std::vector<std::string> left_out;  ///< quotes that were left out, and why
  double condition;  ///< of the matrix of derivatives by relative changes of the parameters, at the end
  std::size_t evaluations;
  double seconds;
  /// Whether the parameters are a stationary point of the sum of squares, of true volatilities and with prices to their
  /// tolerance. That is no statement that they fit, which `error` makes, nor that no other point is better. False where
  /// the evaluations ran out or the callback stopped.
  bool converged;
};

namespace detail {

/// A parameter as a function of a free number: t -> range, by the logistic function, on a logarithmic scale where the
/// range is positive.
class bounded_parameter {
 public:
  explicit bounded_parameter(const parameter_range& range) : logarithmic_(range.lower > 0) {
    lower_ = logarithmic_ ? std::log(range.lower) : range.lower;
    width_ = (logarithmic_ ? std::log(range.upper) : range.upper) - lower_;
  }
  double free_of(double value) const {
    const double share = ((logarithmic_ ? std::log(value) : value) - lower_) / width_;
    const double inside = std::fmin(std::fmax(share, 1e-6), 1 - 1e-6);
    return std::log(inside / (1 - inside));
  }
  double value_of(double t) const {
    const double inside = lower_ + width_ / (1 + std::exp(-t));
    return logarithmic_ ? std::exp(inside) : inside;
  }
  /// Of the value by t.
  double slope_at(double t) const {
    const double share = 1 / (1 + std::exp(-t)), slope = width_ * share * (1 - share);
    return logarithmic_ ? slope * value_of(t) : slope;
  }

 private:
  bool logarithmic_;
  double lower_, width_;
};

/// Below this share of its largest, a vega tells nothing of a volatility.
inline constexpr double least_vega = 1e-8;

inline double vega_share(const option_quote& q, double volatility, double forward) {
  return black_vega(forward, q.strike, volatility, q.maturity) / (forward * sqrt(q.maturity));
}

/// The differences of volatilities over the quotes, and their derivatives, at one point.
template <class Model>
class volatility_differences {
 public:
  using traits = model_parameters<Model>;
  static constexpr std::size_t count = traits::count;
  using point = std::array<double, count>;

  /// `quotes` are sorted by maturity.
  volatility_differences(const market& asset, const std::vector<option_quote>& quotes, double tolerance)
      : asset_(asset), quotes_(quotes), tolerance_(tolerance) {}

  /// Sets differences[i], unweighted, slopes[i] by the parameters, and whether the model's price is one that has a
  /// volatility. @return whether the terms allowed reach the tolerance
  bool evaluate(const point& p, std::vector<double>& differences, std::vector<point>& slopes,
                std::vector<bool>& resolved) const {
    resolved.assign(quotes_.size(), true);
    differences.resize(quotes_.size());
    slopes.resize(quotes_.size());
    const Model model = traits::model(asset_, p);
    bool exact = true;
    for (std::size_t begin = 0, end = 0; begin < quotes_.size(); begin = end) {
      const double maturity = quotes_[begin].maturity;
      while (end < quotes_.size() && quotes_[end].maturity == maturity) ++end;
      const cosine_method options(model, maturity, {tolerance_, largest_terms_, false});
      exact = exact && options.error() <= tolerance_;
      const parameter_sensitivities<Model> by_parameter(p, maturity, options);
      std::vector<double> strikes;
      for (std::size_t i = begin; i < end; ++i) strikes.push_back(quotes_[i].strike);
      const double forward = options.forward(), discount = options.discount();
      std::vector<double> prices = options.prices(option_type::put, strikes);
      std::vector<option_type> types(strikes.size(), option_type::put);
      for (std::size_t k = 0; k < strikes.size(); ++k) {
        if (strikes[k] < forward) continue;
        types[k] = option_type::call;
        prices[k] = fma(discount, forward - strikes[k], prices[k]);  // parity
      }
      for (std::size_t k = 0; k < strikes.size(); ++k) {
        const double least = tolerance_ * strikes[k] * discount, most = std::fmin(forward, strikes[k]) * discount;
        resolved[begin + k] = prices[k] > least && prices[k] < (1 - tolerance_) * most;
        prices[k] = std::fmin(std::fmax(prices[k], std::fmin(least, 0.5 * most)), (1 - tolerance_) * most);
      }
      const std::vector<double> volatilities =
          implied_volatilities(types, prices, forward, strikes, maturity, discount);
      for (std::size_t i = begin; i < end; ++i) {
        const option_quote& q = quotes_[i];
        const std::size_t k = i - begin;
        // A price that the model has below its tolerance is only known to be below: the volatility of the tolerance is
        // then what the model's is less than. So the difference is a growing function of the price, without a step.
        const double vega = black_vega(forward, q.strike, volatilities[k], maturity, discount);
        differences[i] = volatilities[k] - q.volatility;
        slopes[i].fill(1 / vega);
      }
      for (std::size_t j = 0; j < count; ++j) {
        const std::vector<double> by = by_parameter.of(j, strikes);
        for (std::size_t i = begin; i < end; ++i) slopes[i][j] *= by[i - begin];
      }
    }
    return exact;
  }

  /// From now on with the terms that sharp laws take.
  void refine() { largest_terms_ = std::size_t{1} << 15; }

 private:
  const market& asset_;
  const std::vector<option_quote>& quotes_;
  double tolerance_;
  /// Enough for any law near a market; others, that a search may pass, are priced as well as these can.
  std::size_t largest_terms_ = 2048;
};

/// The problem as Eigen's implementation takes it: residuals and their derivatives by free numbers. Both are made at
/// once, and kept, as it asks for derivatives where it has asked for residuals.
template <class Model>
class calibration_problem {
 public:
  using traits = model_parameters<Model>;
  static constexpr std::size_t count = traits::count;
  using settings = calibration_settings<count>;
  using point = std::array<double, count>;

  calibration_problem(const market& asset, const std::vector<option_quote>& quotes, const settings& s)
      : quotes_(quotes), settings_(s), differences_of_(asset, quotes, s.tolerance) {
    for (const parameter_range& range : s.ranges) bounds_.emplace_back(range);
    for (const option_quote& q : quotes) total_weight_ += q.weight;
    require(total_weight_ >= 1e-200 && std::isfinite(total_weight_), "the sum of weights", total_weight_,
            "[1e-200, inf)");
  }

  static int inputs() { return static_cast<int>(count); }
  int values() const { return static_cast<int>(quotes_.size()); }

  point parameters(const Eigen::VectorXd& t) const {
    point p;
    for (std::size_t i = 0; i < count; ++i) p[i] = bounds_[i].value_of(t[static_cast<Eigen::Index>(i)]);
    return p;
  }
  Eigen::VectorXd free_numbers(const point& p) const {
    Eigen::VectorXd t(inputs());
    for (std::size_t i = 0; i < count; ++i) t[static_cast<Eigen::Index>(i)] = bounds_[i].free_of(p[i]);
    return t;
  }

  /// @return below 0 to stop
  int operator()(const Eigen::VectorXd& t, Eigen::VectorXd& residuals) {
    if (!evaluate(t)) return -1;
    for (std::size_t i = 0; i < quotes_.size(); ++i) {
      residuals[static_cast<Eigen::Index>(i)] = std::sqrt(quotes_[i].weight) * differences_[i];
    }
    return 0;
  }
  int df(const Eigen::VectorXd& t, Eigen::MatrixXd& jacobian) {
    if (!evaluate(t)) return -1;
    for (std::size_t i = 0; i < quotes_.size(); ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        const auto column = static_cast<Eigen::Index>(j);
        jacobian(static_cast<Eigen::Index>(i), column) =
            std::sqrt(quotes_[i].weight) * slopes_[i][j] * bounds_[j].slope_at(t[column]);
      }
    }
    return 0;
  }

  std::size_t evaluations() const { return evaluations_; }
  bool stopped() const { return stopped_; }
  double best_error() const { return best_error_; }
  const Eigen::VectorXd& best() const { return best_; }
  const std::vector<bool>& best_resolved() const { return best_resolved_; }
  bool all_resolved() const {
    return std::find(best_resolved_.begin(), best_resolved_.end(), false) == best_resolved_.end();
  }
  bool best_exact() const { return best_exact_; }
  /// Forgets all values, and evaluates with as many terms as it takes from now on. @return the best point so far
  Eigen::VectorXd refine() {
    differences_of_.refine();
    const Eigen::VectorXd t = best_;
    at_.resize(0);
    best_.resize(0);
    return t;
  }
  /// Of the volatilities at t, root mean square; infinite where the model's formula gives none.
  double error_at(const Eigen::VectorXd& t) {
    try {
      return evaluate(t) ? error_ : std::numeric_limits<double>::infinity();
    } catch (const no_answer&) {
      return std::numeric_limits<double>::infinity();
    }
  }
  /// Whether another start is worth its cost: always where quotes of one maturity are not fitted, which are quickly
  /// evaluated and have the most local minima, and where more than a quarter of what the volatilities differ by is
  /// left.
  bool worth_another_start() const {
    if (!(best_error_ > fitted)) return false;
    double mean = 0, squares = 0;
    for (const option_quote& q : quotes_) mean += q.weight / total_weight_ * q.volatility;
    for (const option_quote& q : quotes_)
      squares += q.weight / total_weight_ * (q.volatility - mean) * (q.volatility - mean);
    return quotes_.front().maturity == quotes_.back().maturity || !all_resolved() ||
           best_error_ > 0.25 * std::sqrt(squares);
  }
  const std::vector<double>& best_differences() const { return best_differences_; }
  /// The matrix of derivatives at the best point, by relative changes of the parameters.
  Eigen::MatrixXd relative_slopes() const {
    Eigen::MatrixXd m(values(), inputs());
    const point p = parameters(best_);
    for (std::size_t i = 0; i < quotes_.size(); ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = best_slopes_[i][j] * p[j];
      }
    }
    return m;
  }

 private:
  /// What prices to their tolerance leave of the volatilities of a model's own surface.
  static constexpr double fitted = 1e-5;

  bool evaluate(const Eigen::VectorXd& t) {
    if (at_.size() == t.size() && t == at_) return !stopped_;
    if (stopped_ || evaluations_ >= settings_.largest_evaluations) return false;
    at_ = t;
    exact_ = differences_of_.evaluate(parameters(t), differences_, slopes_, resolved_);
    ++evaluations_;
    double squares = 0;
    for (std::size_t i = 0; i < quotes_.size(); ++i) squares += quotes_[i].weight * differences_[i] * differences_[i];
    const double error = error_ = std::sqrt(squares / total_weight_);
    if (best_.size() == 0 || error < best_error_) {
      best_exact_ = exact_;
      best_error_ = error;
      best_ = t;
      best_differences_ = differences_;
      best_slopes_ = slopes_;
      best_resolved_ = resolved_;
    }
    stopped_ = settings_.on_progress && !settings_.on_progress({evaluations_, error});
    return true;
  }

  const std::vector<option_quote>& quotes_;
  const settings& settings_;
  volatility_differences<Model> differences_of_;
  std::vector<bounded_parameter> bounds_;
  double total_weight_ = 0;

  Eigen::VectorXd at_, best_;
  std::vector<double> differences_, best_differences_;
  std::vector<point> slopes_, best_slopes_;
  std::size_t evaluations_ = 0;
  bool exact_ = true, best_exact_ = true;
  double error_ = 0;
  std::vector<bool> resolved_, best_resolved_;
  bool stopped_ = false;
  double best_error_ = std::numeric_limits<double>::infinity();
};

/// One run of the method from t. @return whether it converged
template <class Problem, class Settings>
bool descend(Problem& problem, Eigen::VectorXd t, const Settings& settings) {
  Eigen::LevenbergMarquardt<Problem> method(problem);
  method.parameters.ftol = settings.convergence;
  method.parameters.xtol = settings.convergence;
  method.parameters.factor = 1;  // the first step is no longer than the start: a leap to the ends of ranges stays there
  method.parameters.maxfev = static_cast<Eigen::Index>(settings.largest_evaluations);
  namespace status = Eigen::LevenbergMarquardtSpace;
  const auto end = method.minimize(t);
  return end == status::RelativeReductionTooSmall || end == status::RelativeErrorTooSmall ||
         end == status::RelativeErrorAndReductionTooSmall || end == status::CosinusTooSmall;
}

/// Runs from t, and then from half way between the best point and the middle of the ranges, as long as that helps.
template <class Problem, class Settings>
bool search_from(Problem& problem, const Eigen::VectorXd& t, const Settings& settings) {
  bool converged = descend(problem, t, settings);
  for (std::size_t i = 0; i < settings.restarts && converged; ++i) {
    const double before = problem.best_error();
    // From the ends of ranges, where nothing moves, to places where the parameters do.
    const Eigen::VectorXd inside = problem.best().cwiseMax(-3.0).cwiseMin(3.0);
    converged = descend(problem, 0.5 * inside, settings);
    if (!(problem.best_error() < 0.999 * before)) break;
  }
  return converged;
}

/// The same, and where the model does not fit then from the most promising of other starts. @return whether the best
/// point is a stationary one
template <class Problem, class Settings>
bool search(Problem& problem, const Eigen::VectorXd& t, const std::vector<Eigen::VectorXd>& others,
            const Settings& settings) {
  bool converged = search_from(problem, t, settings);
  if (!problem.stopped() && problem.worth_another_start()) {
    std::vector<std::pair<double, std::size_t>> errors;
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double before = problem.best_error(), error = problem.error_at(others[i]);
      errors.emplace_back(error, i);
      converged = converged && !(problem.best_error() < before);
    }
    std::sort(errors.begin(), errors.end());
    for (std::size_t i = 0; i < std::min(settings.further_starts, errors.size()); ++i) {
      if (problem.stopped() || !problem.worth_another_start() || !std::isfinite(errors[i].first)) break;
      const double before = problem.best_error();
      try {
        const bool ended = descend(problem, others[errors[i].second], settings);
        if (problem.best_error() < before || !converged) converged = ended;
      } catch (const no_answer&) {
        converged =
            converged && !(problem.best_error() < before);  // a point of this way is outside the formula's reach
      }
    }
  }
  // Where the best law is sharper than the terms of the search can tell, the last steps are made with more of them.
  // They are few from where the search ended, and each takes as long as a hundred of the search's.
  const bool more = problem.evaluations() < settings.largest_evaluations && !problem.stopped();
  if (more && !problem.best_exact()) {
    Settings few = settings;
    few.largest_evaluations = std::min<std::size_t>(settings.largest_evaluations, 30);
    converged = descend(problem, problem.refine(), few);
  }
  return converged && problem.best_exact() && !problem.stopped() && problem.all_resolved() &&
         std::isfinite(problem.best_error());
}

/// Other starts of a model: those that calibration_search names for the quotes, if it does.
template <class Model, class = void>
struct starts_of {
  static std::vector<std::array<double, model_parameters<Model>::count>> from(const smile_outline&) { return {}; }
};
template <class Model>
struct starts_of<Model, std::void_t<decltype(calibration_search<Model>::starts(std::declval<smile_outline>()))>> {
  static auto from(const smile_outline& s) { return calibration_search<Model>::starts(s); }
};

/// Of quotes sorted by maturity.
inline smile_outline outline_of(const market& asset, const std::vector<option_quote>& quotes) {
  const auto distance = [&](const option_quote& q) { return std::log(q.strike / asset.forward(q.maturity)); };
  const auto at_the_money = [&](double maturity) {
    const option_quote* nearest = nullptr;
    for (const option_quote& q : quotes) {
      if (q.maturity != maturity) continue;
      if (nearest == nullptr || std::fabs(distance(q)) < std::fabs(distance(*nearest))) nearest = &q;
    }
    return nearest->volatility;
  };
  const double first = quotes.front().maturity;
  const double early = at_the_money(first), late = at_the_money(quotes.back().maturity);
  double across = 0, along = 0;
  for (const option_quote& q : quotes) {
    if (q.maturity != first) continue;
    across += distance(q) * (q.volatility - early);
    along += distance(q) * distance(q);
  }
  return {early * early, late * late, along > 0 ? across / along : 0};
}

inline std::string fault_of(const option_quote& q, const market& asset, double tolerance) {
  if (!(std::isfinite(q.maturity) && q.maturity > 0)) return "its maturity is " + value_text(q.maturity);
  if (!(std::isfinite(q.strike) && q.strike > 0)) return "its strike is " + value_text(q.strike);
  if (!(std::isfinite(q.volatility) && q.volatility > 0)) return "its volatility is " + value_text(q.volatility);
  if (!(std::isfinite(q.weight) && q.weight >= 0)) return "its weight is " + value_text(q.weight);
  const double share = vega_share(q, q.volatility, asset.forward(q.maturity));
  if (!(share >= least_vega)) return "its price hardly depends on the volatility " + value_text(q.volatility);
  const double forward = asset.forward(q.maturity);
  const option_type type = q.strike < forward ? option_type::put : option_type::call;
  const double price = black_price(type, forward, q.strike, q.volatility, q.maturity);
  if (!(price > tolerance * q.strike)) {
    return "its price, " + value_text(price / q.strike) + " of the strike, is below the tolerance of prices";
  }
  if (!(price < (1 - tolerance) * std::fmin(forward, q.strike))) {
    return "its volatility " + value_text(q.volatility) + " puts its price at the upper bound";
  }
  return "";
}

}  // namespace detail

/// Ranges and starting point of model_parameters<Model>, and the usual settings.
template <class Model>
calibration_settings<model_parameters<Model>::count> default_calibration() {
  return {model_parameters<Model>::ranges()};
}

/// The parameters with which the model's implied volatilities are nearest to the quotes', in the sum of squares, from
/// the start and within the ranges of the settings; where that does not fit, from starts that the quotes suggest as
/// well. A local minimum: there is no promise that it is the least one. Quotes that make no sense are left out, and
/// named in the result. Some 20 evaluations of all prices and their derivatives; one takes, for Heston's model, some 40
/// microseconds for each maturity and 1 for each quote.
/// @throws invalid_parameter when fewer quotes make sense than there are parameters or all are without weight, for
///         ranges that are empty, a start outside them, or settings out of range
/// @throws no_answer where the model's formula is not finite at a point of the search
template <class Model>
calibration<Model> calibrate(
    const market& asset, const std::vector<option_quote>& quotes,
    const calibration_settings<model_parameters<Model>::count>& settings = default_calibration<Model>()) {
  using traits = model_parameters<Model>;
  constexpr std::size_t count = traits::count;
  const auto begin = std::chrono::steady_clock::now();
  for (const parameter_range& range : settings.ranges) {
    require(std::isfinite(range.upper) && range.lower < range.upper, range.name, range.lower,
            "a lower end below a finite upper one");
    require(range.start >= range.lower && range.start <= range.upper, range.name, range.start,
            "a start within the range");
  }
  require(settings.largest_evaluations > 0, "largest_evaluations", std::uint64_t{settings.largest_evaluations},
          "at least 1");
  require(settings.convergence > 0 && settings.convergence < 1, "convergence", settings.convergence, "(0, 1)");

  std::vector<std::string> left_out;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < quotes.size(); ++i) {
    const std::string fault = detail::fault_of(quotes[i], asset, settings.tolerance);
    if (fault.empty()) {
      order.push_back(i);
    } else {
      left_out.push_back("quote " + std::to_string(i) + ": " + fault);
    }
  }
  require(order.size() >= count, "quotes", std::uint64_t{order.size()}, "as many that make sense as parameters");
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return quotes[a].maturity < quotes[b].maturity; });
  std::vector<option_quote> used;
  for (const std::size_t i : order) used.push_back(quotes[i]);

  detail::calibration_problem<Model> problem(asset, used, settings);
  std::array<double, count> start;
  for (std::size_t i = 0; i < count; ++i) start[i] = settings.ranges[i].start;
  std::vector<Eigen::VectorXd> others;
  for (std::array<double, count> other : detail::starts_of<Model>::from(detail::outline_of(asset, used))) {
    for (std::size_t i = 0; i < count; ++i) {
      other[i] = std::fmin(std::fmax(other[i], settings.ranges[i].lower), settings.ranges[i].upper);
    }
    others.push_back(problem.free_numbers(other));
  }
  const bool converged = detail::search(problem, problem.free_numbers(start), others, settings);

  const std::array<double, count> found = problem.parameters(problem.best());
  std::vector<double> residuals(quotes.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<std::size_t> bounded;
  for (std::size_t i = 0; i < order.size(); ++i) {
    residuals[order[i]] = problem.best_differences()[i];
    if (!problem.best_resolved()[i]) bounded.push_back(order[i]);
  }
  std::sort(bounded.begin(), bounded.end());
  const Eigen::VectorXd sizes = Eigen::JacobiSVD<Eigen::MatrixXd>(problem.relative_slopes()).singularValues();
  return {traits::model(asset, found),
          found,
          problem.best_error(),
          std::move(residuals),
          std::move(bounded),
          std::move(left_out),
          sizes[0] / sizes[sizes.size() - 1],
          problem.evaluations(),
          std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          converged};
}

}  // namespace spectralmc

// The market and Heston's model of heston_case.hpp as QuantLib has them.
#pragma once

#include <ql/handle.hpp>
#include <ql/processes/hestonprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include "heston_case.hpp"

namespace bench {

inline QuantLib::Date today() {
  const QuantLib::Date date(5, QuantLib::July, 2002);
  QuantLib::Settings::instance().evaluationDate() = date;
  return date;
}

inline QuantLib::Handle<QuantLib::YieldTermStructure> flat_rate(double value) {
  return QuantLib::Handle<QuantLib::YieldTermStructure>(
      QuantLib::ext::make_shared<QuantLib::FlatForward>(today(), value, QuantLib::Actual365Fixed()));
}

inline QuantLib::Handle<QuantLib::Quote> quote(double value) {
  return QuantLib::Handle<QuantLib::Quote>(QuantLib::ext::make_shared<QuantLib::SimpleQuote>(value));
}

/// By the quadratic-exponential scheme with martingale correction.
inline QuantLib::ext::shared_ptr<QuantLib::HestonProcess> heston_process(
    const spectralmc::heston_parameters& p = heston_parameters) {
  return QuantLib::ext::make_shared<QuantLib::HestonProcess>(
      flat_rate(interest_rate), flat_rate(dividend_yield), quote(spot), p.initial_variance, p.mean_reversion,
      p.long_run_variance, p.volatility_of_variance, p.correlation,
      QuantLib::HestonProcess::QuadraticExponentialMartingale);
}

}  // namespace bench

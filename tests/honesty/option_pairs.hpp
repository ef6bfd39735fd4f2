// Every method of pricing European options, with a model that the caller draws.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "honesty/examination.hpp"
#include "honesty/random_cases.hpp"
#include "honesty/truths.hpp"
#include "spectralmc/pricing/carr_madan_method.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/european_options.hpp"
#include "spectralmc/pricing/lewis_method.hpp"

namespace spectralmc::honesty {

/// A model of log(S), and what is known of X = log(S / forward) at the maturity.
template <class Model>
struct subject {
  Model model;
  std::string parameters;
  double deviation;  ///< of X, roughly
  law_truths known;
};

inline answer answer_of(const estimate& e) { return {e.value, e.truncation_error}; }

/// The option's price from E min(S, K) by parity.
inline truth price_of(const circumstances& c, const law_truths& known) {
  const truth lesser = known.minimum(c.log_moneyness());
  const number forward = c.forward(), discount = c.discount();
  const number whole = c.type == option_type::call ? forward : number(c.strike);
  // Parity rounds what is of the size of both.
  const number rounding = (forward + c.strike) * 1e-32;
  return {discount * (whole - forward * lesser.value), discount * (forward * lesser.error + rounding)};
}

/// The price of a digital option.
inline truth price_of(const circumstances& c, digital_payment payment, const law_truths& known) {
  const bool cash = payment == digital_payment::cash;
  const number k = c.log_moneyness(), unit = cash ? c.discount() : c.discount() * c.forward();
  const truth side = cash ? known.above(k) : known.asset_below(k);
  const bool other = cash == (c.type == option_type::put);
  return {unit * (other ? 1 - side.value : side.value), unit * (side.error + 1e-32)};
}

/// @param draw makes a subject of a source of random numbers and the circumstances
template <class Draw>
void examine_options(examination& all, const std::string& model_name, const Draw& draw) {
  const auto name_of = [&](const char* method) { return std::string("price/") + method + "/" + model_name; };
  const std::string names[] = {name_of("cosine"), name_of("lewis"), name_of("carr_madan"), name_of("automatic"),
                               name_of("digital")};
  if (std::none_of(std::begin(names), std::end(names), [&](const std::string& name) { return all.wants(name); }))
    return;
  for (int index = 0; index < all.cases; ++index) {
    if (!all.wants(index)) continue;
    random_source random(all.seed, model_name, static_cast<std::uint64_t>(index));
    circumstances c = draw_circumstances(random);
    const auto drawn = draw(random, c);
    c.strike = draw_strike(random, c, drawn.deviation);
    const std::string question = "case " + std::to_string(index) + ": " + drawn.parameters + "; " + c.text();

    std::optional<truth> known;  // the same for all methods
    const auto know = [&] {
      if (!known) known = price_of(c, drawn.known);
      return *known;
    };
    const auto judge = [&](const std::string& name, const std::function<answer()>& ask) {
      if (all.wants(name)) all.judge(name, question, ask, know);
    };
    judge(names[0], [&]() -> answer {
      const cosine_method options(drawn.model, c.maturity, {c.tolerance});
      return {options.price(c.type, c.strike), options.error_of_price(c.strike)};
    });
    judge(names[1],
          [&] { return answer_of(lewis_method(drawn.model, c.maturity, {c.strike}, c.tolerance).prices(c.type)[0]); });
    judge(names[2],
          [&] { return answer_of(carr_madan_method(drawn.model, c.maturity, {c.tolerance}).price(c.type, c.strike)); });
    judge(names[3], [&] {
      return answer_of(option_prices(drawn.model, c.maturity, c.type, std::vector<double>{c.strike},
                                     pricing_method::automatic, c.tolerance)
                           .prices[0]);
    });

    const digital_payment payment = index % 2 == 0 ? digital_payment::cash : digital_payment::asset;
    if (!all.wants(names[4])) continue;
    all.judge(
        names[4], question + (payment == digital_payment::cash ? ", cash" : ", asset"),
        [&]() -> answer {
          cosine_settings settings;
          settings.tolerance = c.tolerance;
          settings.digitals = true;
          const cosine_method options(drawn.model, c.maturity, settings);
          return {options.digital_price(payment, c.type, c.strike), options.error_of_digital_price(payment, c.strike)};
        },
        [&] { return price_of(c, payment, drawn.known); });
  }
}

}  // namespace spectralmc::honesty

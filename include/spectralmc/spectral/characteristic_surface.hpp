// Characteristic functions of one quantity in time and frequency: rows at dates, and what lies between them.
//
// In time log phi(u, t) is taken to be linear from one date to the next, on its continuous branch. For a process with
// independent and stationary increments that is exact; for any other the error is phi times (h^2/8) times the largest
// second derivative of log phi by t, h the distance of the dates: of second order.
//
// In frequency phi(u) exp(-i u m), m the middle of the support of width W, is the Fourier transform of a density on
// [-W/2, W/2], known at steps of pi/W or less, twice as close as sampling needs. So it is interpolated by the sampling
// series under a window, over 41 frequencies, to some 1e-14 and what the mass outside the support adds: Kircheis, M.,
// Potts, D. and Tasche, M. (2022), On regularized Shannon sampling formulas with localized sampling, Sampl. Theory
// Signal Process. Data Anal. 20; the window is that of Barnett, A. H., Magland, J. and af Klinteberg, L. (2019), A
// parallel nonuniform fast Fourier transform library based on an "exponential of semicircle" kernel, SIAM J. Sci.
// Comput. 41(5).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// phi(u, t) = E exp(i u X(t)) at ascending dates t, each on frequencies of its own: u(k) = k step(t), k = 0 ...
/// frequencies() - 1, with the support that the law has at that date. A plain value; made of the spectra of a run, of
/// a closed form (surface_of), or of a file (load_surface).
class characteristic_surface {
 public:
  /// @throws invalid_parameter unless there is a spectrum, all have as many frequencies, their dates ascend, and they
  ///         are of the same kind of quantity, logarithmic or not, with one scale and as many replicates
  explicit characteristic_surface(std::vector<spectrum> rows) : rows_(std::move(rows)) {
    require(!rows_.empty(), "rows.size()", std::uint64_t{rows_.size()}, "at least 1");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const observed_quantity &first = rows_[0].quantity(), &q = rows_[i].quantity();
      require(rows_[i].size() == rows_[0].size(), "rows[i].size()", std::uint64_t{rows_[i].size()},
              "as many frequencies as the first row has");
      require(i == 0 || q.time > rows_[i - 1].quantity().time, "rows[i].quantity().time", q.time, "ascending");
      require(q.logarithmic == first.logarithmic, "rows[i].quantity().logarithmic", std::uint64_t{q.logarithmic},
              "the same in all rows");
      require(q.scale == first.scale, "rows[i].quantity().scale", q.scale, "the same in all rows");
      const std::size_t replicates = rows_[i].samples().replicates();
      require(replicates == rows_[0].samples().replicates(), "rows[i].samples().replicates()",
              std::uint64_t{replicates}, "the same in all rows");
    }
    for (const spectrum& row : rows_) logarithms_.push_back(continuous_logarithm(row));
  }

  explicit characteristic_surface(const spectra& by_date)
      : characteristic_surface(std::vector<spectrum>(by_date.begin(), by_date.end())) {}

  std::size_t dates() const { return rows_.size(); }
  std::size_t frequencies() const { return rows_[0].size(); }
  /// Of the samples of a simulated surface: see sampling.
  std::size_t replicates() const { return rows_[0].samples().replicates(); }
  std::vector<double> times() const {
    std::vector<double> result;
    for (const spectrum& row : rows_) result.push_back(row.quantity().time);
    return result;
  }

  /// The spectrum at a date, as it was put in: distribution(surface.row(d)) inverts it.
  /// @throws invalid_parameter unless date < dates()
  const spectrum& row(std::size_t date) const {
    require(date < rows_.size(), "index of a date", std::uint64_t{date}, "below dates()");
    return rows_[date];
  }

  /// phi(frequency, time), interpolated where need be. O(dates).
  /// @throws invalid_parameter unless time is from the first date to the last and |frequency| at most the largest
  ///         frequency of the dates around it
  complex<double> operator()(double time, double frequency) const {
    const place at = find(time);
    const double largest = (std::min)(largest_frequency(at.before), largest_frequency(at.after));
    require(std::fabs(frequency) <= largest * (1 + 1e-12), "frequency", frequency,
            "at most the largest frequency of the dates around that time");
    const complex<double> value = between(at, std::fabs(frequency));
    return frequency < 0 ? conj(value) : value;
  }

  /// The spectrum at any time from the first date to the last, to be inverted: its support is the hull of those of the
  /// dates around it. At a date it is that row, bit for bit. Discounts are interpolated by their logarithm, as are
  /// forwards of a logarithmic quantity; others linearly, as the interpolated law has them. Of a simulated surface it
  /// has the paths of the row that has fewer; its standard errors leave out the error of the interpolation, and where
  /// |phi| falls by much from date to date they are too low.
  /// @throws invalid_parameter for a time that is not from the first date to the last
  spectrum at(double time) const {
    const place p = find(time);
    if (p.weight == 0) return rows_[p.before];
    const spectrum &first = rows_[p.before], &second = rows_[p.after];
    const interval support{(std::min)(first.support().lower, second.support().lower),
                           (std::max)(first.support().upper, second.support().upper)};
    const observed_quantity &q0 = first.quantity(), &q1 = second.quantity();
    observed_quantity quantity = q0;
    quantity.time = time;
    quantity.discount = geometric(q0.discount, q1.discount, p.weight);
    quantity.negative = q0.negative || q1.negative;
    quantity.forward = q0.logarithmic ? geometric(q0.forward, q1.forward, p.weight)
                                      : fma(p.weight, q1.forward - q0.forward, q0.forward);
    const double step = same_frequencies(first, second) ? first.grid().step() : pi / support.width();
    const double largest = (std::min)(largest_frequency(p.before), largest_frequency(p.after));
    // Laws next to a point each, and these apart, would take any number of frequencies.
    const double limit = 64 * static_cast<double>(frequencies());
    const auto count = static_cast<std::size_t>((std::min)(largest / step * (1 + 1e-12), limit)) + 1;
    const frequency_grid grid(step, count);
    std::vector<complex<double>> values(count);
    for (std::size_t k = 0; k < count; ++k) values[k] = between(p, grid[k]);
    std::vector<std::vector<complex<double>>> of_replicates(replicates(), std::vector<complex<double>>(count));
    for (std::size_t r = 0; r < replicates(); ++r) {
      for (std::size_t k = 0; k < count; ++k) of_replicates[r][k] = between_of_replicate(p, grid[k], values[k], r);
    }
    quantity.certain = observed_quantity().certain;
    const auto paths = (std::min)(first.paths(), second.paths());
    const outside_samples &out0 = first.outside_by_side(), &out1 = second.outside_by_side();
    const auto most = [paths](std::uint64_t a, std::uint64_t b) { return (std::min)(paths, (std::max)(a, b)); };
    const outside_samples outside(most(out0.total, out1.total), most(out0.below, out1.below),
                                  most(out0.above, out1.above), most(out0.far_below, out1.far_below),
                                  most(out0.far_above, out1.far_above));
    return spectrum(
        grid, std::move(values), support, quantity, paths, (std::max)(first.non_finite(), second.non_finite()), outside,
        maximum(first.unit_roundoff(), second.unit_roundoff()), first.summed_by(), std::move(of_replicates));
  }

 private:
  /// log phi at the frequencies of a row, as far as phi stands out: |phi| above 1e-290, and above 5 deviations of its
  /// noise if it is simulated. Nothing is known of its branch beyond.
  struct logarithm {
    std::vector<complex<double>> values;
  };

  /// A time between two dates: weight 0 at the one before, towards 1 at the one after.
  struct place {
    std::size_t before, after;
    double weight;
  };

  /// What |phi| must exceed to stand out of its noise at a frequency: five deviations.
  static double least_known(const spectrum& row, std::size_t k) {
    if (!row.simulated()) return 1e-290;
    const double noise =
        row.samples().replicates() != 0 ? 5 * row.standard_error(k) : 5 / sqrt(static_cast<double>(row.paths()));
    return maximum(noise, 1e-290);
  }

  static double middle_of(const interval& support) { return fma(0.5, support.width(), support.lower); }
  double largest_frequency(std::size_t date) const { return rows_[date].grid()[frequencies() - 1]; }

  static double geometric(double a, double b, double weight) {
    return a > 0 && b > 0 ? exp(fma(weight, log(b / a), log(a))) : fma(weight, b - a, a);
  }

  static bool same_frequencies(const spectrum& a, const spectrum& b) {
    return a.grid().step() == b.grid().step() && a.size() == b.size();
  }

  place find(double time) const {
    const double first = rows_.front().quantity().time, last = rows_.back().quantity().time;
    require(time >= first && time <= last, "time", time, "from the first date of the surface to its last");
    std::size_t after = 0;
    while (rows_[after].quantity().time < time) ++after;
    const double end = rows_[after].quantity().time;
    if (end == time) return {after, after, 0};
    const double begin = rows_[after - 1].quantity().time;
    return {after - 1, after, (time - begin) / (end - begin)};
  }

  /// Around the middle of the support the phase turns by a quarter from one frequency to the next at most, where phi
  /// is not near 0; so its branch is followed there, and the middle's phase put back.
  static logarithm continuous_logarithm(const spectrum& row) {
    logarithm result;
    const double middle = middle_of(row.support());
    double turns = 0, last = 0;  // whole turns so far, and the phase within one
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (k > 0 && !(abs(row[k]) > least_known(row, k))) break;
      const double u = row.grid()[k];
      const complex<double> centred = row[k] * unit(-rounded_product(u, middle));
      const double phase = arg(centred);
      if (phase - last > pi) turns -= 1;
      if (phase - last < -pi) turns += 1;
      last = phase;
      result.values.emplace_back(log(abs(row[k])), fma(u, middle, fma(2 * pi, turns, phase)));
    }
    return result;
  }

  static complex<double> unit(double angle) {
    double sine, cosine;
    sin_cos(angle, sine, cosine);
    return {cosine, sine};
  }

  /// phi of a row at any frequency from 0 to its largest.
  complex<double> value_at(std::size_t date, double frequency) const {
    return value_at(rows_[date], rows_[date].values(), frequency);
  }

  /// The same of values on the frequencies of a row.
  static complex<double> value_at(const spectrum& row, const std::vector<complex<double>>& values, double frequency) {
    const double position = frequency / row.grid().step(), nearest = std::nearbyint(position);
    const double offset = position - nearest;  // from the nearest frequency, in steps
    const auto whole = static_cast<std::ptrdiff_t>(nearest);
    const auto count = static_cast<std::ptrdiff_t>(row.size());
    if (std::fabs(offset) <= 0x1p-51 * nearest && whole < count) return values[static_cast<std::size_t>(whole)];
    const double middle = middle_of(row.support()), step = row.grid().step();
    constexpr std::ptrdiff_t reach = 20;
    constexpr double half_width = reach + 0.5, sharpness = 0.5 * pi * half_width;  // e^-sharpness is 1e-14
    double sine, cosine;
    sin_cos_2pi(0.5 * offset, sine, cosine);  // of pi offset
    complex<double> sum(0, 0);
    for (std::ptrdiff_t j = -reach; j <= reach; ++j) {
      const std::ptrdiff_t k = whole + j;
      if (k >= count || -k >= count) continue;  // phi has all but vanished there
      const double distance = offset - static_cast<double>(j);
      const double share = distance / half_width;
      const double decay = exp(fma(sharpness, sqrt(maximum(fma(-share, share, 1.0), 0.0)), -sharpness));
      const double sinc = (j % 2 == 0 ? sine : -sine) / rounded_product(pi, distance);
      const complex<double> phi =
          k < 0 ? conj(values[static_cast<std::size_t>(-k)]) : values[static_cast<std::size_t>(k)];
      const complex<double> centred =
          phi * unit(rounded_product(rounded_product(step, middle), offset - static_cast<double>(j)));
      sum += centred * rounded_product(decay, sinc);
    }
    return sum;
  }

  /// log phi of a row on its continuous branch, at a frequency up to the last that stands out.
  complex<double> logarithm_at(std::size_t date, double frequency) const {
    const std::vector<complex<double>>& known = logarithms_[date].values;
    const double position = frequency / rows_[date].grid().step();
    const double whole = (std::min)(std::floor(position * (1 + 0x1p-51)), static_cast<double>(known.size() - 1));
    const auto k = static_cast<std::size_t>(whole);
    if (std::fabs(position - whole) <= 0x1p-51 * whole) return known[k];
    // Where phi is next to its noise the sampling series keeps few digits of it, or none: there the polynomial through
    // ten known logarithms.
    constexpr std::size_t points = 10;
    if (known[k].re < -18 && known.size() >= points) {
      const std::size_t first = (std::min)((std::max)(k + 1, points / 2) - points / 2, known.size() - points);
      complex<double> through[points];
      std::copy_n(known.begin() + static_cast<std::ptrdiff_t>(first), points, through);
      for (std::size_t order = 1; order < points; ++order) {
        for (std::size_t i = 0; i + order < points; ++i) {
          const double share = (position - static_cast<double>(first + i)) / static_cast<double>(order);
          const complex<double> step = through[i + 1] - through[i];
          through[i] = {fma(share, step.re, through[i].re), fma(share, step.im, through[i].im)};
        }
      }
      return through[0];
    }
    const std::size_t next = (std::min)(k + 1, known.size() - 1);
    // The branch next to the linearly interpolated phase.
    const double guess = fma(position - whole, known[next].im - known[k].im, known[k].im);
    const complex<double> value = value_at(date, frequency);
    const double phase = arg(value);
    const double turns = std::nearbyint((guess - phase) / (2 * pi));
    return {log(abs(value)), fma(2 * pi, turns, phase)};
  }

  /// The last frequency of a row at which phi stands out.
  double last_known(std::size_t date) const { return rows_[date].grid()[logarithms_[date].values.size() - 1]; }

  /// log phi of row `date`, beyond the frequency up to which it is known in proportion to that of row `other`: as it is
  /// for increments that are independent and stationary.
  complex<double> extended_logarithm(std::size_t date, std::size_t other, double frequency) const {
    const double last = last_known(date);
    if (frequency <= last) return logarithm_at(date, frequency);
    return logarithm_at(other, frequency) * (logarithm_at(date, last) / logarithm_at(other, last));
  }

  /// Whether phi is noise there, or next to nothing: then a mixture of both dates' is taken.
  bool is_mixed(const place& p, double frequency) const {
    const double before = last_known(p.before), after = last_known(p.after);
    return frequency > (std::max)(before, after) || ((std::min)(before, after) == 0 && frequency > 0);
  }

  complex<double> between(const place& p, double frequency) const {
    if (p.weight == 0 || frequency == 0) return value_at(p.before, frequency);
    if (is_mixed(p, frequency)) {
      const complex<double> a = value_at(p.before, frequency), b = value_at(p.after, frequency);
      return {fma(p.weight, b.re - a.re, a.re), fma(p.weight, b.im - a.im, a.im)};
    }
    const complex<double> a = extended_logarithm(p.before, p.after, frequency),
                          b = extended_logarithm(p.after, p.before, frequency);
    return exp(complex<double>(fma(p.weight, b.re - a.re, a.re), fma(p.weight, b.im - a.im, a.im)));
  }

  /// The same over one replicate, given the value over all: to first order in what the replicate differs by, so that no
  /// branch of a logarithm is looked for in its noise.
  complex<double> between_of_replicate(const place& p, double frequency, complex<double> value, std::size_t r) const {
    const auto own = [&](std::size_t date) {
      return value_at(rows_[date], rows_[date].replicate_values(r), frequency);
    };
    complex<double> result;
    if (is_mixed(p, frequency)) {
      const complex<double> a = own(p.before), b = own(p.after);
      result = {fma(p.weight, b.re - a.re, a.re), fma(p.weight, b.im - a.im, a.im)};
    } else {
      // Of log phi at a date; beyond what is known there, that of the other date in proportion.
      const auto change = [&](std::size_t date) {
        const complex<double> all = value_at(date, frequency);
        return (own(date) - all) / all;
      };
      const auto extended = [&](std::size_t date, std::size_t other) {
        const double last = last_known(date);
        if (frequency <= last) return change(date);
        return change(other) * (logarithm_at(date, last) / logarithm_at(other, last));
      };
      const complex<double> a = extended(p.before, p.after), b = extended(p.after, p.before);
      result = value + value * complex<double>(fma(p.weight, b.re - a.re, a.re), fma(p.weight, b.im - a.im, a.im));
    }
    const double size = abs(result);
    return size > 1 ? result / size : result;
  }

  std::vector<spectrum> rows_;
  std::vector<logarithm> logarithms_;
};

/// The surface of a closed form: of log(S(t)/S(0)), or S(t) or the short rate if that is what the model describes. All
/// rows are on the frequencies that the row of the shortest date needs, settings.largest_terms at most, on the hull of
/// all supports; so what lies between two dates takes no interpolation in frequency. O(dates x frequencies).
/// @throws invalid_parameter unless there is a date and the dates are positive and ascend, and as
///         characteristic_function
template <class Model>
characteristic_surface surface_of(const Model& model, const std::vector<double>& dates,
                                  const expansion_settings& settings = {}) {
  require(!dates.empty(), "dates.size()", std::uint64_t{dates.size()}, "at least 1");
  for (std::size_t i = 0; i < dates.size(); ++i) {
    require(std::isfinite(dates[i]) && dates[i] > (i == 0 ? 0 : dates[i - 1]), "dates", dates[i],
            "positive and ascending");
  }
  interval support;
  double largest = 0;
  for (const double date : dates) {
    const spectrum own = characteristic_function(model, date, settings);
    largest = maximum(largest, own.grid()[own.size() - 1]);
    support = date == dates[0] ? own.support()
                               : interval{(std::min)(support.lower, own.support().lower),
                                          (std::max)(support.upper, own.support().upper)};
  }
  const double step = pi / support.width();
  const double most = static_cast<double>(settings.largest_terms);
  const auto count = static_cast<std::size_t>((std::min)(std::ceil(largest / step) + 1, most));
  const frequency_grid grid = frequency_grid::for_interval(support, count);
  std::vector<spectrum> rows;
  for (const double date : dates) {
    std::vector<complex<double>> values(count);
    const detail::linear_map map = detail::observed_map(model, date);
    for (std::size_t k = 0; k < count; ++k) {
      const complex<double> exponent = model.log_characteristic_function(complex<double>(map.scale * grid[k], 0), date);
      values[k] = exp(complex<double>(exponent.re, fma(grid[k], map.shift, exponent.im)));
      if (!is_finite(values[k])) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(grid[k]));
      }
    }
    rows.emplace_back(grid, std::move(values), support, asset_quantity(model, date, detail::models_logarithm<Model>));
  }
  return characteristic_surface(std::move(rows));
}

}  // namespace spectralmc

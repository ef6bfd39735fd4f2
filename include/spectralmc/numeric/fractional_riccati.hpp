// Riccati equations with a fractional derivative, D^alpha h = c0 + c1 h + c2 h^2, by product integration on a geometric
// mesh: Brunner, H. (2004), Collocation Methods for Volterra Integral and Related Functional Differential Equations,
// Cambridge University Press, chapter 6. models/rough_heston.hpp says what is solved and how well.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/gamma_function.hpp"
#include "spectralmc/numeric/gauss_legendre.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace fractional_riccati_detail {

inline constexpr std::size_t nodes = 8;           ///< of a panel: the collocation points
inline constexpr std::size_t start_degrees = 16;  ///< Legendre coefficients that stand for the first interval
inline constexpr std::size_t terms = 28;          ///< of the power series in t^alpha
inline constexpr std::size_t rule_size = 24;      ///< points of the Gauss-Legendre rule that weights are made with
inline constexpr double series_reach = 0.5;       ///< largest rate (2 t0)^alpha, t0 being the end of the first interval
inline constexpr double largest_roughness = 3e-6;  ///< of the last Legendre coefficient, see solve
inline constexpr std::size_t doublings = 64;       ///< of t0 at most

/// int_0^1 P_n(2 x - 1) x^a dx, n < Count, a > -1. With (1 - x)^a for x^a every second one changes its sign.
template <std::size_t Count>
std::array<double, Count> legendre_moments(double a) {
  std::array<double, Count> moments{};
  double moment = 1 / (a + 1);
  for (std::size_t n = 0; n < Count; ++n) {
    moments[n] = moment;
    const auto m = static_cast<double>(n);
    moment *= (a - m) / (a + (m + 2));
  }
  return moments;
}

/// A number at each node of a panel.
using row = std::array<double, nodes>;

/// The nodes, Radau's with the right end (the zeros of P_n - P_(n-1), n their number), and the polynomials of degree
/// n - 1 that are 1 at one of them and 0 at the others.
struct radau_nodes {
  row point, scale;

  radau_nodes() : point(), scale() {
    const auto value = [](double x) {
      const std::array<double, nodes + 1> p = legendre<nodes + 1>(x);
      return p[nodes] - p[nodes - 1];
    };
    constexpr int cells = 512;
    std::size_t found = 0;
    for (int i = 0; i + 1 < cells && found + 1 < nodes; ++i) {
      double lower = static_cast<double>(i) / cells, upper = static_cast<double>(i + 1) / cells;
      const bool sign = value(lower) > 0;
      if (sign == (value(upper) > 0)) continue;
      for (int step = 0; step < 50; ++step) {
        const double middle = 0.5 * (lower + upper);
        ((value(middle) > 0) == sign ? lower : upper) = middle;
      }
      point[found++] = 0.5 * (lower + upper);
    }
    point[nodes - 1] = 1;
    for (std::size_t l = 0; l < nodes; ++l) {
      double product = 1;
      for (std::size_t m = 0; m < nodes; ++m) product *= m == l ? 1.0 : point[l] - point[m];
      scale[l] = 1 / product;
    }
  }

  row lagrange(double x) const {
    row values = scale;
    for (std::size_t l = 0; l < nodes; ++l) {
      for (std::size_t m = 0; m < nodes; ++m) values[l] *= m == l ? 1.0 : x - point[m];
    }
    return values;
  }
};

/// What the solver needs to know of alpha and the number of steps, in units of the end t0 of its first interval. Panel
/// k = 0, 1, ... is [left_k, left_(k+1)], left_k = 2^(k/steps). They are a geometric progression, so that the weight of
/// one panel for another depends on the difference of their numbers only, and one table serves all times and all
/// frequencies. Matrices are [of the source][of the target].
class table {
 public:
  std::size_t steps;
  double alpha;
  std::array<double, terms> ratio;                               ///< Gamma(1 + k alpha) / Gamma(1 + (k + 1) alpha)
  std::array<double, terms> mean_power;                          ///< int_0^1 x^(k alpha) dx
  std::vector<std::array<row, terms>> powers;                    ///< t^(k alpha) at the nodes of the panels before 2
  std::array<std::array<double, start_degrees>, terms> moments;  ///< int_0^1 P_n(2 x - 1) x^(k alpha) dx
  std::vector<std::array<row, start_degrees>> start;  ///< I^alpha of (2 n + 1) P_n over (0, 1), at nodes from 2 on
  std::vector<std::array<row, nodes>> kernel;         ///< [difference]: I^alpha of the Lagrange polynomials
  std::array<row, nodes> predictor;                   ///< from a panel's nodes to the next one's
  row weight, roughness;  ///< int_0^1 of the Lagrange polynomials, and of their product with the last P_n
  std::vector<double> left, length, length_power, growth;  ///< of panels; left, length, length^alpha; 2^(n alpha)

  table(double order, std::size_t steps_in_doubling)
      : steps(steps_in_doubling), alpha(order), ratio(), mean_power(), moments(), predictor(), weight(), roughness() {
    const std::size_t panels = steps * doublings;
    for (std::size_t k = 0; k <= panels; ++k) {
      double value = exp(log_two * static_cast<double>(k % steps) / static_cast<double>(steps));
      for (std::size_t n = 0; n < k / steps; ++n) value *= 2;
      left.push_back(value);
    }
    for (std::size_t k = 0; k < panels; ++k) {
      length.push_back(left[k] * (left[1] - 1));
      length_power.push_back(power(length[k], alpha));
    }
    for (std::size_t n = 0; n < doublings; ++n) growth.push_back(exp(static_cast<double>(n) * alpha * log_two));
    make_series();
    make_start();
    make_kernel();
    make_predictor();
  }

 private:
  static constexpr double log_two = 0.69314718055994530942;
  gauss_legendre_rule<rule_size> rule_;
  radau_nodes nodes_;

  void make_series() {
    double past = 0;
    for (std::size_t k = 0; k < terms; ++k) {
      const double exponent = rounded_product(static_cast<double>(k), alpha);
      const double next = log_gamma(fma(static_cast<double>(k + 1), alpha, 1.0));
      ratio[k] = exp(past - next);
      past = next;
      moments[k] = legendre_moments<start_degrees>(exponent);
      mean_power[k] = moments[k][0];
    }
    powers.resize(steps);
    for (std::size_t k = 0; k < steps; ++k) {
      for (std::size_t i = 0; i < nodes; ++i) {
        const double logarithm = log(fma(length[k], nodes_.point[i], left[k]));
        for (std::size_t m = 0; m < terms; ++m) powers[k][m][i] = exp(static_cast<double>(m) * alpha * logarithm);
      }
    }
  }

  /// Calls add(x, w) for the nodes and weights of int_0^1 (gap + 1 - x)^(alpha - 1) / Gamma(alpha) f(x) dx, in
  /// intervals over which gap + 1 - x doubles at most.
  template <class Add>
  void integrate(double gap, const Add& add) const {
    const double scale = exp(-log_gamma(alpha));
    for (double lower = gap; lower < gap + 1;) {
      const double upper = minimum(2 * lower, gap + 1), width = upper - lower;
      for (std::size_t g = 0; g < rule_size; ++g) {
        const double y = fma(width, rule_.point[g], lower);
        add((gap - y) + 1, scale * rule_.weight[g] * width * power(y, alpha - 1));
      }
      lower = upper;
    }
  }

  void make_start() {
    for (std::size_t k = steps; k < length.size(); ++k) {
      start.emplace_back();
      for (std::size_t i = 0; i < nodes; ++i) {
        std::array<double, start_degrees> sum{};
        integrate(fma(length[k], nodes_.point[i], left[k] - 1), [&](double x, double w) {
          const std::array<double, start_degrees> p = legendre<start_degrees>(x);
          for (std::size_t n = 0; n < start_degrees; ++n) sum[n] = fma(w, p[n], sum[n]);
        });
        for (std::size_t n = 0; n < start_degrees; ++n) {
          start.back()[n][i] = fma(2.0, static_cast<double>(n), 1.0) * sum[n];
        }
      }
    }
  }

  void make_kernel() {
    kernel.resize(length.size());
    const std::array<double, nodes> jacobi = legendre_moments<nodes>(alpha - 1);
    for (std::size_t g = 0; g < rule_size; ++g) {
      const row at = nodes_.lagrange(rule_.point[g]), p = legendre<nodes>(rule_.point[g]);
      // The panel itself: (1 - y)^(alpha - 1) is its Legendre expansion, for polynomials of such a degree.
      double density = 0;
      for (std::size_t n = 0; n < nodes; ++n) {
        density = fma(fma(2.0, static_cast<double>(n), 1.0) * (n % 2 == 0 ? jacobi[n] : -jacobi[n]), p[n], density);
      }
      for (std::size_t l = 0; l < nodes; ++l) {
        weight[l] = fma(rule_.weight[g], at[l], weight[l]);
        roughness[l] = fma(rule_.weight[g] * p[nodes - 1], at[l], roughness[l]);
      }
      for (std::size_t i = 0; i < nodes; ++i) {
        const row inside = nodes_.lagrange(rounded_product(nodes_.point[i], rule_.point[g]));
        const double w = exp(fma(alpha, log(nodes_.point[i]), -log_gamma(alpha))) * rule_.weight[g] * density;
        for (std::size_t l = 0; l < nodes; ++l) kernel[0][l][i] = fma(w, inside[l], kernel[0][l][i]);
      }
    }
    for (std::size_t d = 1; d < kernel.size(); ++d) {
      for (std::size_t i = 0; i < nodes; ++i) {
        row sum{};
        integrate(fma(left[d], nodes_.point[i], (left[d] - left[1]) / (left[1] - 1)), [&](double x, double w) {
          const row at = nodes_.lagrange(x);
          for (std::size_t l = 0; l < nodes; ++l) sum[l] = fma(w, at[l], sum[l]);
        });
        for (std::size_t l = 0; l < nodes; ++l) kernel[d][l][i] = sum[l];
      }
    }
  }

  /// A cubic in log t through four of the nodes.
  void make_predictor() {
    constexpr std::array<std::size_t, 4> chosen{0, nodes / 3, 2 * nodes / 3, nodes - 1};
    const auto place = [&](std::size_t i) { return log(fma(left[1] - 1, nodes_.point[i], 1.0)); };
    for (std::size_t i = 0; i < nodes; ++i) {
      const double target = place(i) + log(left[1]);
      for (const std::size_t a : chosen) {
        double value = 1;
        for (const std::size_t b : chosen) value *= a == b ? 1.0 : (target - place(b)) / (place(a) - place(b));
        predictor[a][i] = value;
      }
    }
  }
};

/// Complex numbers at the nodes of a panel.
struct block {
  row re, im;

  complex<double> at(std::size_t i) const { return {re[i], im[i]}; }
  void set(std::size_t i, complex<double> z) {
    re[i] = z.re;
    im[i] = z.im;
  }
  /// Adds the matrix's product with (x_re, x_im).
  template <std::size_t Count>
  void add_product(const std::array<row, Count>& matrix, const double* x_re, const double* x_im) {
    block sum = *this;
    for (std::size_t l = 0; l < Count; ++l) {
      for (std::size_t i = 0; i < nodes; ++i) sum.re[i] = fma(matrix[l][i], x_re[l], sum.re[i]);
      for (std::size_t i = 0; i < nodes; ++i) sum.im[i] = fma(matrix[l][i], x_im[l], sum.im[i]);
    }
    *this = sum;
  }
  /// Subtracts from the elements first <= i < last those of column times z.
  void subtract(const block& column, complex<double> z, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      re[i] = fma(column.re[i], -z.re, fma(column.im[i], z.im, re[i]));
      im[i] = fma(column.re[i], -z.im, fma(column.im[i], -z.re, im[i]));
    }
  }
};

/// A linear system of a panel's size: Gaussian elimination with exchange of rows.
struct linear_system {
  std::array<block, nodes> column;
  std::array<std::size_t, nodes> pivot;
  std::array<complex<double>, nodes> inverse;

  void factor() {
    for (std::size_t k = 0; k < nodes; ++k) {
      std::size_t best = k;
      double largest = -1;
      for (std::size_t i = k; i < nodes; ++i) {
        const double size = abs(column[k].re[i]) + abs(column[k].im[i]);
        if (size > largest) {
          largest = size;
          best = i;
        }
      }
      pivot[k] = best;
      if (best != k) {
        for (block& c : column) exchange(c, k, best);
      }
      const double n = norm(column[k].at(k));
      inverse[k] = {column[k].re[k] / n, -column[k].im[k] / n};
      for (std::size_t i = k + 1; i < nodes; ++i) column[k].set(i, column[k].at(i) * inverse[k]);
      for (std::size_t l = k + 1; l < nodes; ++l) column[l].subtract(column[k], column[l].at(k), k + 1, nodes);
    }
  }
  void solve(block& x) const {
    for (std::size_t k = 0; k < nodes; ++k) exchange(x, k, pivot[k]);
    for (std::size_t k = 0; k < nodes; ++k) x.subtract(column[k], x.at(k), k + 1, nodes);
    for (std::size_t k = nodes; k-- > 0;) {
      x.set(k, x.at(k) * inverse[k]);
      x.subtract(column[k], x.at(k), 0, k);
    }
  }

 private:
  static void exchange(block& x, std::size_t i, std::size_t k) {
    const complex<double> z = x.at(i);
    x.set(i, x.at(k));
    x.set(k, z);
  }
};

/// The fractional Riccati equation D^alpha h = F(h) = c0 + c1 h + c2 h^2, I^(1 - alpha) h(0) = 0.
struct riccati {
  complex<double> c0, c1;
  double c2;

  complex<double> operator()(complex<double> h) const { return c0 + h * (c1 + h * c2); }
};

/// The integrals over (0, time) of h and of D^alpha h, which is I^(1 - alpha) h(time).
struct integrals {
  complex<double> of_h, of_derivative;
  bool rises;  ///< of a real equation with c0 > 0: its solution has not exploded
};

/// Not a number where Newton's method finds nothing, or where the last Legendre coefficient of D^alpha h in a panel is
/// so large that the integrals may be wrong by more than a relative 2e-7: in tests with extreme parameters their error
/// was below a tenth of that coefficient's weight in h.
inline integrals solve(const table& t, const riccati& equation, double time, std::size_t time_doublings) {
  const std::size_t panels = time_doublings * t.steps;
  const double t0 = time / t.left[panels], z = power(t0, t.alpha);
  integrals result{{0, 0}, {0, 0}, true};
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr integrals not_found{{nan, nan}, {nan, nan}, false};
  // h = sum a_k (t/t0)^(k alpha) and D^alpha h = sum g_k (t/t0)^(k alpha) up to 2 t0.
  std::array<double, terms> a_re{}, a_im{}, g_re{}, g_im{};
  for (std::size_t k = 0; k < terms; ++k) {
    double square_re = 0, square_im = 0;
    for (std::size_t i = 1; i < k; ++i) {
      square_re = fma(a_re[i], a_re[k - i], fma(-a_im[i], a_im[k - i], square_re));
      square_im = fma(a_re[i], a_im[k - i], fma(a_im[i], a_re[k - i], square_im));
    }
    const complex<double> a(a_re[k], a_im[k]);
    const complex<double> g =
        k == 0 ? equation.c0 : equation.c1 * a + complex<double>(square_re, square_im) * equation.c2;
    g_re[k] = g.re;
    g_im[k] = g.im;
    result.of_derivative += g * t.mean_power[k];
    result.of_h += a * t.mean_power[k];
    if (k + 1 < terms) {
      a_re[k + 1] = g.re * (t.ratio[k] * z);
      a_im[k + 1] = g.im * (t.ratio[k] * z);
    }
  }
  std::array<double, start_degrees> start_re{}, start_im{};
  for (std::size_t k = 0; k < terms; ++k) {
    for (std::size_t n = 0; n < start_degrees; ++n) {
      start_re[n] = fma(t.moments[k][n] * z, g_re[k], start_re[n]);
      start_im[n] = fma(t.moments[k][n] * z, g_im[k], start_im[n]);
    }
  }
  std::vector<block> past(panels);  // D^alpha h times the panel's length^alpha
  linear_system system;
  block h{}, derivative{};
  for (std::size_t k = 0; k < panels; ++k) {
    const double scale = z * t.length_power[k];
    if (k < t.steps) {
      h = derivative = block{};
      h.add_product(t.powers[k], a_re.data(), a_im.data());
      derivative.add_product(t.powers[k], g_re.data(), g_im.data());
    } else {
      // h = history + scale kernel F(h), by Newton's method.
      block history{};
      history.add_product(t.start[k - t.steps], start_re.data(), start_im.data());
      for (std::size_t j = 0; j < k; ++j) {
        history.add_product(t.kernel[k - j], past[j].re.data(), past[j].im.data());
      }
      block guess{};
      guess.add_product(t.predictor, h.re.data(), h.im.data());
      h = guess;
      double last = 1, when_factored = 1;
      for (int iteration = 0;; ++iteration) {
        block image{}, residual = history;
        for (std::size_t i = 0; i < nodes; ++i) image.set(i, equation(h.at(i)) * scale);
        residual.add_product(t.kernel[0], image.re.data(), image.im.data());
        for (std::size_t i = 0; i < nodes; ++i) residual.set(i, h.at(i) - residual.at(i));
        const bool renew = last > 1e-4;
        if (renew) {
          for (std::size_t l = 0; l < nodes; ++l) {
            const complex<double> slope = (equation.c1 + h.at(l) * (2 * equation.c2)) * -scale;
            for (std::size_t i = 0; i < nodes; ++i) {
              system.column[l].re[i] = fma(t.kernel[0][l][i], slope.re, i == l ? 1.0 : 0.0);
              system.column[l].im[i] = rounded_product(t.kernel[0][l][i], slope.im);
            }
          }
          system.factor();
        }
        system.solve(residual);
        double change = 0, size = 0;
        for (std::size_t i = 0; i < nodes; ++i) {
          h.set(i, h.at(i) - residual.at(i));
          change = maximum(abs(residual.re[i]) + abs(residual.im[i]), change);
          size = maximum(abs(h.re[i]) + abs(h.im[i]), size);
        }
        last = change / size;
        if (renew) when_factored = last;
        if (last * when_factored < 1e-16) break;  // that is what the next correction would be
        if (iteration == 30 || !is_finite(last)) return not_found;
      }
      for (std::size_t i = 0; i < nodes; ++i) derivative.set(i, equation(h.at(i)));
    }
    complex<double> sum_h(0, 0), sum_derivative(0, 0), rough(0, 0);
    for (std::size_t i = 0; i < nodes; ++i) {
      sum_h += h.at(i) * t.weight[i];
      sum_derivative += derivative.at(i) * t.weight[i];
      rough += derivative.at(i) * t.roughness[i];
      past[k].re[i] = derivative.re[i] * scale;
      past[k].im[i] = derivative.im[i] * scale;
      result.rises = result.rises && h.re[i] > 0 && derivative.re[i] > -1e-6 * equation.c0.re;
    }
    result.rises = result.rises && abs(rough.re) < 1e-3 * (sum_derivative.re + equation.c0.re);
    const complex<double> end = h.at(nodes - 1);
    if (k >= t.steps && (abs(rough.re) + abs(rough.im)) * scale > largest_roughness * (abs(end.re) + abs(end.im))) {
      return not_found;
    }
    result.of_h += sum_h * t.length[k];
    result.of_derivative += sum_derivative * t.length[k];
  }
  result.of_h *= t0;
  result.of_derivative *= t0;
  return result;
}

}  // namespace fractional_riccati_detail

}  // namespace spectralmc

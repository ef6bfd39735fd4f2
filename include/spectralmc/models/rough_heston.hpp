// El Euch, O. and Rosenbaum, M. (2019), The characteristic function of rough Heston models, Mathematical Finance 29(1).
//
//   dX = -v/2 dt + sqrt(v) dB,   dB dW = rho dt,   S(t) = forward(t) exp(X(t)),
//   v(t) = v0 + 1/Gamma(alpha) int_0^t (t - s)^(alpha - 1) (kappa (theta - v(s)) ds + sigma sqrt(v(s)) dW(s)),
//
// alpha = H + 1/2. With H = 1/2 this is Heston's model (models/heston.hpp), with the same parameters.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace rough_heston_detail {

#ifndef RH_P
#define RH_P 8
#define RH_Q 16
#define RH_M 28
#define RH_C 0.5
#endif

inline constexpr std::size_t nodes = RH_P;          ///< of a panel: the collocation points
inline constexpr std::size_t start_degrees = RH_Q;  ///< Legendre coefficients of the first interval
inline constexpr std::size_t terms = RH_M;          ///< of the power series in t^alpha
inline constexpr std::size_t rule_size = 24;     ///< points of the Gauss-Legendre rule that the weights are made with
inline constexpr double series_reach = RH_C;      ///< lambda (2 t_0)^alpha, t_0 the end of the first interval

/// log Gamma(x), x > 0, to a few units of 2^-53 of 1 + |log Gamma(x)|: Stirling's series beyond 12, and the recurrence
/// below.
inline double log_gamma(double x) {
  double product = 1;
  while (x < 12) {
    product *= x;
    x += 1;
  }
  // B_2n / (2n (2n - 1))
  constexpr double series[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156};
  const double inverse = 1 / x, square = inverse * inverse;
  double tail = 0;
  for (std::size_t n = std::size(series); n-- > 0;) tail = fma(tail, square, series[n]);
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return fma(tail, inverse, fma(x - 0.5, log(x), half_log_two_pi - x)) - log(product);
}

/// x^a, x > 0.
inline double power(double x, double a) { return a == 0 ? 1.0 : exp(a * log(x)); }

/// P_0(2 x - 1), ..., P_(count - 1)(2 x - 1).
inline void legendre(double x, std::size_t count, double* values) {
  const double y = fma(2.0, x, -1.0);
  values[0] = 1;
  if (count > 1) values[1] = y;
  for (std::size_t n = 1; n + 1 < count; ++n) {
    const double m = static_cast<double>(n);
    values[n + 1] = fma(fma(2.0, m, 1.0) * y, values[n], -(m * values[n - 1])) / (m + 1);
  }
}

/// int_0^1 P_n(2 x - 1) x^a dx, n < count, a > -1. With (1 - x)^a in place of x^a every second one changes its sign.
inline void legendre_moments(double a, std::size_t count, double* values) {
  double value = 1 / (a + 1);
  for (std::size_t n = 0; n < count; ++n) {
    values[n] = value;
    const double m = static_cast<double>(n);
    value *= (a - m) / (a + 2 + m);
  }
}

/// A quadrature rule on (0, 1).
template <std::size_t Count>
struct quadrature_rule {
  std::array<double, Count> point, weight;
};

/// The Gauss-Legendre rule.
inline quadrature_rule<rule_size> gauss_rule() {
  quadrature_rule<rule_size> rule{};
  constexpr double n = rule_size;
  std::array<double, rule_size + 1> p{};
  for (std::size_t i = 0; i < rule_size; ++i) {
    double sine, cosine;
    sin_cos_2pi((static_cast<double>(i) + 0.75) / (2 * n + 1), sine, cosine);
    double x = fma(-0.5, cosine, 0.5), slope = 1;
    for (int step = 0; step < 6; ++step) {
      legendre(x, rule_size + 1, p.data());
      const double y = fma(2.0, x, -1.0);
      slope = 2 * n * fma(y, p[rule_size], -p[rule_size - 1]) / fma(y, y, -1.0);
      x -= p[rule_size] / slope;
    }
    rule.point[i] = x;
    rule.weight[i] = 1 / (x * (1 - x) * slope * slope);
  }
  return rule;
}

/// The collocation points: Radau's with the right end, the zeros of P_nodes - P_(nodes - 1).
inline std::array<double, nodes> radau_points() {
  const auto value = [](double x) {
    std::array<double, nodes + 1> p{};
    legendre(x, nodes + 1, p.data());
    return p[nodes] - p[nodes - 1];
  };
  std::array<double, nodes> points{};
  constexpr int cells = 1024;
  std::size_t found = 0;
  for (int i = 0; i + 1 < cells && found + 1 < nodes; ++i) {
    double lower = static_cast<double>(i) / cells, upper = static_cast<double>(i + 1) / cells;
    const bool sign = value(lower) > 0;
    if (sign == (value(upper) > 0)) continue;
    for (int step = 0; step < 50; ++step) {
      const double middle = 0.5 * (lower + upper);
      ((value(middle) > 0) == sign ? lower : upper) = middle;
    }
    points[found++] = 0.5 * (lower + upper);
  }
  points[nodes - 1] = 1;
  return points;
}

/// The polynomials of degree nodes - 1 that are 1 at one of the points and 0 at the others.
inline void lagrange(const std::array<double, nodes>& points, double x, double* values) {
  for (std::size_t l = 0; l < nodes; ++l) {
    double value = 1;
    for (std::size_t m = 0; m < nodes; ++m) {
      if (m != l) value *= (x - points[m]) / (points[l] - points[m]);
    }
    values[l] = value;
  }
}

/// What the solver needs for one alpha and number of steps, in units of the end t_0 of the first interval. Panel k = 1,
/// 2, ... is [r^(k-1), r^k], r = 2^(1/steps). Distances between panels are those of a geometric progression, so that
/// one table serves all panels, times and frequencies.
struct table {
  using row = std::array<double, nodes>;
  using square = std::array<row, nodes>;                  // [of the source][of the target]
  using start_block = std::array<row, start_degrees>;  // [degree][of the target]

  double alpha;
  std::size_t steps, largest;  // panels in a doubling of time, panels at most
  std::array<double, terms> ratio;  // Gamma(1 + k alpha) / Gamma(1 + (k + 1) alpha)
  std::array<row, terms> panel_powers;  // x^(k alpha) at the nodes; [panel < steps][k] below
  std::vector<std::array<row, terms>> powers;
  std::array<std::array<double, start_degrees>, terms> start_moments;  // int_0^1 P_n(2 x - 1) x^(k alpha) dx
  std::array<double, nodes> weight;                                    // int_0^1 of the Lagrange polynomials
  std::vector<square> kernel;  // [k - j]: 1/Gamma(alpha) int (t - s)^(alpha-1) of them, per length_j^alpha
  std::vector<start_block> start;  // [k - 1 - steps]: the same of (2 n + 1) P_n over the first interval
  std::vector<double> length, length_power;
  square predictor;

  table(double alpha_, std::size_t steps_, std::size_t doublings)
      : alpha(alpha_), steps(steps_), largest(steps_ * doublings) {
    const auto rule = gauss_rule();
    const auto points = radau_points();
    const double inverse_gamma = exp(-log_gamma(alpha));
    const double r = exp(0.69314718055994530942 / static_cast<double>(steps));
    double past = 0;
    for (std::size_t k = 0; k < terms; ++k) {
      const double next = log_gamma(fma(static_cast<double>(k + 1), alpha, 1.0));
      ratio[k] = exp(past - next);
      past = next;
      legendre_moments(static_cast<double>(k) * alpha, start_degrees, start_moments[k].data());
    }
    std::array<row, rule_size> at_rule{};
    for (std::size_t g = 0; g < rule_size; ++g) lagrange(points, rule.point[g], at_rule[g].data());
    for (std::size_t l = 0; l < nodes; ++l) {
      weight[l] = 0;
      for (std::size_t g = 0; g < rule_size; ++g) weight[l] = fma(rule.weight[g], at_rule[g][l], weight[l]);
    }
    std::vector<double> left(largest + 1);
    for (std::size_t k = 0; k <= largest; ++k) {
      const std::size_t rest = k % steps;
      left[k] = std::ldexp(exp(0.69314718055994530942 * static_cast<double>(rest) / static_cast<double>(steps)),
                           static_cast<int>(k / steps));
    }
    length.resize(largest);
    length_power.resize(largest);
    for (std::size_t k = 0; k < largest; ++k) {
      length[k] = left[k] * (r - 1);
      length_power[k] = power(length[k], alpha);
    }
    powers.resize(steps);
    for (std::size_t k = 0; k < steps; ++k) {
      for (std::size_t i = 0; i < nodes; ++i) {
        const double logarithm = log(fma(length[k], points[i], left[k]));
        for (std::size_t m = 0; m < terms; ++m) powers[k][m][i] = exp(static_cast<double>(m) * alpha * logarithm);
      }
    }
    // Own panel.
    kernel.resize(largest > steps ? largest - 1 : 1);
    std::array<double, nodes> moments{};
    legendre_moments(alpha - 1, nodes, moments.data());
    for (std::size_t i = 0; i < nodes; ++i) {
      row sum{};
      for (std::size_t g = 0; g < rule_size; ++g) {
        row p{}, basis{};
        legendre(rule.point[g], nodes, p.data());
        lagrange(points, points[i] * rule.point[g], basis.data());
        double density = 0;
        for (std::size_t n = 0; n < nodes; ++n) {
          const double m = static_cast<double>(n);
          density = fma(fma(2.0, m, 1.0) * (n % 2 == 0 ? moments[n] : -moments[n]), p[n], density);
        }
        for (std::size_t l = 0; l < nodes; ++l) sum[l] = fma(rule.weight[g] * density, basis[l], sum[l]);
      }
      const double scale = inverse_gamma * power(points[i], alpha);
      for (std::size_t l = 0; l < nodes; ++l) kernel[0][l][i] = scale * sum[l];
    }
    // Earlier panels: 1/Gamma int_0^1 (gap + 1 - x)^(alpha - 1) f(x) dx, over intervals of y = gap + 1 - x that double.
    const auto integrate = [&](double gap, const auto& add) {
      for (double lower = gap; lower < gap + 1;) {
        const double upper = minimum(2 * lower, gap + 1);
        const double width = upper - lower;
        for (std::size_t g = 0; g < rule_size; ++g) {
          const double y = fma(width, rule.point[g], lower);
          add((gap - y) + 1, inverse_gamma * rule.weight[g] * width * power(y, alpha - 1));
        }
        lower = upper;
      }
    };
    for (std::size_t d = 1; d < kernel.size(); ++d) {
      for (std::size_t i = 0; i < nodes; ++i) {
        row sum{}, basis{};
        integrate(fma(left[d], points[i], (left[d] - r) / (r - 1)), [&](double x, double w) {
          lagrange(points, x, basis.data());
          for (std::size_t l = 0; l < nodes; ++l) sum[l] = fma(w, basis[l], sum[l]);
        });
        for (std::size_t l = 0; l < nodes; ++l) kernel[d][l][i] = sum[l];
      }
    }
    start.resize(largest > steps ? largest - steps : 0);
    for (std::size_t k = 0; k < start.size(); ++k) {
      for (std::size_t i = 0; i < nodes; ++i) {
        std::array<double, start_degrees> sum{}, basis{};
        integrate(fma(length[k + steps], points[i], left[k + steps] - 1), [&](double x, double w) {
          legendre(x, start_degrees, basis.data());
          for (std::size_t n = 0; n < start_degrees; ++n) sum[n] = fma(w, basis[n], sum[n]);
        });
        for (std::size_t n = 0; n < start_degrees; ++n) start[k][n][i] = fma(2.0, static_cast<double>(n), 1.0) * sum[n];
      }
    }
    // A cubic in log t through four nodes.
    const std::array<std::size_t, 4> chosen{0, nodes / 3, 2 * nodes / 3, nodes - 1};
    for (std::size_t l = 0; l < nodes; ++l) predictor[l].fill(0);
    for (std::size_t i = 0; i < nodes; ++i) {
      const double at = log(fma(r - 1, points[i], 1.0)) + log(r);
      for (std::size_t a = 0; a < 4; ++a) {
        double value = 1;
        for (std::size_t c = 0; c < 4; ++c) {
          const double xa = log(fma(r - 1, points[chosen[a]], 1.0)), xc = log(fma(r - 1, points[chosen[c]], 1.0));
          if (c != a) value *= (at - xc) / (xa - xc);
        }
        predictor[chosen[a]][i] = value;
      }
    }
  }
};

struct block {
  std::array<double, nodes> re, im;
  complex<double> at(std::size_t i) const { return {re[i], im[i]}; }
  void set(std::size_t i, complex<double> z) {
    re[i] = z.re;
    im[i] = z.im;
  }
};

/// y_i += sum over l of a[l][i] x_l
template <std::size_t Count>
inline void add_product(const std::array<std::array<double, nodes>, Count>& a, const double* re, const double* im,
                        block& y) {
  block sum = y;
  for (std::size_t l = 0; l < Count; ++l) {
    const double x = re[l], z = im[l];
    for (std::size_t i = 0; i < nodes; ++i) sum.re[i] = fma(a[l][i], x, sum.re[i]);
    for (std::size_t i = 0; i < nodes; ++i) sum.im[i] = fma(a[l][i], z, sum.im[i]);
  }
  y = sum;
}

/// Gaussian elimination with row pivots
struct factors {
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
        for (std::size_t l = 0; l < nodes; ++l) {
          std::swap(column[l].re[k], column[l].re[best]);
          std::swap(column[l].im[k], column[l].im[best]);
        }
      }
      const complex<double> p = column[k].at(k);
      const double n = norm(p);
      inverse[k] = {p.re / n, -p.im / n};
      block& c = column[k];
      for (std::size_t i = k + 1; i < nodes; ++i) c.set(i, c.at(i) * inverse[k]);
      for (std::size_t l = k + 1; l < nodes; ++l) {
        const double re = -column[l].re[k], im = -column[l].im[k];
        block& d = column[l];
        for (std::size_t i = k + 1; i < nodes; ++i) {
          d.re[i] = fma(c.re[i], re, fma(-c.im[i], im, d.re[i]));
          d.im[i] = fma(c.re[i], im, fma(c.im[i], re, d.im[i]));
        }
      }
    }
  }
  void solve(block& x) const {
    for (std::size_t k = 0; k < nodes; ++k) {
      std::swap(x.re[k], x.re[pivot[k]]);
      std::swap(x.im[k], x.im[pivot[k]]);
    }
    for (std::size_t k = 0; k < nodes; ++k) {
      const double re = -x.re[k], im = -x.im[k];
      const block& c = column[k];
      for (std::size_t i = k + 1; i < nodes; ++i) {
        x.re[i] = fma(c.re[i], re, fma(-c.im[i], im, x.re[i]));
        x.im[i] = fma(c.re[i], im, fma(c.im[i], re, x.im[i]));
      }
    }
    for (std::size_t k = nodes; k-- > 0;) {
      const complex<double> value = x.at(k) * inverse[k];
      x.set(k, value);
      const double re = -value.re, im = -value.im;
      const block& c = column[k];
      for (std::size_t i = 0; i < k; ++i) {
        x.re[i] = fma(c.re[i], re, fma(-c.im[i], im, x.re[i]));
        x.im[i] = fma(c.re[i], im, fma(c.im[i], re, x.im[i]));
      }
    }
  }
};

struct integrals {
  complex<double> of_h, of_derivative;
  bool good;
};

inline long newton_count = 0, lu_count = 0, panel_count = 0;

/// D^alpha h = c0 + c1 h + c2 h^2 up to `time`, over `panels` panels.
inline integrals solve(const table& t, complex<double> c0, complex<double> c1, double c2, double time,
                       std::size_t panels, bool monotone) {
  const std::size_t doublings = panels / t.steps;
  const double unit = std::ldexp(time, -static_cast<int>(doublings)), z = power(unit, t.alpha);
  // The series: h = sum a_k z^k, D^alpha h = sum g_k z^k with a_(k+1) = ratio_k g_k z (scaled).
  std::array<double, terms> a_re{}, a_im{}, g_re{}, g_im{};
  complex<double> of_h(0, 0), of_g(0, 0);
  for (std::size_t k = 0; k < terms; ++k) {
    complex<double> g;
    if (k == 0) {
      g = c0;
    } else {
      double re = 0, im = 0;
      for (std::size_t i = 1; i < k; ++i) {
        re = fma(a_re[i], a_re[k - i], fma(-a_im[i], a_im[k - i], re));
        im = fma(a_re[i], a_im[k - i], fma(a_im[i], a_re[k - i], im));
      }
      g = c1 * complex<double>(a_re[k], a_im[k]) + complex<double>(re, im) * c2;
    }
    g_re[k] = g.re;
    g_im[k] = g.im;
    const double inverse = 1 / fma(static_cast<double>(k), t.alpha, 1.0);
    of_g += g * inverse;
    of_h += complex<double>(a_re[k], a_im[k]) * inverse;
    if (k + 1 < terms) {
      a_re[k + 1] = g.re * (t.ratio[k] * z);
      a_im[k + 1] = g.im * (t.ratio[k] * z);
    }
  }
  if (panels == 0) return {of_h * time, of_g * time, true};
  std::array<double, start_degrees> m_re{}, m_im{};
  for (std::size_t k = 0; k < terms; ++k) {
    for (std::size_t n = 0; n < start_degrees; ++n) m_re[n] = fma(t.start_moments[k][n], g_re[k], m_re[n]);
    for (std::size_t n = 0; n < start_degrees; ++n) m_im[n] = fma(t.start_moments[k][n], g_im[k], m_im[n]);
  }
  for (std::size_t n = 0; n < start_degrees; ++n) {
    m_re[n] *= z;
    m_im[n] *= z;
  }
  std::vector<block> past(panels);  // D^alpha h at the nodes, times the panel's length^alpha
  block h{}, derivative{};
  bool good = true;
  const auto finish = [&](std::size_t k) {
    const double scale = z * t.length_power[k];
    complex<double> sum_h(0, 0), sum_g(0, 0);
    for (std::size_t i = 0; i < nodes; ++i) {
      sum_h += h.at(i) * t.weight[i];
      sum_g += derivative.at(i) * t.weight[i];
      past[k].re[i] = derivative.re[i] * scale;
      past[k].im[i] = derivative.im[i] * scale;
      if (monotone && !(derivative.re[i] > 0 && h.re[i] > 0)) good = false;
    }
    of_h += sum_h * t.length[k];
    of_g += sum_g * t.length[k];
  };
  for (std::size_t k = 0; k < t.steps; ++k) {
    h = derivative = block{};
    add_product(t.powers[k], a_re.data(), a_im.data(), h);
    add_product(t.powers[k], g_re.data(), g_im.data(), derivative);
    finish(k);
  }
  const auto right_side = [&](complex<double> x) { return c0 + x * (c1 + x * c2); };
  factors lu;
  for (std::size_t k = t.steps; k < panels; ++k) {
    block history{};
    add_product(t.start[k - t.steps], m_re.data(), m_im.data(), history);
    for (std::size_t j = 0; j < k; ++j) add_product(t.kernel[k - j], past[j].re.data(), past[j].im.data(), history);
    const double scale = z * t.length_power[k];
    block next{};
    add_product(t.predictor, h.re.data(), h.im.data(), next);
    h = next;
    double before = 1;
    ++panel_count;
    for (int iteration = 0;; ++iteration) {
      ++newton_count;
      block scaled{}, residual{};
      for (std::size_t i = 0; i < nodes; ++i) scaled.set(i, right_side(h.at(i)) * scale);
      residual = history;
      add_product(t.kernel[0], scaled.re.data(), scaled.im.data(), residual);
      for (std::size_t i = 0; i < nodes; ++i) residual.set(i, h.at(i) - residual.at(i));
      if (iteration == 0 || before > 1e-4) {
        ++lu_count;
        for (std::size_t l = 0; l < nodes; ++l) {
          const complex<double> slope = (c1 + h.at(l) * (2 * c2)) * -scale;
          for (std::size_t i = 0; i < nodes; ++i) lu.column[l].re[i] = t.kernel[0][l][i] * slope.re;
          for (std::size_t i = 0; i < nodes; ++i) lu.column[l].im[i] = t.kernel[0][l][i] * slope.im;
          lu.column[l].re[l] += 1;
        }
        lu.factor();
      }
      lu.solve(residual);
      double change = 0, size = 0;
      for (std::size_t i = 0; i < nodes; ++i) {
        h.set(i, h.at(i) - residual.at(i));
        change = maximum(change, abs(residual.re[i]) + abs(residual.im[i]));
        size = maximum(size, abs(h.re[i]) + abs(h.im[i]));
      }
      const double relative = change / size;
      // An iteration leaves the square of what it corrects, or with old factors its product with the correction before.
      if (relative * (iteration == 0 ? relative : minimum(before,relative<before?before:1.0)) < 1e-16 ||relative<1e-14) break;
      if (iteration == 30 || !is_finite(relative)) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        return {{nan, nan}, {nan, nan}, false};
      }
      before = relative;
    }
    for (std::size_t i = 0; i < nodes; ++i) derivative.set(i, right_side(h.at(i)));
    finish(k);
  }
  return {of_h * unit, of_g * unit, good};
}

}  // namespace rough_heston_detail
}  // namespace spectralmc

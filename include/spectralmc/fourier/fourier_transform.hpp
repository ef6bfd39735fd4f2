// Discrete Fourier transforms of complex numbers on the CPU: X[k] = sum_j x[j] exp(-2 pi i j k / n), and back.
// docs/fourier-transform.md has conventions, errors and speed; fourier/real_fourier_transform.hpp is for real numbers.
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_stages.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/parallel/function_view.hpp"

namespace spectralmc {

/// Rows to transform: how many, and how far apart the first numbers of neighbouring rows are, in numbers of the array
/// that is read and of the one that is written. 0 stands for rows without a gap.
struct fourier_rows {
  std::size_t count = 1;
  std::size_t input_distance = 0;
  std::size_t output_distance = 0;
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

inline constexpr std::size_t least_size = 8, largest_size = std::size_t{1} << 26;

/// From here on a transform takes two passes.
inline constexpr std::size_t least_in_two_passes = std::size_t{1} << 14;

inline void require_power_of_two(std::size_t size) {
  require(is_power_of_two(size) && size >= least_size && size <= largest_size, "size", std::uint64_t{size},
          "a power of two in [8, 2^26]");
}
/// Three and five times powers of two are for long transforms alone.
inline void require_size(std::size_t size) {
  const std::size_t odd = size % 3 == 0 ? 3 : size % 5 == 0 ? 5 : 1;
  const std::size_t least = odd == 1 ? least_size : least_in_two_passes;
  require(is_power_of_two(size / odd) && size >= least && size <= largest_size, "size", std::uint64_t{size},
          "a power of two in [8, 2^26], or three or five times one in [2^14, 2^26]");
}

template <class T>
void require_array(const T* array, const char* name) {
  if (array == nullptr) throw invalid_parameter(name, "a null pointer", "an array");
}

/// A complex number in memory is its real part and then its imaginary part, in the library's type and in the standard
/// one. Numbers that are only read are not written to either: packs are read through the same view.
template <class Real, class Complex>
Real* parts(Complex* numbers) {
  using element = std::remove_const_t<Complex>;
  static_assert(std::is_same_v<element, complex<Real>> || std::is_same_v<element, std::complex<Real>>,
                "arrays are of spectralmc::complex<Real> or std::complex<Real>");
  return reinterpret_cast<Real*>(const_cast<element*>(numbers));
}

/// Execution on the caller's thread, known to the compiler.
struct this_thread {};

/// Does `body(unit, workspace)` for units 0, ..., count - 1 with one make_workspace().
template <class MakeWorkspace, class Body>
void for_each_unit(this_thread, std::size_t count, const MakeWorkspace& make, const Body& body) {
  auto workspace = make();
  for (std::size_t unit = 0; unit < count; ++unit) body(unit, workspace);
}

/// The same on the threads, each with one make_workspace().
template <class MakeWorkspace, class Body>
void for_each_unit(const cpu& execution, std::size_t count, const MakeWorkspace& make, const Body& body) {
  if (execution.thread_count() == 1 || count == 1) return for_each_unit(this_thread{}, count, make, body);
  struct work {
    std::size_t count;
    const MakeWorkspace& make;
    const Body& body;
    std::uint64_t unit_count() const { return count; }
    std::size_t total_size() const { return 0; }
    auto make_workspace() const { return make(); }
    std::uint64_t run_unit(std::uint64_t unit, std::decay_t<decltype(make())>& workspace, double*,
                           detail::function_view<bool()>) const {
      body(static_cast<std::size_t>(unit), workspace);
      return 1;
    }
  };
  detail::reduce_in_order(execution, work{count, make, body}, detail::take_nothing{},
                          [](std::uint64_t) { return true; });
}

/// The stages' two work spaces.
template <class Real>
struct stage_memory {
  split_memory<Real> a, b;
  stage_memory() = default;
  explicit stage_memory(std::size_t count) : a(count, purpose), b(count, purpose) {}
  static constexpr const char* purpose = "the work space of a Fourier transform";
};

}  // namespace fourier_detail

/// The transform of `size` complex numbers, a power of two from 8 to 2^26, or three or five times one from 2^14 to
/// 2^26. A value that any number of threads may use at once. Input and output are arrays of spectralmc::complex<Real>
/// or std::complex<Real>, in natural order; they may be the same array, with the same distances, and must not overlap
/// otherwise. Neither the number of threads nor of rows has an influence on the bits of a row.
template <class Real>
class fourier_transform {
 public:
  using real = Real;

  /// What one transform needs of memory, to be used again; for one thread at a time.
  class workspace {
    friend fourier_transform;
    fourier_detail::stage_memory<Real> stages_;
    fourier_detail::split_memory<Real> whole_;
  };

  /// @throws invalid_parameter for any other size
  explicit fourier_transform(std::size_t size) : size_(size) {
    fourier_detail::require_size(size);
    prepare();
  }

  std::size_t size() const { return size_; }

  /// @throws allocation_error
  workspace make_workspace() const {
    workspace result;
    result.stages_ = fourier_detail::stage_memory<Real>(stage_count());
    if (in_two_passes()) result.whole_ = {size_, fourier_detail::stage_memory<Real>::purpose};
    return result;
  }

  /// out[k] = sum_j in[j] exp(-2 pi i j k / size), on the caller's thread.
  template <class From, class To>
  void forward(const From* in, To* out, workspace& memory) const {
    one<false>(in, out, memory);
  }
  /// out[j] = sum_k in[k] exp(2 pi i j k / size) / size.
  template <class From, class To>
  void inverse(const From* in, To* out, workspace& memory) const {
    one<true>(in, out, memory);
  }

  /// Of many rows, on threads: each thread takes rows, or where there are fewer rows than threads and they are long,
  /// parts of one row.
  template <class From, class To>
  void forward(const cpu& execution, const From* in, To* out, fourier_rows rows = {}) const {
    many<false>(execution, in, out, rows);
  }
  template <class From, class To>
  void inverse(const cpu& execution, const From* in, To* out, fourier_rows rows = {}) const {
    many<true>(execution, in, out, rows);
  }

 private:
  template <class>
  friend class real_fourier_transform;

  using V = lanes<Real>;
  using stages = fourier_detail::stages<Real>;
  using split = fourier_detail::split_numbers<V>;
  static constexpr std::size_t width = lane_count<V>;

  /// From here on the points are taken as a matrix, row by row, with n = n1 n2. First its columns are transformed,
  /// which is over j1 in x[n2 j1 + j2], and multiplied by exp(-2 pi i j2 k1 / n); then, transposed, the columns over
  /// j2, which leaves X[k1 + n1 k2] at its place: Bailey, D. H. (1990), FFTs in external or hierarchical memory,
  /// Journal of Supercomputing 4(1). So the stages work in a cache, on so many columns at a time.
  static constexpr std::size_t least_in_two_passes = fourier_detail::least_in_two_passes, columns = 16;
  static constexpr unsigned log_columns = 4;

  struct half_size {};
  /// For real transforms of 8 numbers: 4 complex ones.
  fourier_transform(std::size_t size, half_size) : size_(size) { prepare(); }

  bool in_two_passes() const { return size_ >= least_in_two_passes; }
  bool rows_together() const { return size_ < stages::least_single; }
  std::size_t stage_count() const {
    if (in_two_passes()) return columns * second_.points();
    return rows_together() ? (std::max)(size_, width) * width : size_;
  }

  void prepare() {
    if (!in_two_passes()) {
      first_ = stages(size_, !rows_together());
      return;
    }
    std::size_t rows = 1;  // n1, the lesser, a power of two
    while (4 * rows * rows <= size_) rows *= 2;
    first_ = stages(rows, false);
    second_ = stages(size_ / rows, false);
    // exp(-2 pi i j2 k1 / n) = fine(k1, j2 mod 16) coarse(k1 (j2 / 16))
    const auto append = [](std::vector<Real>& re, std::vector<Real>& im, complex<Real> w) {
      re.push_back(w.re);
      im.push_back(w.im);
    };
    for (std::size_t k = 0; k < rows; ++k) {
      for (std::size_t j = 0; j < columns; ++j) {
        append(fine_re_, fine_im_, fourier_detail::root_of_unity<Real>(j * k, size_));
      }
    }
    for (std::size_t i = 0; i < size_ / columns; ++i) {
      append(coarse_re_, coarse_im_, fourier_detail::root_of_unity<Real>(i, size_ / columns));
    }
  }

  /// A row, or 2^log columns of rows that are so far apart.
  template <bool inverse, class W = V>
  fourier_detail::paired_numbers<W, inverse> pairs(Real* first, unsigned log = 31, std::size_t distance = 0) const {
    return {first, log, distance, Real(1) / static_cast<Real>(size_)};
  }

  template <bool inverse, class From, class To>
  void one(const From* in, To* out, workspace& memory) const {
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    transform<inverse>(fourier_detail::parts<Real>(in), fourier_detail::parts<Real>(out), memory);
  }

  template <bool inverse>
  void transform(Real* in, Real* out, workspace& memory) const {
    if (in_two_passes()) {
      const auto make = [&] { return &memory.stages_; };
      return two_passes<inverse>(fourier_detail::this_thread{}, in, out, memory.whole_.numbers(), make);
    }
    const split a = memory.stages_.a.numbers(), b = memory.stages_.b.numbers();
    if (rows_together()) {
      using number = fourier_detail::split_numbers<Real>;
      first_.run(1, pairs<inverse, Real>(in), pairs<inverse, Real>(out), number{a.re, a.im}, number{b.re, b.im});
    } else {
      first_.run(1, pairs<inverse>(in), pairs<inverse>(out), a, b);
    }
  }

  template <bool inverse, class From, class To>
  void many(const cpu& execution, const From* in, To* out, fourier_rows rows) const {
    if (rows.count == 0) return;
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    transform_rows<inverse>(execution, rows.count, fourier_detail::parts<Real>(in),
                            2 * (rows.input_distance ? rows.input_distance : size_), fourier_detail::parts<Real>(out),
                            2 * (rows.output_distance ? rows.output_distance : size_));
  }

  /// Steps from row to row are in real numbers.
  template <bool inverse>
  void transform_rows(const cpu& execution, std::size_t rows, Real* in, std::size_t in_step, Real* out,
                      std::size_t out_step) const {
    if (in_two_passes() && rows < execution.thread_count()) {
      const fourier_detail::split_memory<Real> whole(size_, fourier_detail::stage_memory<Real>::purpose);
      const auto make = [&] { return std::make_unique<fourier_detail::stage_memory<Real>>(stage_count()); };
      for (std::size_t row = 0; row < rows; ++row) {
        two_passes<inverse>(execution, in + row * in_step, out + row * out_step, whole.numbers(), make);
      }
      return;
    }
    const std::size_t step = rows_together() ? width : 1;
    const std::size_t unit_rows = (std::max)(step, least_in_two_passes / size_);
    const auto make = [&] { return make_workspace(); };
    const auto unit_of_rows = [&](std::size_t unit, workspace& memory) {
      const std::size_t end = (std::min)((unit + 1) * unit_rows, rows);
      for (std::size_t row = unit * unit_rows; row < end; row += step) {
        Real *from = in + row * in_step, *to = out + row * out_step;
        if (rows_together() && end - row > 1) {
          several<inverse>(from, in_step, to, out_step, (std::min)(step, end - row), memory);
        } else {
          transform<inverse>(from, to, memory);
        }
      }
    };
    fourier_detail::for_each_unit(execution, (rows - 1) / unit_rows + 1, make, unit_of_rows);
  }

  /// Up to `width` rows, each in a lane. Where a row has fewer numbers than a pack, by way of longer ones.
  template <bool inverse>
  void several(Real* in, std::size_t in_step, Real* out, std::size_t out_step, std::size_t rows,
               workspace& memory) const {
    if (size_ < width) {
      Real longer[2 * width * width] = {};
      for (std::size_t row = 0; row < rows; ++row) std::copy_n(in + row * in_step, 2 * size_, longer + row * 2 * width);
      several_packs<inverse>(longer, 2 * width, longer, 2 * width, rows, memory);
      for (std::size_t row = 0; row < rows; ++row) {
        std::copy_n(longer + row * 2 * width, 2 * size_, out + row * out_step);
      }
    } else {
      several_packs<inverse>(in, in_step, out, out_step, rows, memory);
    }
  }

  /// Where there are fewer rows than lanes, the last is there several times.
  template <bool inverse>
  void several_packs(Real* in, std::size_t in_step, Real* out, std::size_t out_step, std::size_t rows,
                     workspace& memory) const {
    const split a = memory.stages_.a.numbers(), b = memory.stages_.b.numbers();
    const split results = fourier_detail::radix_of(size_) == size_ ? a : b;  // a single stage works in place
    V re[width], im[width];
    for (std::size_t i = 0; i < size_; i += width) {
      for (std::size_t row = 0; row < width; ++row) {
        const complex<V> z = pairs<inverse>(in + (std::min)(row, rows - 1) * in_step).load(i);
        re[row] = z.re;
        im[row] = z.im;
      }
      lane_shuffles_detail::transpose<1>(re);
      lane_shuffles_detail::transpose<1>(im);
      for (std::size_t j = 0; j < width; ++j) a.store((i + j) * width, {re[j], im[j]});
    }
    first_.run(width, a, results, b, a);
    for (std::size_t i = 0; i < size_; i += width) {
      for (std::size_t j = 0; j < width; ++j) {
        const complex<V> z = results.load((i + j) * width);
        re[j] = z.re;
        im[j] = z.im;
      }
      lane_shuffles_detail::transpose<1>(re);
      lane_shuffles_detail::transpose<1>(im);
      for (std::size_t row = 0; row < rows; ++row) {
        pairs<inverse>(out + row * out_step).store(i, {re[row], im[row]});
      }
    }
  }

  /// `make()` points to the work space of a thread.
  template <bool inverse, class Execution, class Make>
  void two_passes(const Execution& execution, Real* in, Real* out, split whole, const Make& make) const {
    const std::size_t n1 = first_.points(), n2 = second_.points();
    fourier_detail::for_each_unit(execution, n2 / columns, make, [&](std::size_t unit, auto& memory) {
      const split a = memory->a.numbers(), b = memory->b.numbers();
      first_.run(columns, pairs<inverse>(in + 2 * unit * columns, log_columns, n2), b, a, b);
      turn_and_transpose(b, unit, whole);
    });
    fourier_detail::for_each_unit(execution, n1 / columns, make, [&](std::size_t unit, auto& memory) {
      second_.run(columns, whole.from(unit * columns * n2), pairs<inverse>(out + 2 * unit * columns, log_columns, n1),
                  memory->a.numbers(), memory->b.numbers());
    });
  }

  /// Between the passes: number (k1, j2) of 16 columns j2 from 16 unit on, at place 16 k1 + j2, goes to column k1 of
  /// the second pass; 16 such columns stand together.
  void turn_and_transpose(split from, std::size_t unit, split to) const {
    for (std::size_t k1 = 0; k1 < first_.points(); k1 += width) {
      for (std::size_t j = 0; j < columns; j += width) {
        V re[width], im[width];
        for (std::size_t i = 0; i < width; ++i) {
          const std::size_t place = (k1 + i) * columns + j, turn = (k1 + i) * unit;
          const complex<V> fine(load<V>(fine_re_.data() + place), load<V>(fine_im_.data() + place));
          const complex<V> z = from.load(place) * (fine * complex<V>(V(coarse_re_[turn]), V(coarse_im_[turn])));
          re[i] = z.re;
          im[i] = z.im;
        }
        lane_shuffles_detail::transpose<1>(re);
        lane_shuffles_detail::transpose<1>(im);
        const std::size_t place = (k1 / columns * second_.points() + unit * columns + j) * columns + k1 % columns;
        for (std::size_t i = 0; i < width; ++i) to.store(place + i * columns, {re[i], im[i]});
      }
    }
  }

  std::size_t size_;
  stages first_, second_;
  std::vector<Real> fine_re_, fine_im_, coarse_re_, coarse_im_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc

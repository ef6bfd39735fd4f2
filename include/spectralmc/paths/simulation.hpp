// The plan of a simulation: model, time grid, number of paths, seed. A plain value; nothing runs until it is handed to
// characteristic_function, price or store_paths together with an execution.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/paths/time_grid.hpp"

namespace spectralmc {

/// How far a run has come.
struct progress {
  std::uint64_t paths_done;
  std::uint64_t paths_total;
  double seconds;  ///< since the run began

  double fraction() const { return static_cast<double>(paths_done) / static_cast<double>(paths_total); }
};

template <class Model>
class simulation {
 public:
  simulation(Model model, time_grid grid) : model_(std::move(model)), grid_(std::move(grid)) {}

  /// How many paths; 65536 unless said otherwise.
  /// @throws invalid_parameter for zero, or when first_path + count passes 2^64, the end of the counter
  simulation& paths(std::uint64_t count) {
    check_counter(first_path_, count);
    paths_ = count;
    return *this;
  }

  /// The number of the first path; path numbers address the random numbers, so a run over [0, 2n) is the runs over [0,
  /// n) and [n, 2n) together.
  simulation& first_path(std::uint64_t number) {
    check_counter(number, paths_);
    first_path_ = number;
    return *this;
  }

  /// The key of the random numbers. Number = f(seed, path, dimension).
  simulation& seed(std::uint64_t key) {
    seed_ = key;
    return *this;
  }

  /// An independent set of numbers under the same seed; below 2^31.
  simulation& substream(std::uint32_t number) {
    require(number < (std::uint32_t{1} << 31), "substream", std::uint64_t{number}, "[0, 2^31)");
    substream_ = number;
    return *this;
  }

  /// Terms of the cosine expansion that the spectra are made for; 128 unless said otherwise. They are taken at twice as
  /// many frequencies, which the error bars need.
  simulation& terms(std::uint32_t count) {
    require(count >= 8 && count <= (std::uint32_t{1} << 20), "terms", std::uint64_t{count}, "[8, 2^20]");
    terms_ = count;
    return *this;
  }

  /// Half the width of the interval on which spectra are inverted, in units of sqrt(c2 + sqrt(c4)) with c2 and c4 the
  /// cumulants of the observed quantity; 10 unless said otherwise.
  simulation& interval_width(double deviations) {
    require(std::isfinite(deviations) && deviations > 0, "interval_width", deviations, "(0, inf)");
    interval_width_ = deviations;
    return *this;
  }

  /// Calls `callback(const progress&)` now and then from one thread at a time, in order. If it returns false the run
  /// stops: what comes back is the result of a run with the paths done so far, with their number in it.
  template <class Callback>
  simulation& on_progress(Callback callback) {
    if constexpr (std::is_void_v<std::invoke_result_t<Callback&, const progress&>>) {
      on_progress_ = [callback](const progress& p) mutable { return callback(p), true; };
    } else {
      on_progress_ = std::move(callback);
    }
    return *this;
  }

  const Model& model() const { return model_; }
  const time_grid& grid() const { return grid_; }
  std::uint64_t paths() const { return paths_; }
  std::uint64_t first_path() const { return first_path_; }
  std::uint64_t seed() const { return seed_; }
  std::uint32_t substream() const { return substream_; }
  std::uint32_t terms() const { return terms_; }
  double interval_width() const { return interval_width_; }
  const std::function<bool(const progress&)>& on_progress() const { return on_progress_; }

 private:
  static void check_counter(std::uint64_t first, std::uint64_t count) {
    require(count > 0, "paths", count, "at least 1");
    require(count - 1 <= ~first, "paths", count, "first_path + paths up to 2^64, the end of the path counter");
  }

  Model model_;
  time_grid grid_;
  std::uint64_t paths_ = 65536, first_path_ = 0, seed_ = 0;
  std::uint32_t substream_ = 0, terms_ = 128;
  double interval_width_ = 10;
  std::function<bool(const progress&)> on_progress_;
};

}  // namespace spectralmc

// A book of options (pricing/option_book.hpp) on a CUDA device. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/execution/device_run.cuh"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/pricing/book_slice.hpp"
#include "spectralmc/pricing/option_book.hpp"

#if !defined(__CUDACC__)
#error "spectralmc/pricing/option_book.cuh must be compiled by nvcc"
#endif

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

// Hidden, so that two shared libraries in one process each keep their own kernels.
namespace __attribute__((visibility("hidden"))) cuda_kernels {

  /// A warp, since most of the work is on 16 or 32 frequencies at once. Not measured: no device was at hand.
  inline constexpr int slice_threads = 32;

  /// Each block prices slices number blockIdx.x, + gridDim.x, ... of a book.
  template <class Exponent, class Differentiated>
  __global__ void __launch_bounds__(slice_threads)
      price_slices(const book_slice* slices, const Exponent* exponents, const Differentiated* differentiated,
                   const std::uint32_t count, const book_limits limits, const book_rows rows,
                   book_slice_result* results, double* memories, const std::size_t terms) {
    using program = book_slice_program<device_block<>, Exponent, Differentiated>;
    using storage = typename program::storage;
    __shared__ alignas(alignof(storage)) unsigned char shared[sizeof(storage)];
    const int parameters = rows.derivatives != nullptr ? Differentiated::count : -1;
    const slice_memory memory{memories + blockIdx.x * slice_memory::row_count(parameters) * terms, terms};
    const device_block<> threads;
    for (std::uint32_t i = blockIdx.x; i < count; i += gridDim.x) {
      const book_slice_result result = program::run(threads, exponents[i], differentiated[i], slices[i], limits, rows,
                                                    *reinterpret_cast<storage*>(shared), memory);
      if (threadIdx.x == 0) results[i] = result;
    }
  }

}  // namespace cuda_kernels

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Prices slices of a book on the current device and the execution's stream, as far as they have the usual number of
/// terms. Without derivatives `Differentiated` is not_differentiated, for a kernel that needs fewer registers.
template <class Model, class Differentiated>
class device_book {
 public:
  device_book(const cuda& execution, const std::vector<Model>& models, const sorted_book& book,
              const book_settings& settings, book_results& results)
      : execution_(execution), models_(models), book_(book), settings_(settings), results_(results) {
    cuda_kernels::required_architecture();
    const std::size_t wanted =
        (std::min<std::uint64_t>)(cuda_kernels::resident_blocks(kernel, cuda_kernels::slice_threads),
                                  book.slices.size());
    blocks_ =
        (std::max<std::size_t>)((std::min)(wanted, execution.memory_limit / 2 / (memory_size() * sizeof(double))), 1);
  }

  /// @return how many options there were in the slices that it has come to, and whether it was not stopped
  std::pair<std::size_t, bool> run() {
    const device_array<double> memories(execution_, blocks_ * memory_size(), "the terms of slices of a book");
    batch_length length(std::uint64_t{1} << 20);
    std::size_t first = 0, options = 0;
    while (first < book_.slices.size()) {
      const std::size_t most = settings_.on_progress ? length.units() * blocks_ : book_.slices.size();
      const std::size_t last = end_of_batch(first, most);
      const auto begin = std::chrono::steady_clock::now();
      price(first, last, memories.get());
      length.took(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      options = book_.slices[last - 1].first + book_.slices[last - 1].count;
      first = last;
      if (settings_.on_progress && !settings_.on_progress({options, book_.strikes.size()})) return {options, false};
    }
    return {options, true};
  }

 private:
  static_assert(has_exponent_at<Model>::value,
                "SpectralMC: a model whose options a device prices has a member exponent_at(double time) const, which "
                "returns log E exp(i u X(time)) as a function of u for complex<V> (docs/architecture.md, A model)");
  using exponent = decltype(exponent_of(std::declval<const Model&>(), 1.0));
  static_assert(std::is_trivially_copyable_v<exponent>,
                "SpectralMC: what a model's exponent_at returns is copied to devices byte by byte "
                "(docs/architecture.md, A model)");
  static constexpr auto kernel = cuda_kernels::price_slices<exponent, Differentiated>;
  static constexpr std::size_t terms = 1024;  ///< room on the device: slices of more are priced by the CPU

  std::size_t memory_size() const {
    return slice_memory::row_count(settings_.derivatives ? Differentiated::count : -1) * terms;
  }

  std::size_t derivative_rows() const { return rows_of_derivatives<Model>(settings_); }

  /// As many slices as a quarter of the memory holds, one at least.
  std::size_t end_of_batch(std::size_t first, std::size_t most) const {
    const std::size_t of_option = sizeof(double) * (2 + derivative_rows()) + 1,
                      of_slice =
                          sizeof(book_slice) + sizeof(exponent) + sizeof(Differentiated) + sizeof(book_slice_result);
    std::size_t bytes = 0, last = first;
    do {
      bytes += of_slice + book_.slices[last].count * of_option;
      ++last;
    } while (last < book_.slices.size() && last - first < most && bytes < execution_.memory_limit / 4);
    return last;
  }

  void price(std::size_t first, std::size_t last, double* memories) {
    const std::size_t first_option = book_.slices[first].first,
                      options = book_.slices[last - 1].first + book_.slices[last - 1].count - first_option;
    std::vector<book_slice> slices(book_.slices.begin() + static_cast<std::ptrdiff_t>(first),
                                   book_.slices.begin() + static_cast<std::ptrdiff_t>(last));
    std::vector<exponent> exponents;
    std::vector<Differentiated> by_parameters;
    for (book_slice& slice : slices) {
      const Model& model = models_[slice.model];
      exponents.push_back(exponent_of(model, slice.maturity));
      if constexpr (Differentiated::count > 0) {
        by_parameters.push_back(differentiated_exponent_of<double>(model, slice.maturity));
      } else {
        by_parameters.emplace_back();
      }
      slice.first -= first_option;
    }
    std::vector<book_slice_result> found(slices.size());
    const char* const purpose = "the options of a book";
    uploads upload(execution_, purpose);
    const device_array<double> prices(execution_, options, purpose),
        derivatives(execution_, derivative_rows() * options, purpose);
    const device_array<book_slice_result> results(execution_, slices.size(), purpose);
    const wait_at_end copies_are_there(execution_.stream);
    const book_rows rows{upload(part(book_.strikes, first_option, options)),
                         upload(part(book_.calls, first_option, options)), prices.get(), derivatives.get(), options};
    launch("launch of price_slices", kernel, (std::min)(blocks_, slices.size()), cuda_kernels::slice_threads, 0,
           execution_.stream, upload(slices), upload(exponents), upload(by_parameters),
           static_cast<std::uint32_t>(slices.size()), book_limits{settings_.tolerance, terms}, rows, results.get(),
           memories, terms);
    copy_back(prices.get(), results_.prices.data() + first_option, options);
    for (std::size_t row = 0; row < derivative_rows(); ++row) {
      copy_back(derivatives.get() + row * options,
                results_.derivatives.data() + row * book_.strikes.size() + first_option, options);
    }
    copy_back(results.get(), found.data(), found.size());
    check(cudaStreamSynchronize(execution_.stream), "cudaStreamSynchronize");
    for (std::size_t i = first; i < last; ++i) {
      if (found[i - first].refusal != slice_refusal::none) continue;
      take_errors(book_, book_.slices[i], found[i - first].error, results_);
      results_.done[i] = 1;
    }
  }

  template <class T>
  static std::vector<T> part(const std::vector<T>& all, std::size_t first, std::size_t count) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }

  template <class T>
  void copy_back(const T* from, T* to, std::size_t count) const {
    check(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyDeviceToHost, execution_.stream), "cudaMemcpyAsync");
  }

  const cuda& execution_;
  const std::vector<Model>& models_;
  const sorted_book& book_;
  const book_settings& settings_;
  book_results& results_;
  std::size_t blocks_ = 1;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

/// The same on the current CUDA device and the execution's stream, with the CPU's bits. What takes more than 1024 terms
/// is priced by the threads of the CPU. For models with a member exponent_at (docs/architecture.md, "A model").
/// @throws cuda_error when a CUDA call fails (no device among the reasons)
template <class Model>
book_prices price_book(const cuda& execution, const std::vector<Model>& models, const std::vector<book_option>& options,
                       const book_settings& settings = {}) {
  using differentiated = decltype(detail::differentiated_exponent_of<double>(std::declval<const Model&>(), 1.0));
  using detail::device_book;
  return detail::priced_book(
      models, options, settings, [&](const detail::sorted_book& book, detail::book_results& results) {
        const auto [done, go_on] =
            settings.derivatives
                ? device_book<Model, differentiated>(execution, models, book, settings, results).run()
                : device_book<Model, detail::not_differentiated>(execution, models, book, settings, results).run();
        if (go_on) detail::price_rest(cpu{}, models, book, settings, done, results);
      });
}

}  // namespace spectralmc

// The body of the CUDA kernel, run on the CPU with blocks of several sizes, against the CPU's own lanes: bit for bit.
#include "spectralmc/paths/chunk_program.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <tuple>
#include <type_traits>

#include "block_totals.hpp"
#include "faulty_model.hpp"
#include "levels_item.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

/// Two units and a part of a third, which ends with a part of a chunk.
constexpr std::uint64_t paths = 2 * unit_chunks * chunk_paths + 2 * chunk_paths + 333;

template <class Real>
auto heston_plan() {
  return simulation{heston<Real>(market(100, 0.03, 0.01), {0.04, 1.5, 0.05, 0.6, -0.7}),
                    time_grid::dates({0.1, 0.5}, 0.05)}
      .paths(paths)
      .first_path(999)
      .seed(7);
}

TEST_CASE_TEMPLATE("a block sums spectra with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), false, spectrum_of(log_return{}).terms(25), spectrum_of(spot{}).terms(25));
}

TEST_CASE_TEMPLATE("a block sums spectra of running observers with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), true, spectrum_of(running_average<>{}).terms(25),
                  spectrum_of(running_maximum<>{}).terms(25));
}

TEST_CASE_TEMPLATE("a block spreads samples with the bits of the CPU's lanes", Real, float, double) {
  // Intervals so narrow that some samples are outside.
  check_same_bits(heston_plan<Real>(), false, spectrum_of(log_return{}).terms(150).interval_width(3),
                  spectrum_of(spot{}).terms(150).interval_width(3));
}

TEST_CASE_TEMPLATE("a block's paths remember with the bits of the CPU's lanes", Real, float, double) {
  const rough_bergomi<Real> model(market(100, 0.03, 0.01), {0.06, 0.1, 1.5, -0.7});
  for (const time_grid& grid : {time_grid::uniform(0.5, 11), time_grid::dates({0.1, 0.37, 0.5}, 0.05)}) {
    const auto plan = simulation{model, grid}.paths(paths).first_path(999).seed(7);
    check_same_bits(plan, false, spectrum_of(log_return{}).terms(25));
  }
}

/// Pays the highest S less the average, in units of what came early.
struct early_excess {
  using observers = observer_list<running_maximum<>, running_average<monitoring::dates>>;

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    using V = std::remove_const_t<decltype(path.last())>;
    return (path[0] - path.of(running_average<monitoring::dates>{}, path.size() - 1)) * V(path.growth(0));
  }
};

TEST_CASE_TEMPLATE("a block sums payoffs with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), true, value_of<early_excess>(early_excess{}),
                  value_of<european_call>(european_call{100}), value_of<asian_call>(asian_call{101}));
}

TEST_CASE_TEMPLATE("a block leaves out what is not finite with the bits of the CPU's lanes", Real, float, double) {
  const auto plan = simulation{faulty_model<Real>(1.7), time_grid::dates({0.5, 1})}.paths(paths).seed(7);
  check_same_bits(plan, false, spectrum_of(log_return{}).terms(25).interval_width(2),
                  value_of<european_call>(european_call{100}));
}

TEST_CASE_TEMPLATE("a block sums an item from outside with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), false, levels{}, value_of<european_call>(european_call{100}));
  const double above = std::get<0>(measure(cpu{2}, heston_plan<Real>(), levels{}));
  CHECK(above > 0.3 * paths);
  CHECK(above < 0.7 * paths);
}

TEST_CASE("a block does with less than a chunk of paths") {
  for (const std::uint64_t few : {1U, 15U, 17U, 100U}) {
    CAPTURE(few);
    check_same_bits(heston_plan<float>().paths(few), false, spectrum_of(log_return{}).terms(25),
                    value_of<european_call>(european_call{100}));
  }
}

TEST_CASE("the memory that a program asks for is what its chunk and its items need") {
  const auto plan = heston_plan<float>();
  const auto items =
      std::make_tuple(spectrum_of(log_return{}).terms(25).prepare(plan), spectrum_of(spot{}).terms(25).prepare(plan));
  const path_tables<heston<float>> tables(plan, false);
  kept_tables upload;
  const auto program = make_chunk_program(uploaded_program(tables, upload), items, upload);
  CHECK(program.observed_size() == 2 * 2 * chunk_paths);
  CHECK(program.workspace_size<host_block<>>(128) == program.observed_size() + empirical_detail::slot_sum_size(50));
  CHECK(program.total_size == 2 * 2 * (2 * 50 + empirical_detail::sample_counts::size));
}

}  // namespace
}  // namespace spectralmc

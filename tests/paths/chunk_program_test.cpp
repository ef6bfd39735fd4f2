// The body of the CUDA kernel, run on the CPU with blocks of several sizes, against the CPU's own lanes: bit for bit.
#include "spectralmc/paths/chunk_program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <tuple>
#include <type_traits>
#include <vector>

#include "faulty_model.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/spectral/simulated_spectrum.hpp"

namespace spectralmc {
namespace {

/// Owns what a program points to.
class memory {
 public:
  template <class T>
  const T* operator()(const std::vector<T>& values) {
    auto copy = std::make_shared<std::vector<T>>(values);
    kept_.push_back(copy);
    return copy->data();
  }

 private:
  std::vector<std::shared_ptr<void>> kept_;
};

/// The totals as the CUDA execution makes them: a block for each chunk, chunks summed in units, units summed in order.
template <class Model, class Items>
std::vector<double> totals_of_blocks(const simulation<Model>& plan, const Items& items, bool every_step,
                                     std::uint32_t threads) {
  using real = typename Model::real;
  const path_tables<Model> tables(plan, every_step);
  memory upload;
  const auto program = make_chunk_program(plan, tables, items, upload);
  // What a block finds in its memory is rubbish.
  std::vector<real> workspace(program.workspace_size(threads), std::numeric_limits<real>::quiet_NaN());
  const auto shared = std::make_unique<chunk_storage<real>>();
  std::memset(static_cast<void*>(shared.get()), 0xff, sizeof(*shared));
  std::vector<double> chunk(program.total_size, std::numeric_limits<double>::quiet_NaN()), unit(chunk.size()),
      all(chunk.size());
  for (std::uint64_t c = 0; c < program.chunk_count(); ++c) {
    if (c % unit_chunks == 0) std::fill(unit.begin(), unit.end(), 0.0);
    program.run(host_block(threads), c, *shared, workspace.data(), chunk.data());
    for (std::size_t j = 0; j < chunk.size(); ++j) unit[j] += chunk[j];
    if (c % unit_chunks == unit_chunks - 1 || c + 1 == program.chunk_count()) {
      for (std::size_t j = 0; j < chunk.size(); ++j) all[j] += unit[j];
    }
  }
  return all;
}

template <class Model, class... Requests>
void check_same_bits(const simulation<Model>& plan, bool every_step, const Requests&... requests) {
  const auto items = std::make_tuple(requests.prepare(plan)...);
  const std::vector<double> lanes_totals = run_measurement(cpu{1}, plan, items).first;
  for (const std::uint32_t threads : {1U, 32U, 96U, 128U}) {
    const std::vector<double> block_totals = totals_of_blocks(plan, items, every_step, threads);
    CAPTURE(threads);
    REQUIRE(block_totals.size() == lanes_totals.size());
    CHECK(std::memcmp(block_totals.data(), lanes_totals.data(), lanes_totals.size() * sizeof(double)) == 0);
  }
}

/// Two units and a part of a third, which ends with a part of a chunk.
constexpr std::uint64_t paths = 2 * unit_chunks * chunk_paths + 2 * chunk_paths + 333;

template <class Real>
auto heston_plan() {
  return simulation{heston<Real>(market(100, 0.03, 0.01), {0.04, 1.5, 0.05, 0.6, -0.7}),
                    time_grid::dates({0.1, 0.5}, 0.05)}
      .paths(paths)
      .first_path(999)
      .seed(7)
      .terms(25);
}

TEST_CASE_TEMPLATE("a block sums spectra with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), false, spectrum_of<log_return>(log_return{}), spectrum_of<spot>(spot{}));
}

TEST_CASE_TEMPLATE("a block sums spectra of running observers with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), true, spectrum_of<running_average<>>(running_average<>{}),
                  spectrum_of<running_maximum<>>(running_maximum<>{}));
}

TEST_CASE_TEMPLATE("a block spreads samples with the bits of the CPU's lanes", Real, float, double) {
  auto plan = heston_plan<Real>();
  plan.terms(150).interval_width(3);  // so that some samples are outside
  check_same_bits(plan, false, spectrum_of<log_return>(log_return{}), spectrum_of<spot>(spot{}));
}

TEST_CASE_TEMPLATE("a block's paths remember with the bits of the CPU's lanes", Real, float, double) {
  const rough_bergomi<Real> model(market(100, 0.03, 0.01), {0.06, 0.1, 1.5, -0.7});
  for (const time_grid& grid : {time_grid::uniform(0.5, 11), time_grid::dates({0.1, 0.37, 0.5}, 0.05)}) {
    const auto plan = simulation{model, grid}.paths(paths).first_path(999).seed(7).terms(25);
    check_same_bits(plan, false, spectrum_of<log_return>(log_return{}));
  }
}

/// Pays the highest S less the average, in units of what came early.
struct early_excess {
  using observers = observer_list<running_maximum<>, running_average<monitoring::dates>>;

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    using V = std::remove_const_t<decltype(path.last())>;
    return (path.at(0, 0) - path.at(1, path.size() - 1)) * V(path.growth(0));
  }
};

TEST_CASE_TEMPLATE("a block sums payoffs with the bits of the CPU's lanes", Real, float, double) {
  check_same_bits(heston_plan<Real>(), true, value_of<early_excess>(early_excess{}),
                  value_of<european_call>(european_call{100}), value_of<asian_call>(asian_call{101}));
}

TEST_CASE_TEMPLATE("a block leaves out what is not finite with the bits of the CPU's lanes", Real, float, double) {
  const auto plan =
      simulation{faulty_model<Real>(1.7), time_grid::dates({0.5, 1})}.paths(paths).seed(7).terms(25).interval_width(2);
  check_same_bits(plan, false, spectrum_of<log_return>(log_return{}), value_of<european_call>(european_call{100}));
}

TEST_CASE("a block does with less than a chunk of paths") {
  for (const std::uint64_t few : {1U, 15U, 17U, 100U}) {
    CAPTURE(few);
    check_same_bits(heston_plan<float>().paths(few), false, spectrum_of<log_return>(log_return{}),
                    value_of<european_call>(european_call{100}));
  }
}

TEST_CASE("the memory that a program asks for is what its chunk and its items need") {
  const auto plan = heston_plan<float>();
  const auto items =
      std::make_tuple(spectrum_of<log_return>(log_return{}).prepare(plan), spectrum_of<spot>(spot{}).prepare(plan));
  const path_tables<heston<float>> tables(plan, false);
  memory upload;
  const auto program = make_chunk_program(plan, tables, items, upload);
  CHECK(program.observed_size() == 2 * 2 * chunk_paths);
  CHECK(program.workspace_size(128) == program.observed_size() + empirical::slot_sum_size(50));
  CHECK(program.total_size == 2 * 2 * (2 * 50 + 2));
}

}  // namespace
}  // namespace spectralmc

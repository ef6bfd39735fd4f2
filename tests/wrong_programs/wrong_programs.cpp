// Programs that must not compile: each is refused by a static_assert whose text begins as its line "refused:" says.
// check.py compiles them one by one, with WRONG their number.
#if WRONG == 22
#include "spectralmc/pricing/cosine_method.hpp"
#endif
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/paths/simulation.hpp"
#if WRONG > 200 && WRONG < 300
#include "spectralmc/requests/spectrum_of.hpp"
#elif WRONG > 100
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/value_of.hpp"
#endif
#if WRONG == 601
#include "spectralmc/models/rough_bergomi.hpp"
#elif WRONG == 602
#include "spectralmc/paths/stored_paths.hpp"
#endif

namespace smc = spectralmc;

/// A model that is right; the others have one member of it in a wrong form.
struct right : smc::logarithmic_model<double> {
  right() : smc::logarithmic_model<double>(smc::market(100)) {}
  static constexpr int numbers_per_step = 1;
  template <class V>
  using state = smc::logarithmic_model<double>::state<V>;
  struct coefficients {
    double deviation;
  };
  static coefficients step_coefficients(double /*time*/, double length) { return {0.2 * length}; }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& numbers) {
    s.log_martingale = s.log_martingale + V(c.deviation) * numbers.normal(0);
  }
};

#if WRONG == 1
// refused: a model's time_dependent is a function
struct model : right {
  static constexpr bool time_dependent = true;
};
#elif WRONG == 2
// refused: a model's time_dependent is a function
struct model : right {
  bool time_dependent(double time) const { return time > 0; }
};
#elif WRONG == 3
// refused: a model's log_characteristic_function is
struct model : right {
  smc::complex<double> log_characteristic_function(double u, double time) const { return {-0.02 * u * u * time, 0}; }
};
#elif WRONG == 4
// refused: a model's log_characteristic_function is
struct model : right {
  template <class V>
  smc::complex<V> log_characteristic_function(smc::complex<V> u) const {
    return u * u;
  }
};
#elif WRONG == 5
// refused: a model's step_coefficients(double time, double length, model_table<real>& table) takes
struct model : right {
  using right::step;
  static coefficients step_coefficients(double, double, smc::model_table<float>&) { return {0.2}; }
};
#elif WRONG == 6
// refused: a model has coefficients step_coefficients
struct model : right {
  static coefficients step_coefficients(double length) { return {length}; }
};
#elif WRONG == 7
// refused: a model has static void step
struct model : right {
  template <class V>
  static void step(const coefficients&, state<V>&) {}
};
#elif WRONG == 8
// refused: a model whose coefficients take a table has static void step
struct model : right {
  static coefficients step_coefficients(double, double, smc::model_table<double>&) { return {0.2}; }
};
#elif WRONG == 9
// refused: a model's reserve_blocks is a constant
struct model : right {
  static int reserve_blocks() { return 2; }
};
#elif WRONG == 10
// refused: a model's independent_increments is a constant
struct model : right {
  static bool independent_increments() { return true; }
};
#elif WRONG == 11
// refused: a model's negative_prices is a constant
struct model : right {
  bool negative_prices = true;
};
#elif WRONG == 12
// refused: a model with a prelude has all three
struct model : right {
  struct prelude {
    std::uint32_t memory;
  };
};
#elif WRONG == 13
// refused: a model has const market& asset() const
struct model : right {
  double asset() const { return 100; }
};
#elif WRONG == 14
// refused: a model has static constexpr int numbers_per_step
struct model : right {
  int numbers_per_step = 1;
};
#elif WRONG == 15
// refused: a model's real is float or double
struct model : right {
  using real = long double;
};
#elif WRONG == 16
// refused: a model has a template state<V>
struct model : right {
  struct state {
    double log_martingale;
  };
};
#elif WRONG == 17
// refused: a model has state<real> initial_state() const
struct model : right {
  static double initial_state() { return 0; }
};
#elif WRONG == 18
// refused: a model has template <class V> static state<V> broadcast
struct model : right {
  template <class V>
  state<V> broadcast(const state<double>& s) const {
    return {V(s.log_martingale)};
  }
};
#elif WRONG == 19
// refused: a model's square_root_diffusion is a function
struct model : right {
  smc::heston_parameters square_root_diffusion{0.04, 1.5, 0.05, 0.6, -0.7};
};
#elif WRONG == 20
// refused: a model's affine_exponents is
struct model : right {
  static smc::affine_terms affine_exponents(smc::complex<double> u, smc::complex<double> w, double /*time*/) {
    return {u, w};
  }
};
#elif WRONG == 21
// refused: a model's log_characteristic_function_of_jumps goes with square_root_diffusion
struct model : right {
  static smc::complex<double> log_characteristic_function_of_jumps(smc::complex<double> u, double /*time*/) {
    return u;
  }
};
#elif WRONG == 22
// refused: a model has a template state<V>
struct model : right {};
struct closed_form {
  using real = double;
  const smc::market& asset() const { return market; }
  static smc::complex<double> log_characteristic_function(smc::complex<double> u, double /*time*/) { return -(u * u); }
  smc::market market{100};
};
inline double price_by_closed_form() { return smc::cosine_method(closed_form{}, 1).error(); }
#elif WRONG == 23
// refused: a class that is given to the library is not final
struct model final : right {
  static constexpr bool time_dependent = true;
};
#elif WRONG == 24
// refused: a model's step changes the state that it is given
struct model : right {
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V> s, const Numbers& numbers) {
    s.log_martingale = s.log_martingale + V(c.deviation) * numbers.normal(0);
  }
};
#elif WRONG == 25
// refused: a model's step changes the state that it is given
struct model : right {
  template <class V, class Numbers>
  static state<V> step(const coefficients& c, const state<V>& s, const Numbers& numbers) {
    state<V> next = s;
    next.log_martingale = s.log_martingale + V(c.deviation) * numbers.normal(0);
    return next;
  }
};
#elif WRONG == 26
// refused: a model's step_coefficients takes the table that it fills by reference
struct model : right {
  static coefficients step_coefficients(double /*time*/, double length, smc::model_table<double> table) {
    table.append(std::vector<double>{length});
    return {0.2 * length};
  }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& numbers, const double* table) {
    s.log_martingale = s.log_martingale + V(c.deviation * table[0]) * numbers.normal(0);
  }
};
#elif WRONG == 27
// refused: a model has static void step(const coefficients&, state<V>&, const Numbers&)
struct model : right {
  template <class Numbers>
  static void step(const coefficients& c, state<double>& s, const Numbers& numbers) {
    s.log_martingale += c.deviation * numbers.normal(0);
  }
};
#elif WRONG == 28
// refused: a model's reserve_blocks is 0 or more
struct model : right {
  static constexpr int reserve_blocks = -3;
};
#elif WRONG == 29
// refused: a model's exponent_at is a function
struct model : right {
  double exponent_at(double time) const { return time; }
};
#elif WRONG == 30
// refused: a model's log_modulus_bound is
struct model : right {
  static double log_modulus_bound(double u, double time) { return -u * u * time; }
};
#elif WRONG == 31
// refused: a model's largest_evaluations is a constant
struct model : right {
  static std::size_t largest_evaluations() { return 512; }
};
#elif WRONG == 32
// refused: a model's preludes is
struct model : right {
  struct prelude {
    std::size_t memory = 1;
  };
  static std::vector<prelude> preludes(const smc::time_grid& /*grid*/) { return {{}}; }
  template <class V, class Numbers>
  static void prepare(const prelude& /*part*/, const Numbers& numbers, smc::strided<V> memory, const double*) {
    memory.store(0, numbers.of_step(0).normal(0));
  }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& /*numbers*/, V prepared) {
    s.log_martingale = s.log_martingale + V(c.deviation) * prepared;
  }
};
#elif WRONG == 33
// refused: a model's prepare is
struct model : right {
  struct prelude {
    std::size_t memory = 1;
  };
  static std::vector<prelude> preludes(const smc::time_grid& /*grid*/, smc::model_table<double>& /*table*/) {
    return {{}};
  }
  template <class V>
  static void prepare(const prelude& /*part*/, smc::strided<V> memory) {
    memory.store(0, V(0.0));
  }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& /*numbers*/, V prepared) {
    s.log_martingale = s.log_martingale + V(c.deviation) * prepared;
  }
};
#elif WRONG == 34
// refused: a plan has a model of its own
using model = const right;
#elif WRONG == 602
// refused: the members of a model's state<V> are all V's
struct model : right {
  template <class V>
  struct state {
    V log_martingale;
    double clock;
  };
  static state<double> initial_state() { return {0, 0}; }
  template <class V>
  static state<V> broadcast(const state<double>& s) {
    return {V(s.log_martingale), s.clock};
  }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& numbers) {
    s.log_martingale = s.log_martingale + V(c.deviation) * numbers.normal(0);
  }
};
#else
using model = right;
#endif

#if WRONG == 101
// refused: the payoff's list, its member type observers, does not name this observer
struct payoff {
  using observers = smc::observer_list<smc::spot, smc::running_maximum<>>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.of(smc::running_minimum<>{}, 0);
  }
};
#elif WRONG == 102
// refused: the payoff's list, its member type observers, has no such place
struct payoff {
  using observers = smc::observer_list<smc::spot, smc::running_minimum<>>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.template at<2>(0);
  }
};
#elif WRONG == 103
// refused: a payoff returns the amount paid, a V
struct payoff {
  template <class Path>
  const char* operator()(const Path& /*path*/) const {
    return "much";
  }
};
#elif WRONG == 104
// refused: a payoff's observers is a type
struct payoff {
  smc::observer_list<smc::spot> observers;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last();
  }
};
#elif WRONG == 105
// refused: a payoff is called with a const observed_path<V, observers>&
struct payoff {
  using observers = smc::observer_list<smc::running_minimum<>>;
  template <class V>
  V operator()(const smc::observed_path<V>& path) const {
    return path.last();
  }
};
#elif WRONG == 106
// refused: a payoff's observers is an observer_list
struct payoff {
  using observers = smc::running_minimum<>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last();
  }
};
#elif WRONG == 107
// refused: a payoff's list of observers is called observers
struct payoff {
  using observer = smc::observer_list<smc::running_minimum<>>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last();
  }
};
#elif WRONG == 108
// refused: a payoff with option_terms has exercise(path)
struct payoff {
  static smc::option_terms terms(const smc::market& /*asset*/, const smc::time_grid& /*grid*/) { return {}; }
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last();
  }
};
#elif WRONG > 100
using payoff = smc::european_call;
#endif

#if WRONG == 201
// refused: an observer has a constant, static constexpr bool logarithmic
struct observer : smc::spot {
  static bool logarithmic() { return false; }
};
#elif WRONG == 202
// refused: an observer has a constant, static constexpr monitoring schedule
struct observer : smc::spot {
  static constexpr int schedule = 1;
};
#elif WRONG == 203
// refused: an observer has a template memory<V>
struct observer : smc::spot {
  struct memory {};
};
#elif WRONG == 204
// refused: an observer has void look(memory<V>&
struct observer : smc::spot {
  template <class V>
  static void look(memory<V>&) {}
};
#elif WRONG == 205
// refused: an observer has V value(const memory<V>&
struct observer : smc::spot {
  template <class V, class State>
  V value(const memory<V>& /*m*/, const smc::path_point<V, State>& point) {
    return point.spot();
  }
};
#elif WRONG == 206
// refused: an observer's value is what it saw, a V
struct observer : smc::spot {
  template <class V, class State>
  static bool value(const memory<V>& /*m*/, const smc::path_point<V, State>* /*point*/) {
    return true;
  }
  template <class V, class State>
  static const char* value(const memory<V>& /*m*/, const smc::path_point<V, State>& /*point*/) {
    return "high";
  }
};
#elif WRONG == 207
// refused: an observer's quantity is observed_quantity quantity
struct observer : smc::spot {
  static smc::observed_quantity quantity(double time) { return {time}; }
};
#elif WRONG == 208
// refused: an observer's look changes the memory that it is given
struct observer : smc::spot {
  template <class V>
  struct memory {
    V sum = V(0);
  };
  template <class V, class State>
  static memory<V> look(memory<V> m, const smc::path_point<V, State>& point) {
    return {m.sum + point.spot()};
  }
  template <class V, class State>
  static V value(const memory<V>& m, const smc::path_point<V, State>& /*point*/) {
    return m.sum;
  }
};
#elif WRONG > 200
using observer = smc::spot;
#endif

#if WRONG > 300
/// A request that is right: how many paths there are.
struct right_item {
  using observers = smc::observer_list<smc::spot>;
  static observers observer_values() { return {}; }
  static std::size_t total_size() { return 1; }
  static std::size_t scratch_size() { return 0; }
  struct view {
    static constexpr std::size_t observer_count = 1;
    std::size_t size;
    template <class Block>
    struct storage {};
    template <class Block>
    static void add(const Block& threads, const smc::observed_chunk<double>& chunk, std::size_t /*first*/,
                    storage<Block>& /*shared*/, double* /*scratch*/, double* totals) {
      threads.phase([&](std::uint32_t thread) {
        if (thread == 0) totals[0] += chunk.paths;
      });
    }
  };
  template <class Upload>
  static view make_view(Upload&& /*upload*/) {
    return {1};
  }
};
struct right_request {
  template <class Plan>
  right_item prepare(const Plan& /*plan*/) const {
    return {};
  }
  template <class Plan, class Item>
  double result(const Plan& /*plan*/, const Item& /*item*/, const smc::item_sums& sums) const {
    return sums.totals[0];
  }
};
#endif

#if WRONG == 301
// refused: a request has template <class Plan> prepare
struct request {
  double strike = 100;
};
#elif WRONG == 302
// refused: a request has result
struct request : right_request {
  template <class Plan, class Item>
  double result(const Plan& /*plan*/, const Item& /*item*/, const double* totals, std::uint64_t /*paths*/) const {
    return totals[0];
  }
};
#elif WRONG == 303
// refused: the view of a request's item has template <class Block> void add
struct item : right_item {
  struct view : right_item::view {
    template <class Block>
    static void add(const Block& /*threads*/, const smc::observed_chunk<float>& /*chunk*/, double* /*totals*/) {}
  };
  template <class Upload>
  static view make_view(Upload&& /*upload*/) {
    return {{1}};
  }
};
struct request : right_request {
  template <class Plan>
  item prepare(const Plan& /*plan*/) const {
    return {};
  }
};
#elif WRONG == 304
// refused: a request's item has a type observers
struct item : right_item {
  static smc::log_return observer_values() { return {}; }
};
struct request : right_request {
  template <class Plan>
  item prepare(const Plan& /*plan*/) const {
    return {};
  }
};
#elif WRONG == 305
// refused: the view of a request's item has a type template <class Block> storage
struct item : right_item {
  struct view {
    static constexpr std::size_t observer_count = 1;
    std::size_t size;
    struct storage {};
  };
  template <class Upload>
  static view make_view(Upload&& /*upload*/) {
    return {1};
  }
};
struct request : right_request {
  template <class Plan>
  item prepare(const Plan& /*plan*/) const {
    return {};
  }
};
#elif WRONG == 306
// refused: the view of a request's item has an observer_count that is the number of the item's observers
struct item : right_item {
  using observers = smc::observer_list<smc::spot, smc::spot>;
  static observers observer_values() { return {}; }
};
struct request : right_request {
  template <class Plan>
  item prepare(const Plan& /*plan*/) const {
    return {};
  }
};
#elif WRONG > 300
using request = right_request;
#endif

#if WRONG == 401
// refused: an execution has partial_sums run_measurement
struct execution {};
#elif WRONG == 402
// refused: an execution has partial_sums run_measurement
struct execution {};
template <class Plan, class Items>
std::vector<double> run_measurement(const execution& /*where*/, const Plan& /*plan*/, const Items& /*items*/) {
  return {};
}
#elif WRONG > 300
using execution = smc::cpu;
#endif

// A generator's.
#if WRONG == 501
// refused: a generator has a type view
struct generator {
  std::uint64_t seed;
};
#elif WRONG == 502
// refused: a generator has void check
struct generator : smc::philox {
  static void check(std::uint64_t) {}
};
#elif WRONG == 503
// refused: a generator has pilot() const
struct generator : smc::philox {
  static constexpr int pilot = 1;
};
#elif WRONG == 504
// refused: a generator's view has template <class V> numbers
struct generator : smc::philox {
  template <class V>
  double numbers(double first_path, double) const {
    return first_path;
  }
  using view = generator;
  template <class Upload>
  view make_view(Upload&& /*upload*/) const {
    return *this;
  }
};
#elif WRONG == 505
// refused: a block of numbers has uniform(i), normal(i) and uniform_tail(i)
struct generator : smc::philox {
  template <class V>
  struct source {
    using value = V;
    struct block {
      static V normal(int) { return V(0); }
      static V uniform(int) { return V(0.5); }
      void advance(int) {}
    };
    static block draw(std::uint32_t) { return {}; }
  };
  template <class V>
  static source<V> numbers(std::uint64_t) {
    return {};
  }
  using view = generator;
  template <class Upload>
  view make_view(Upload&& /*upload*/) const {
    return *this;
  }
};
#elif WRONG == 506
// refused: a generator's check returns nothing
struct generator : smc::philox {
  static bool check(std::uint64_t first_path, std::uint64_t paths, std::uint64_t /*blocks*/) {
    return first_path + paths < 1000;
  }
  using view = generator;
  template <class Upload>
  view make_view(Upload&& /*upload*/) const {
    return *this;
  }
};
#elif WRONG == 507
// refused: the numbers that a generator's view gives by numbers<V> are of value V
struct generator : smc::philox {
  template <class V>
  static smc::philox_numbers<double> numbers(std::uint64_t first_path) {
    return {1, first_path, 0};
  }
  using view = generator;
  template <class Upload>
  view make_view(Upload&& /*upload*/) const {
    return *this;
  }
};
#else
using generator = smc::philox;
#endif

#if WRONG == 601
// refused: paths of a model with a prelude do not start in given states
#elif WRONG == 603
// refused: a run is asked for something
#endif

int main() {
  const smc::simulation<model, generator> plan(model(), smc::time_grid::uniform(1, 2));
  plan.check();
#if WRONG == 601
  using rough = smc::rough_bergomi<float>;
  smc::simulation{rough(smc::market(100), {0.06, 0.1, 1.5, -0.7}), smc::time_grid::uniform(1, 2)}.starting_from(
      smc::path_states<rough>(1, std::vector<float>(3)));
#elif WRONG == 602
  smc::store_states(smc::cpu{}, plan);
#elif WRONG == 603
  smc::measure(smc::cpu{}, plan);
#elif WRONG > 300
  smc::measure(execution{}, plan, request{});
#elif WRONG > 200
  smc::spectrum_of<observer>(observer{}).prepare(plan);
#elif WRONG > 100
  smc::value_of<payoff>(payoff{}).prepare(plan);
#endif
}

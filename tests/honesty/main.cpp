// A test of honesty. The library promises that every answer carries an error that covers the truth, or is refused with
// an exception of its own. Random questions over wide ranges are put to it, and each answer is compared with a truth
// that is computed here in 113 bits by other means. A pair is a method and a model.
//
//   honesty [--cases N] [--seed S] [--pair TEXT] [--only INDEX] [--record FILE]
//
// --pair takes the pairs with that text in their names, --only the case of that number, as violations are reported with
// it. --record writes the table. Exit status: 1 after a violation, 2 for arguments that make no sense.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "honesty/examination.hpp"
#include "honesty/pairs.hpp"
#include "honesty/record.hpp"

namespace {

namespace honesty = spectralmc::honesty;

bool read_arguments(int count, char** values, honesty::examination& all, std::string& record) {
  for (int i = 1; i < count; i += 2) {
    const std::string name = values[i];
    if (i + 1 == count) return false;
    const std::string value = values[i + 1];
    if (name == "--cases") {
      all.cases = std::atoi(value.c_str());
      if (all.cases < 1) return false;
    } else if (name == "--seed") {
      all.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--pair") {
      all.pair = value;
    } else if (name == "--only") {
      all.only = std::atoi(value.c_str());
    } else if (name == "--record") {
      record = value;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** values) {
  honesty::examination all;
  std::string record;
  if (!read_arguments(count, values, all, record)) {
    std::fprintf(stderr, "usage: %s [--cases N] [--seed S] [--pair TEXT] [--only INDEX] [--record FILE]\n", values[0]);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 4096);
  const auto begin = std::chrono::steady_clock::now();
  for (const auto examine :
       {honesty::examine_black_scholes, honesty::examine_merton, honesty::examine_kou, honesty::examine_variance_gamma,
        honesty::examine_normal_inverse_gaussian, honesty::examine_cgmy, honesty::examine_heston,
        honesty::examine_bates, honesty::examine_bachelier, honesty::examine_vasicek}) {
    examine(all);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::fputs(honesty::table_of(all).c_str(), stdout);
  std::printf("%.1f s\n", seconds);
  if (all.tallies().empty()) {
    std::fprintf(stderr, "no pair has \"%s\" in its name\n", all.pair.c_str());
    return 2;
  }
  if (!record.empty() && !honesty::write_record(all, record)) {
    std::fprintf(stderr, "%s cannot be written\n", record.c_str());
    return 2;
  }
  return all.passed() ? 0 : 1;
}

// Writes a surface that surface_file.py knows, or compares a file with it.
//
// usage: surface_file write FILE
//        surface_file check FILE      fails unless the file holds the surface, bit for bit
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool same(const smc::characteristic_surface& a, const smc::characteristic_surface& b) {
  if (a.dates() != b.dates() || a.frequencies() != b.frequencies()) return false;
  for (std::size_t d = 0; d < a.dates(); ++d) {
    const smc::spectrum &x = a.row(d), &y = b.row(d);
    if (!same(x.quantity().time, y.quantity().time) || !same(x.grid().step(), y.grid().step()) ||
        !same(x.support().lower, y.support().lower) || !same(x.support().upper, y.support().upper) ||
        !same(x.quantity().forward, y.quantity().forward) || x.paths() != y.paths() ||
        std::memcmp(x.values().data(), y.values().data(), x.size() * sizeof(smc::complex<double>)) != 0) {
      return false;
    }
  }
  return true;
}

int run(const std::string& what, const std::string& file) {
  const smc::black_scholes<double> model(smc::market(100, 0.03, 0.01), {0.2});
  const smc::characteristic_surface surface = smc::surface_of(model, {0.25, 0.5, 1.5});
  if (what == "write") {
    smc::save_surface(file, surface);
    return 0;
  }
  if (same(smc::load_surface(file), surface)) return 0;
  std::fprintf(stderr, "%s holds another surface\n", file.c_str());
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count == 3) return run(arguments[1], arguments[2]);
    std::fprintf(stderr, "usage: surface_file write|check FILE\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  }
  return 1;
}

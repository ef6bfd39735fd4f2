// The DAX's quotes of the examples, for those who calibrate to them.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

struct dax_quote {
  int days;
  double rate, strike, volatility;
};

inline constexpr double dax_spot = 4468.17;

inline const std::vector<dax_quote>& dax_quotes() {
  static const std::vector<dax_quote> quotes = [] {
    std::ifstream file(SPECTRALMC_BENCH_DATA "/dax_2002-07-05.csv");
    std::string line;
    std::getline(file, line);
    std::vector<dax_quote> read;
    while (std::getline(file, line)) {
      std::istringstream fields(line);
      dax_quote quote{};
      char comma = 0;
      if (fields >> quote.days >> comma >> quote.rate >> comma >> quote.strike >> comma >> quote.volatility) {
        read.push_back(quote);
      }
    }
    if (read.empty()) throw std::runtime_error("no quotes in " SPECTRALMC_BENCH_DATA "/dax_2002-07-05.csv");
    return read;
  }();
  return quotes;
}

}  // namespace bench

#include "honesty/record.hpp"

#include <cstdio>
#include <fstream>

namespace spectralmc::honesty {

std::string table_of(const examination& all) {
  char line[160];
  std::string text;
  const auto row = [&](const char* form, auto... values) {
    std::snprintf(line, sizeof line, form, values...);
    text += line;
  };
  row("| %-40s | %8s | %8s | %9s | %10s | %11s |\n", "pair", "answered", "refused", "undecided", "violations",
      "worst ratio");
  text += "|------------------------------------------|---------:|---------:|----------:|-----------:|------------:|\n";
  for (const tally& t : all.tallies()) {
    row("| %-40s | %8d | %8d | %9d | %10d | %11.3g |\n", t.pair.c_str(), t.answered, t.refused, t.undecided,
        t.violations, t.worst);
  }
  return text;
}

bool write_record(const examination& all, const std::string& file) {
  std::ofstream out(file);
  out << "# Record of the test of honesty\n\n" << all.cases << " cases a pair, seed " << all.seed;
  if (!all.pair.empty()) out << ", pairs with " << all.pair << " in their names";
  out << ". A pair is a method, or a question to a distribution, and a model.\n\n"
      << "- answered: the library gave a value with an error\n"
      << "- refused: it threw an exception of its own\n"
      << "- undecided: answered, but the truth is not known well enough to judge the error\n"
      << "- violations: the truth is further from the value than the error says\n"
      << "- worst ratio: the largest distance from the truth over the error, 1 where it is just covered\n\n"
      << table_of(all);
  return static_cast<bool>(out.flush());
}

}  // namespace spectralmc::honesty

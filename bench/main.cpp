// The benchmarks' program: Google Benchmark's options and output, with what a reader of results must know of the
// machine and the build, and without the machine's name.
#include <benchmark/benchmark.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "spectralmc/spectralmc.hpp"

#if defined(SPECTRALMC_BENCH_CUDA)
namespace bench {
std::map<std::string, std::string> gpu_context();
}
#endif

namespace {

/// Of /proc/cpuinfo, where there is one: the first value of a field.
std::string cpu_field(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) != 0) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

/// Of the CPU's flags those that say which packs it has.
std::string vector_flags() {
  std::istringstream words(cpu_field("flags"));
  std::string found;
  for (std::string word; words >> word;) {
    for (const char* known : {"sse4_2", "avx", "avx2", "fma", "avx512f", "avx512dq", "avx512vl"}) {
      if (word == known) found += (found.empty() ? "" : " ") + word;
    }
  }
  return found;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
  return text;
}

std::map<std::string, std::string> context() {
  std::map<std::string, std::string> fields{
      {"date", now()},
      {"spectralmc", std::to_string(SPECTRALMC_VERSION_MAJOR) + "." + std::to_string(SPECTRALMC_VERSION_MINOR) + "." +
                         std::to_string(SPECTRALMC_VERSION_PATCH)},
      {"commit", SPECTRALMC_BENCH_COMMIT},
      {"compiler", SPECTRALMC_BENCH_COMPILER},
      {"compiled_for", SPECTRALMC_BENCH_MARCH},
      {"cpu", cpu_field("model name")},
      {"cpu_flags", vector_flags()},
      {"cpu_threads", std::to_string(std::thread::hardware_concurrency())},
      {"lanes_float", std::to_string(spectralmc::native_lane_count<float>)},
      {"lanes_double", std::to_string(spectralmc::native_lane_count<double>)},
  };
#if defined(SPECTRALMC_BENCH_CUDA)
  fields.merge(bench::gpu_context());
#endif
  return fields;
}

/// What Google Benchmark takes for one of its options: the last on the command line, or else the environment's.
std::string option(const std::string& name, int count, char** arguments) {
  std::string variable = name;
  for (char& letter : variable) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const char* const in_environment = std::getenv(variable.c_str());
  std::string value = in_environment ? in_environment : "";
  const std::string start = "--" + name + "=";
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument.compare(0, start.size(), start) == 0) value = argument.substr(start.size());
  }
  return value;
}

/// Google's reporter of JSON, with the context above for its own, which has the machine's name in it. All that is
/// finished is in the file at once, whatever ends the program.
class json_reporter : public benchmark::JSONReporter {
 public:
  bool ReportContext(const Context&) override {
    std::ostream& out = GetOutputStream();
    out << "{\n  \"context\": {\n";
    const auto fields = context();
    for (auto field = fields.begin(); field != fields.end(); ++field) {
      out << "    \"" << field->first << "\": \"" << field->second
          << (std::next(field) == fields.end() ? "\"\n" : "\",\n");
    }
    out << "  },\n  \"benchmarks\": [\n" << std::flush;
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    benchmark::JSONReporter::ReportRuns(runs);
    GetOutputStream().flush();
  }
};

}  // namespace

int main(int count, char** arguments) {
  // A reporter of files is an error for the library where no file is asked for.
  const bool to_file = !option("benchmark_out", count, arguments).empty();
  const bool shown_as_json = option("benchmark_format", count, arguments) == "json";
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
#if defined(SPECTRALMC_BENCH_CUDA)
  if (bench::gpu_context()["gpu"] == "none") {
    std::fprintf(stderr, "There is no CUDA device to measure.\n");
    return 1;
  }
#endif
  json_reporter shown, file;
  benchmark::RunSpecifiedBenchmarks(shown_as_json ? &shown : nullptr, to_file ? &file : nullptr);
  benchmark::Shutdown();
}

#include "dax_heston.hpp"
#include "spectralmc/execution/cuda.cuh"

int main(int argc, char** argv) {
  return demo::main(argc, argv, [](const demo::options& o) { return demo::run(spectralmc::cuda{}, o); });
}

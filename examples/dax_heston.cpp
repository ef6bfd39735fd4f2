#include "dax_heston.hpp"

int main(int argc, char** argv) {
  return demo::main(argc, argv, [](const demo::options& o) { return demo::run(spectralmc::cpu{o.threads}, o); });
}

// Two translation units built for different architectures in one program keep their kernels and policies apart.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstring>

const char* first_name();
const char* second_name();
double first_run();
double second_run();

int main() {
  if (std::strcmp(first_name(), second_name()) == 0) {
    std::printf("both translation units use the namespace %s\n", first_name());
    return 1;
  }
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("%s and %s link; SKIPPED: no CUDA device to run on\n", first_name(), second_name());
    return 0;
  }
  const double first = first_run(), second = second_run();
  std::printf("%s %.17g, %s %.17g\n", first_name(), first, second_name(), second);
  return first == second ? 0 : 1;
}

// Names that system headers and frameworks define as macros. A header of the library that uses one of them does not
// compile after this.
#pragma once

// A header of the CUDA toolkit that the library takes in and that uses such names itself.
#if defined(__CUDACC__)
#include <cub/device/device_radix_sort.cuh>
#endif

#define SPECTRALMC_POISONED @this_name_is_a_macro_elsewhere @

// <complex.h>, <math.h>, <termios.h>, <sys/sysmacros.h>
#define I SPECTRALMC_POISONED
#define DOMAIN SPECTRALMC_POISONED
#define OVERFLOW SPECTRALMC_POISONED
#define UNDERFLOW SPECTRALMC_POISONED
#define B0 SPECTRALMC_POISONED
#define major SPECTRALMC_POISONED
#define minor SPECTRALMC_POISONED

// <windows.h> and the headers it takes in; for its min and max see windows.cpp
#define small SPECTRALMC_POISONED
#define near SPECTRALMC_POISONED
#define far SPECTRALMC_POISONED
#define interface SPECTRALMC_POISONED
#define IN SPECTRALMC_POISONED
#define OUT SPECTRALMC_POISONED
#define ERROR SPECTRALMC_POISONED
#define STRICT SPECTRALMC_POISONED
#define VOID SPECTRALMC_POISONED

// macOS, Qt, test frameworks
#define signals SPECTRALMC_POISONED
#define slots SPECTRALMC_POISONED
#define emit SPECTRALMC_POISONED
#define foreach SPECTRALMC_POISONED
#define CHECK SPECTRALMC_POISONED
#define REQUIRE SPECTRALMC_POISONED
#define EXPECT SPECTRALMC_POISONED

// names that many people's macros have
#define PI SPECTRALMC_POISONED
#define DEBUG SPECTRALMC_POISONED

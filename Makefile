# `make` alone lists what there is. Every target installs what it needs first, where it may (cmake/prerequisites.sh).

CUDA   ?= 0
ALL    ?= 0
PEERS  ?= 0
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)

# A CMake of the project's own (made where the system's is too old) goes first.
export PATH := $(CURDIR)/build/venv/bin:$(PATH)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export CTEST_PARALLEL_LEVEL := $(JOBS)

need := sh cmake/prerequisites.sh
demo := $(if $(filter 1,$(CUDA)),demo-cuda,demo)
demo_program := dax_heston$(if $(filter 1,$(CUDA)),_cuda)

.PHONY: help demo test sanitize bench bench-check install format tidy clean dev build build-fresh down

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 19

demo: ## calibrate and simulate the DAX example and plot it, into out/; CUDA=1 for a GPU
	@$(need) build examples plot $(if $(filter 1,$(CUDA)),cuda)
	cmake --preset $(demo)
	cmake --build --preset $(demo) --target $(demo_program)
	build/$(demo)/examples/$(demo_program) --data examples/data/dax_2002-07-05.csv --output out/dax_heston
	$$(sh cmake/prerequisites.sh python) examples/plot_dax_heston.py out/dax_heston

# What a change is tested by besides: equal bits from every compiler and level, each header alone, the documentation's
# code, every CUDA toolkit found, sanitizers, and that all benchmarks and examples compile.
all_tests := -DSPECTRALMC_TEST_GROUPS="suite;bits;honesty;headers;package;docs;tools;device" \
  -DSPECTRALMC_TEST_TREES="toolkits;sanitizers" -DSPECTRALMC_BUILD_BENCHMARKS=ON -DSPECTRALMC_EXAMPLES=cpu

test: ## build and run the tests; ALL=1 for those of every compiler, CUDA toolkit and sanitizer found as well
	@$(need) build examples plot test$(if $(filter 1,$(ALL)), bench sanitize)
	cmake --preset test $(if $(filter 1,$(ALL)),$(all_tests))
	cmake --build --preset test
	ctest --preset test

sanitize: ## run the unit tests under the address and undefined behaviour sanitizers, those with threads under the thread sanitizer
	@$(need) build test sanitize
	cmake --workflow --preset address-undefined
	cmake --workflow --preset thread

bench: ## build and run the benchmarks; PEERS=1 with QuantLib, FFTW, FINUFFT, oneMKL, NumPy and SciPy beside the library, as README quotes
	@$(need) build bench$(if $(filter 1,$(PEERS)), peers)
	cmake --preset bench$(if $(filter 1,$(PEERS)), -DSPECTRALMC_FINUFFT="$$(sh cmake/prerequisites.sh finufft)" \
	  $$(sh cmake/prerequisites.sh onemkl | sed 's/^/-DSPECTRALMC_ONEMKL=/'))
	cmake --build --preset bench
	OMP_NUM_THREADS=1 build/bench/bench/spectralmc_bench$(if $(filter 1,$(PEERS)), \
	  --benchmark_out=build/bench/results.json --benchmark_out_format=json)
	$(if $(filter 1,$(PEERS)),OMP_NUM_THREADS=1 $$(sh cmake/prerequisites.sh peers-python) bench/peers_numpy.py build/bench/results.json)

bench-check: ## count the instructions of the hot loops; fail where one has 3% more than bench/instruction_counts.json says
	@$(need) build bench count
	cmake --preset bench
	cmake --build --preset bench --target spectralmc_hot_loops
	python3 -m tools.bench_check build/bench/bench/spectralmc_hot_loops

install: ## install the headers and the CMake package; PREFIX=/usr/local
	@$(need) build
	cmake --preset release -DSPECTRALMC_BUILD_TESTS=OFF -DSPECTRALMC_BUILD_EXAMPLES=OFF -B build/install
	cmake --install build/install --prefix $(PREFIX)

format: ## format the C++ and CUDA sources in place
	@$(need) format
	git ls-files -co --exclude-standard '*.hpp' '*.cuh' '*.cpp' '*.cu' | xargs clang-format -i

tidy: ## check the headers and tests with clang-tidy
	@$(need) build test tidy
	cmake --preset debug -DCMAKE_CXX_COMPILER=clang++ -B build/tidy
	git ls-files -co --exclude-standard 'tests/*_test.cpp' 'examples/*.cpp' | xargs -P $(JOBS) -n 1 clang-tidy --quiet -p build/tidy

clean: ## remove what was built
	rm -rf build/* out

# Containers, in which all of the above runs as well (docs/docker.md).
dev: ## a shell in the container, which is built and started where it is not
	@sh docker/compose.sh up --detach
	@sh docker/compose.sh exec spectralmc bash

build: ## build the container's image; BUILD_FROM_SOURCE=true for CUDA 11.8 and GPUs since Maxwell
	@sh docker/compose.sh build

build-fresh: ## the same from nothing, on the newest base image of its tag
	@sh docker/compose.sh build --no-cache --pull

down: ## stop the containers; what is in their volumes stays
	@sh docker/compose.sh --profile sidecars down

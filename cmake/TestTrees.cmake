# Build trees of the same sources, made in other ways, whose tests are listed and run with those of this tree, so that one
# run of ctest counts them all:
#   toolkits     the CUDA tests, once with each release of nvcc found
#   sanitizers   the unit tests that see arrays under the address and undefined behaviour sanitizers, those with threads
#                under the thread sanitizer; `make sanitize` takes all
include(${CMAKE_CURRENT_LIST_DIR}/Toolkits.cmake)

# Adds the tree NAME, configured with the arguments that follow PATH, with PATH as the environment's.
function(spectralmc_add_test_tree name path)
  set(tree ${PROJECT_BINARY_DIR}/trees/${name})
  add_custom_target(tree_${name} ALL
    COMMAND ${CMAKE_COMMAND} -E env "PATH=${path}"
      ${CMAKE_COMMAND} -S ${PROJECT_SOURCE_DIR} -B ${tree} -G ${CMAKE_GENERATOR} -Wno-dev
      -DSPECTRALMC_TEST_PREFIX=${name}/ ${ARGN}
    COMMAND ${CMAKE_COMMAND} -E env "PATH=${path}" ${CMAKE_COMMAND} --build ${tree}
    COMMENT "Build tree ${name}"
    USES_TERMINAL VERBATIM)
  file(WRITE ${PROJECT_BINARY_DIR}/trees/${name}.cmake
    "if(EXISTS [[${tree}/CTestTestfile.cmake]])\n"
    "  subdirs([[${tree}]])\n"
    "else()\n"
    "  add_test([[${name} is not built]] [[${CMAKE_COMMAND}]] -E false)\n"
    "endif()\n")
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY
    TEST_INCLUDE_FILES ${PROJECT_BINARY_DIR}/trees/${name}.cmake)
endfunction()

if("toolkits" IN_LIST SPECTRALMC_TEST_TREES)
  spectralmc_find_nvccs(nvccs)
  if(NOT nvccs)
    message(STATUS "No nvcc found: CUDA code is not compiled.")
  endif()
  execute_process(COMMAND nvidia-smi --list-gpus OUTPUT_VARIABLE gpus ERROR_QUIET RESULT_VARIABLE no_gpu)
  if(nvccs AND (no_gpu OR NOT gpus))
    message(STATUS "No CUDA device here (nvidia-smi lists none): tests that need one are built, and skipped.")
  endif()
  # One architecture a class, to keep it short: the oldest, the one before bulk copies, Hopper, Blackwell; and each by one
  # toolkit, of those that have it the one that has been given fewest.
  set(usable)
  foreach(nvcc IN LISTS nvccs)
    spectralmc_nvcc_release("${nvcc}" release)
    spectralmc_nvcc_host_compiler(${release} host_compiler_${release})
    if(host_compiler_${release})
      list(APPEND usable ${release})
      set(nvcc_${release} ${nvcc})
      set(architectures_${release})
    else()
      message(STATUS "CUDA ${release} (${nvcc}) is not used: it takes none of the C++ compilers here.")
    endif()
  endforeach()
  foreach(architecture IN ITEMS 52 75 90 120)
    set(chosen)
    set(fewest 99)
    foreach(release IN LISTS usable)
      spectralmc_nvcc_architectures("${nvcc_${release}}" ${architecture} offered)
      list(LENGTH architectures_${release} count)
      if(offered AND count LESS_EQUAL fewest)
        set(chosen ${release})
        set(fewest ${count})
      endif()
    endforeach()
    if(chosen)
      list(APPEND architectures_${chosen} ${architecture})
    endif()
  endforeach()
  set(examples cuda)
  set(groups "cuda$<SEMICOLON>docs")
  foreach(release IN LISTS usable)
    set(nvcc ${nvcc_${release}})
    set(host_compiler ${host_compiler_${release}})
    set(architectures ${architectures_${release}})
    if(NOT architectures)
      message(STATUS "CUDA ${release} (${nvcc}) is not used: other releases have its architectures.")
      continue()
    endif()
    message(STATUS "CUDA ${release} is tested for ${architectures}: ${nvcc}, host compiler ${host_compiler}")
    # All tests for the first of them; for the others the program that is made of code for several.
    list(GET architectures 0 architecture)
    list(JOIN architectures "$<SEMICOLON>" architectures)
    # An nvcc takes its assembler from PATH, so its own folder goes first.
    cmake_path(GET nvcc PARENT_PATH folder)
    spectralmc_add_test_tree(cuda-${release} "${folder}:$ENV{PATH}"
      -DCMAKE_BUILD_TYPE=Release
      "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"
      "-DCMAKE_CUDA_FLAGS_RELEASE=-O1 -DNDEBUG"
      -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
      -DSPECTRALMC_CUDA=ON
      -DCMAKE_CUDA_COMPILER=${nvcc}
      -DCMAKE_CUDA_HOST_COMPILER=${host_compiler}
      -DCMAKE_CUDA_ARCHITECTURES=${architecture}
      "-DSPECTRALMC_TEST_ARCHITECTURES=${architectures}"
      "-DSPECTRALMC_EXAMPLES=${examples}"
      "-DSPECTRALMC_TEST_GROUPS=${groups}")
    # The first toolkit has compiled the documentation and the examples for all.
    set(examples)
    set(groups cuda)
  endforeach()
endif()

if("sanitizers" IN_LIST SPECTRALMC_TEST_TREES)
  set(sanitizer_compiler sanitizer_compiler-NOTFOUND)
  find_program(sanitizer_compiler NAMES clang++ NO_CACHE)
  if(NOT sanitizer_compiler)
    set(sanitizer_compiler ${CMAKE_CXX_COMPILER})
  endif()
  # The one with more tests is for this machine's CPU; the other for the compiler's default, which on x86-64 is one without
  # fused multiply-add and takes long to emulate it. What the address sanitizer finds where memory is
  # used, and null pointers, is not checked again where pointers are made: that doubles the time to compile.
  set(march_of_address,undefined native)
  set(march_of_thread "")
  set(leave_out_of_address,undefined -fno-sanitize=null,vptr,object-size,pointer-overflow)
  set(groups_of_address,undefined memory)
  set(groups_of_thread threads)
  foreach(sanitizers IN ITEMS address,undefined thread)
    string(REPLACE "," "-" name ${sanitizers})
    spectralmc_add_test_tree(${name} "$ENV{PATH}"
      -DCMAKE_BUILD_TYPE=RelWithDebInfo
      -DCMAKE_CXX_COMPILER=${sanitizer_compiler}
      "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1"
      "-DCMAKE_CXX_FLAGS=-fsanitize=${sanitizers} ${leave_out_of_${sanitizers}} -fno-sanitize-recover=all -fno-omit-frame-pointer"
      -DSPECTRALMC_MARCH=${march_of_${sanitizers}}
      -DSPECTRALMC_BUILD_EXAMPLES=OFF
      -DSPECTRALMC_TEST_GROUPS=${groups_of_${sanitizers}})
  endforeach()
endif()

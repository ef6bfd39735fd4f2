# Installs the library from its build tree LIBRARY below BUILD and builds SOURCE with COMPILER and what pkg-config says.
find_program(pkg_config NAMES pkg-config pkgconf)
if(NOT pkg_config)
  message("SKIPPED: there is no pkg-config.")
  return()
endif()
file(REMOVE_RECURSE ${BUILD})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${LIBRARY} --prefix ${BUILD}/library
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
set(ENV{PKG_CONFIG_PATH} ${BUILD}/library/share/pkgconfig)
execute_process(COMMAND ${pkg_config} --cflags --libs spectralmc
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(COMMAND ${COMPILER} -std=c++17 ${SOURCE} ${flags} -o ${BUILD}/consumer COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BUILD}/consumer COMMAND_ERROR_IS_FATAL ANY)

# Installs the library from its build tree LIBRARY, or the project EXPORTER that brings it, then configures the project SOURCE in BUILD from nothing with the
# arguments CONFIGURE, builds and runs it, and installs it, which must install nothing of the library.
file(REMOVE_RECURSE ${BUILD})

if(DEFINED EXPORTER)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${EXPORTER} -B ${BUILD}/exporter -G ${GENERATOR} ${CONFIGURE}
    COMMAND_ERROR_IS_FATAL ANY)
  set(LIBRARY ${BUILD}/exporter)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${LIBRARY} --prefix ${BUILD}/library
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${BUILD}/library ${CONFIGURE}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BUILD}/build/consumer COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD}/build --prefix ${BUILD}/consumer
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed RELATIVE ${BUILD}/consumer ${BUILD}/consumer/*)
if(NOT installed MATCHES "^bin/consumer$")
  message(FATAL_ERROR "The project installs more than its own program: ${installed}")
endif()

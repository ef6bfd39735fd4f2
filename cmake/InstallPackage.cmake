# The package that find_package(SpectralMC) finds. It holds no compiled code, so it lives under share/ and serves every
# architecture. The CUDA side and the calibration are export sets of their own, read only by those that ask for the
# component.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/SpectralMC)

install(TARGETS SpectralMC EXPORT SpectralMCTargets FILE_SET HEADERS)
install(EXPORT SpectralMCTargets NAMESPACE SpectralMC:: DESTINATION ${package_dir})

install(TARGETS SpectralMC_calibration EXPORT SpectralMCCalibrationTargets)
install(EXPORT SpectralMCCalibrationTargets NAMESPACE SpectralMC:: DESTINATION ${package_dir})

install(TARGETS SpectralMC_cuda EXPORT SpectralMCCudaTargets FILE_SET HEADERS)
install(EXPORT SpectralMCCudaTargets NAMESPACE SpectralMC:: DESTINATION ${package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/SpectralMCConfig.cmake.in SpectralMCConfig.cmake
  INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change what programs rely on.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
else()
  set(compatibility SameMajorVersion)
endif()
write_basic_package_version_file(SpectralMCConfigVersion.cmake COMPATIBILITY ${compatibility} ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/SpectralMCConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/SpectralMCConfigVersion.cmake
  DESTINATION ${package_dir})

# For builds without CMake: `pkg-config --cflags --libs spectralmc`. Its paths are relative to its own place.
cmake_path(SET pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY ${pkgconfig_dir} OUTPUT_VARIABLE include_from_pkgconfig)
configure_file(${CMAKE_CURRENT_LIST_DIR}/spectralmc.pc.in spectralmc.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/spectralmc.pc DESTINATION ${pkgconfig_dir})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# `cmake --install`: the library, the public headers as <carousel/...>, and find_package(Carousel).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS carousel EXPORT CarouselTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(carousel_headers ${CMAKE_INSTALL_INCLUDEDIR}/carousel)
foreach(folder IN ITEMS tensor autograd nn optim)
  install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${folder} DESTINATION ${carousel_headers}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/carousel.h DESTINATION ${carousel_headers} OPTIONAL)

set(carousel_package ${CMAKE_INSTALL_LIBDIR}/cmake/Carousel)
install(EXPORT CarouselTargets NAMESPACE Carousel:: DESTINATION ${carousel_package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/CarouselConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/CarouselConfig.cmake INSTALL_DESTINATION ${carousel_package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/CarouselConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/CarouselConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/CarouselConfigVersion.cmake DESTINATION ${carousel_package})

# The OpenCL backend: built where OpenCL and CLBlast are found and CAROUSEL_OPENCL is ON. Sources that
# must know say #ifdef CAROUSEL_HAS_OPENCL. backends/opencl/**/NAME.cl become strings in the library,
# found by carousel::opencl::program_source("NAME").
if(NOT CAROUSEL_OPENCL)
  return()
endif()
find_package(OpenCL QUIET)
find_package(CLBlast QUIET)
if(NOT OpenCL_FOUND OR NOT CLBlast_FOUND)
  message(STATUS "Carousel: no OpenCL backend (OpenCL: ${OpenCL_FOUND}, CLBlast: ${CLBlast_FOUND})")
  return()
endif()
file(GLOB_RECURSE opencl_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/backends/opencl/*.cpp)
if(NOT opencl_sources)
  return()
endif()

file(GLOB_RECURSE opencl_programs CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/backends/opencl/*.cl)
set(opencl_embedded ${CMAKE_CURRENT_BINARY_DIR}/opencl_program_sources.cpp)
add_custom_command(OUTPUT ${opencl_embedded}
  COMMAND ${CMAKE_COMMAND} "-DPROGRAMS=${opencl_programs}" -DOUTPUT=${opencl_embedded}
    -P ${CMAKE_CURRENT_LIST_DIR}/EmbedPrograms.cmake
  DEPENDS ${opencl_programs} ${CMAKE_CURRENT_LIST_DIR}/EmbedPrograms.cmake
  COMMENT "Embedding OpenCL programs" VERBATIM)

target_sources(carousel PRIVATE ${opencl_sources} ${opencl_embedded})
target_compile_definitions(carousel PRIVATE CAROUSEL_HAS_OPENCL=1 CL_TARGET_OPENCL_VERSION=120)
target_link_libraries(carousel PRIVATE OpenCL::OpenCL clblast)
set(CAROUSEL_HAS_OPENCL ON)

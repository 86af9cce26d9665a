# backends/cpu/simd/*.cpp are compiled once per instruction set, each in a namespace of its own
# (CAROUSEL_SIMD names it), and chosen at run time by backends/cpu/level.cpp.
find_package(xsimd REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(CAROUSEL_SIMD_LEVELS sse2 avx2 avx512 CACHE STRING "Instruction sets to compile kernels for")
else()
  set(CAROUSEL_SIMD_LEVELS neon CACHE STRING "Instruction sets to compile kernels for")
endif()
set(carousel_simd_flags_sse2 -msse2)
set(carousel_simd_flags_avx2 -mavx2 -mfma)
# Not -mavx512dq: with it, but without BW, xsimd 8.1 picks an architecture that it left undefined.
set(carousel_simd_flags_avx512 -mavx512f -mfma)
set(carousel_simd_flags_neon "")

function(carousel_add_simd_units target)
  file(GLOB units CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/backends/cpu/simd/*.cpp)
  if(NOT units)
    return()
  endif()
  # Kernels are optimised in every preset: at -O0 inline functions would be left as weak symbols,
  # and the linker might pick one compiled for a machine we are not on.
  set(optimisation -O2)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    set(optimisation -O1 -g1)  # instrumented at -O2 a unit takes over a minute
  endif()
  foreach(level IN LISTS CAROUSEL_SIMD_LEVELS)
    set(objects ${target}_${level})
    add_library(${objects} OBJECT ${units})
    carousel_options(${objects})
    target_compile_definitions(${objects} PRIVATE CAROUSEL_SIMD=${level} CAROUSEL_SIMD_${level}=1)
    target_compile_options(${objects} PRIVATE ${carousel_simd_flags_${level}} ${optimisation}
      -fno-math-errno -fno-trapping-math -ftree-vectorize $<$<CXX_COMPILER_ID:GNU>:-fvect-cost-model=dynamic>
      # GCC 12's own AVX-512 header trips it.
      -Wno-maybe-uninitialized -Wno-uninitialized)
    target_include_directories(${objects} PRIVATE ${CMAKE_BINARY_DIR}/include)
    target_link_libraries(${objects} PRIVATE xsimd)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${objects}>)
    target_compile_definitions(${target} PRIVATE CAROUSEL_HAS_${level}=1)
  endforeach()
endfunction()

# Libraries: the system's copies, else pinned downloads (FETCHCONTENT_SOURCE_DIR_<NAME> points at local ones).
include(FetchContent)
if(POLICY CMP0135)
  cmake_policy(SET CMP0135 NEW)
endif()
set(CMAKE_POLICY_VERSION_MINIMUM 3.5)

option(LITESMITH_SYSTEM_LIBRARIES "Use installed copies of flatbuffers, nlohmann_json, protozero, doctest and benchmark" ON)

if(LITESMITH_SYSTEM_LIBRARIES)
  find_package(FlatBuffers CONFIG QUIET)
  find_package(nlohmann_json CONFIG QUIET)
endif()

if(NOT TARGET flatbuffers::flatc OR NOT TARGET flatbuffers::flatbuffers)
  set(FLATBUFFERS_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(FLATBUFFERS_INSTALL OFF CACHE BOOL "" FORCE)
  FetchContent_Declare(flatbuffers
    URL https://github.com/google/flatbuffers/archive/refs/tags/v2.0.8.tar.gz
    URL_HASH SHA256=f97965a727d26386afaefff950badef2db3ab6af9afe23ed6d94bfb65f95f37e)
  FetchContent_MakeAvailable(flatbuffers)
  foreach(name flatc flatbuffers)
    target_compile_options(${name} PRIVATE -w)
  endforeach()
  add_library(litesmith_flatbuffers INTERFACE)
  target_include_directories(litesmith_flatbuffers SYSTEM INTERFACE ${flatbuffers_SOURCE_DIR}/include)
  add_library(flatbuffers::flatbuffers ALIAS litesmith_flatbuffers)
  add_executable(flatbuffers::flatc ALIAS flatc)
endif()

# A library of headers: its own CMakeLists.txt is not read.
function(litesmith_fetch_headers name folder)
  FetchContent_Declare(${name} ${ARGN} SOURCE_SUBDIR no-build)
  FetchContent_MakeAvailable(${name})
  add_library(litesmith_${name} INTERFACE)
  target_include_directories(litesmith_${name} SYSTEM INTERFACE ${${name}_SOURCE_DIR}/${folder})
endfunction()

if(NOT TARGET nlohmann_json::nlohmann_json)
  litesmith_fetch_headers(nlohmann_json include
    URL https://github.com/nlohmann/json/releases/download/v3.11.2/json.tar.xz
    URL_HASH SHA256=8c4b26bf4b422252e13f332bc5e388ec0ab5c3443d24399acb675e68278d341f)
  add_library(nlohmann_json::nlohmann_json ALIAS litesmith_nlohmann_json)
endif()

if(LITESMITH_SYSTEM_LIBRARIES)
  find_path(LITESMITH_PROTOZERO_DIR protozero/pbf_reader.hpp)
endif()
if(LITESMITH_PROTOZERO_DIR)
  add_library(litesmith_protozero INTERFACE)
  target_include_directories(litesmith_protozero SYSTEM INTERFACE ${LITESMITH_PROTOZERO_DIR})
else()
  litesmith_fetch_headers(protozero include
    URL https://github.com/mapbox/protozero/archive/refs/tags/v1.7.1.tar.gz
    URL_HASH SHA256=27e0017d5b3ba06d646a3ec6391d5ccc8500db821be480aefd2e4ddc3de5ff99)
endif()

if(LITESMITH_BUILD_TESTS)
  if(LITESMITH_SYSTEM_LIBRARIES)
    find_path(LITESMITH_DOCTEST_DIR doctest/doctest.h)
  endif()
  if(LITESMITH_DOCTEST_DIR)
    add_library(litesmith_doctest INTERFACE)
    target_include_directories(litesmith_doctest SYSTEM INTERFACE ${LITESMITH_DOCTEST_DIR})
  else()
    litesmith_fetch_headers(doctest .
      URL https://github.com/doctest/doctest/archive/refs/tags/v2.4.9.tar.gz
      URL_HASH SHA256=19b2df757f2f3703a5e63cee553d85596875f06d91a3333acd80a969ef210856)
  endif()
endif()

if(LITESMITH_BUILD_BENCH)
  if(LITESMITH_SYSTEM_LIBRARIES)
    find_package(benchmark CONFIG QUIET)
  endif()
  if(NOT TARGET benchmark::benchmark_main)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
    FetchContent_Declare(benchmark
      URL https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
      URL_HASH SHA256=6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7)
    FetchContent_MakeAvailable(benchmark)
  endif()
endif()

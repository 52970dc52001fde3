# Header libraries and flatc: the system's copies, else pinned downloads (FETCHCONTENT_SOURCE_DIR_<NAME> points at local ones).
include(FetchContent)
set(CMAKE_POLICY_VERSION_MINIMUM 3.5)

option(LITESMITH_SYSTEM_LIBRARIES "Use installed copies of flatbuffers, protozero, nlohmann_json and doctest" ON)

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
  add_library(flatbuffers::flatbuffers ALIAS flatbuffers)
  add_executable(flatbuffers::flatc ALIAS flatc)
endif()

if(NOT TARGET nlohmann_json::nlohmann_json)
  set(JSON_BuildTests OFF CACHE BOOL "" FORCE)
  FetchContent_Declare(nlohmann_json
    URL https://github.com/nlohmann/json/releases/download/v3.11.2/json.tar.xz
    URL_HASH SHA256=8c4b26bf4b422252e13f332bc5e388ec0ab5c3443d24399acb675e68278d341f)
  FetchContent_MakeAvailable(nlohmann_json)
endif()

if(LITESMITH_BUILD_TESTS)
  find_path(LITESMITH_DOCTEST_DIR doctest/doctest.h REQUIRED)
endif()

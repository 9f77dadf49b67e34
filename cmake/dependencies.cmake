# Found where installed, else fetched, pinned.
include(FetchContent)

find_package(Eigen3 3.3 CONFIG QUIET)   # NO_MODULE: Eigen's own files; 3.3 is the oldest with the target
if(NOT TARGET Eigen3::Eigen)
  # SOURCE_SUBDIR names a folder without a CMakeLists.txt: only the headers are wanted.
  FetchContent_Declare(eigen SOURCE_SUBDIR headers-only SYSTEM
    URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
    URL_HASH SHA256=8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72
    DOWNLOAD_EXTRACT_TIMESTAMP ON)
  FetchContent_MakeAvailable(eigen)
  add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
  target_include_directories(Eigen3::Eigen SYSTEM INTERFACE ${eigen_SOURCE_DIR})
endif()

if(NOT EMSCRIPTEN)
  find_package(Threads REQUIRED)
endif()

# Defines Catch2::Catch2WithMain and catch_discover_tests(). A macro, for find_package's variables.
macro(distillery_find_catch2)
  find_package(Catch2 3.4 CONFIG QUIET)
  if(NOT Catch2_FOUND)
    # scripts/setup leaves the source here, for where its home cannot be reached.
    if(NOT FETCHCONTENT_SOURCE_DIR_CATCH2 AND EXISTS "${PROJECT_SOURCE_DIR}/.toolchain/catch2-src/CMakeLists.txt")
      set(FETCHCONTENT_SOURCE_DIR_CATCH2 "${PROJECT_SOURCE_DIR}/.toolchain/catch2-src")
    endif()
    FetchContent_Declare(Catch2 SYSTEM
      URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz
      URL_HASH SHA256=c991b247a1a0d7bb9c39aa35faf0fe9e19764213f28ffba3109388e62ee0269c
      DOWNLOAD_EXTRACT_TIMESTAMP ON)
    FetchContent_MakeAvailable(Catch2)
    list(APPEND CMAKE_MODULE_PATH ${catch2_SOURCE_DIR}/extras)
  endif()
  include(Catch)
endmacro()

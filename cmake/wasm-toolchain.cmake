# The toolchain of the wasm presets: the emcc on PATH if it is new enough, else the one that scripts/setup brought.
# Set DISTILLERY_EMSCRIPTEN to the folder of another to decide otherwise.

get_filename_component(_root "${CMAKE_CURRENT_LIST_DIR}/.." REALPATH)

if(NOT DISTILLERY_EMSCRIPTEN)
  find_program(_emcc emcc NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
  if(_emcc)
    execute_process(COMMAND "${_emcc}" --version OUTPUT_VARIABLE _version ERROR_QUIET)
    if(_version MATCHES "([0-9]+\\.[0-9]+\\.[0-9]+)" AND CMAKE_MATCH_1 VERSION_GREATER_EQUAL 3.1.69)
      get_filename_component(_bin "${_emcc}" DIRECTORY)
      execute_process(COMMAND "${_bin}/em-config" EMSCRIPTEN_ROOT OUTPUT_VARIABLE DISTILLERY_EMSCRIPTEN
                      OUTPUT_STRIP_TRAILING_WHITESPACE)
    endif()
  endif()
  if(NOT DISTILLERY_EMSCRIPTEN AND EXISTS "${_root}/.toolchain/emscripten/emcc")
    set(DISTILLERY_EMSCRIPTEN "${_root}/.toolchain/emscripten")
  endif()
  if(NOT DISTILLERY_EMSCRIPTEN)
    message(FATAL_ERROR "There is no emcc 3.1.69 or newer on PATH. Run scripts/setup, which brings one.")
  endif()
endif()
# CMake reads this file again for each of its own trial compilations.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES DISTILLERY_EMSCRIPTEN DISTILLERY_WASM_FLAVOUR)

# A flavour is a whole artefact, never a few files of one: every object, Catch2 apart, is compiled alike.
set(CMAKE_CXX_FLAGS_INIT "-fwasm-exceptions")
if(DISTILLERY_WASM_FLAVOUR MATCHES "^(simd|fast)$")
  # Whatever engine knows vectors knows these, which are shorter.
  string(APPEND CMAKE_CXX_FLAGS_INIT " -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext")
endif()
if(DISTILLERY_WASM_FLAVOUR STREQUAL "fast")
  string(APPEND CMAKE_CXX_FLAGS_INIT " -mrelaxed-simd")
endif()
# For what is to be small rather than fast. The link needs no -flto: the linker sees for itself which files want it.
set(DISTILLERY_SMALL -Oz -flto -fno-vectorize -fno-slp-vectorize)

# Packages such as Eigen and Catch2 come from the host; headers and libraries otherwise only from Emscripten.
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
include("${DISTILLERY_EMSCRIPTEN}/cmake/Modules/Platform/Emscripten.cmake")

# Node 20 knows only the legacy encoding of exceptions, which newer versions of Emscripten have to be asked for.
if(EMSCRIPTEN_VERSION VERSION_GREATER_EQUAL 4.0.10)
  string(APPEND CMAKE_CXX_FLAGS_INIT " -sWASM_LEGACY_EXCEPTIONS=1")
endif()

# Emscripten.cmake may have named a Node of its own; programs are run by the one that everything else here uses.
find_program(_node node HINTS "${_root}/.toolchain/node/bin" NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
set(CMAKE_CROSSCOMPILING_EMULATOR "${_node}" CACHE FILEPATH "Runs wasm programs" FORCE)

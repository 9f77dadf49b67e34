# The compiled half of the npm package: wasm/bindings.cpp -> wasm/dist/distillery-<flavour>.{js,wasm}.
# One ES module for pages, workers and bundlers, free of eval; Node runs it too when given the wasm's bytes.

set(DISTILLERY_WASM_FLAVOUR scalar CACHE STRING "scalar: runs everywhere; simd: 128-bit vectors; fast: fused multiply-add as well")
set_property(CACHE DISTILLERY_WASM_FLAVOUR PROPERTY STRINGS scalar simd fast)
set(name distillery-${DISTILLERY_WASM_FLAVOUR})

add_executable(distillery_wasm ${PROJECT_SOURCE_DIR}/wasm/bindings.cpp ${PROJECT_SOURCE_DIR}/wasm/abort.cpp)
distillery_compile_options(distillery_wasm)
target_link_libraries(distillery_wasm PRIVATE distillery::distillery)
target_compile_options(distillery_wasm PRIVATE ${DISTILLERY_SMALL})
target_compile_definitions(distillery_wasm PRIVATE DISTILLERY_VERSION="${PROJECT_VERSION}")
set_target_properties(distillery_wasm PROPERTIES
  OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/wasm/dist)
set_property(TARGET distillery_wasm APPEND PROPERTY ADDITIONAL_CLEAN_FILES
  ${PROJECT_SOURCE_DIR}/wasm/dist/${name}.wasm)

# All flavours have the same interface. `scalar`, which nobody downloads, carries its types as well, and Emscripten runs it
# to write them down: for `simd`, whose JavaScript is what wasm/src imports.
if(DISTILLERY_WASM_FLAVOUR STREQUAL "scalar")
  file(MAKE_DIRECTORY ${PROJECT_SOURCE_DIR}/wasm/dist/declarations)
  target_compile_definitions(distillery_wasm PRIVATE DISTILLERY_DECLARATIONS)
  target_link_options(distillery_wasm PRIVATE "SHELL:--emit-tsd declarations/distillery-simd.d.ts")
endif()
target_link_options(distillery_wasm PRIVATE
  -lembind
  -sMODULARIZE=1 -sEXPORT_ES6=1 -sENVIRONMENT=web,worker -sDYNAMIC_EXECUTION=0 -sWASM_BIGINT=1 -sFILESYSTEM=0 -sTEXTDECODER=2
  -sEXPORTED_RUNTIME_METHODS=HEAPU8,HEAPF32
  -sINCOMING_MODULE_JS_API=instantiateWasm
  -sMALLOC=emmalloc   # a third of the usual one, and training allocates nothing
  # Running out of memory is an error that the caller hears of, not an abort.
  -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB -sABORTING_MALLOC=0
  -sMEMORY_GROWTH_GEOMETRIC_STEP=0.05   # every worker has its own memory: little of it in vain
  # Eigen needs more than the default of 64 KB, and an overrun says nothing.
  -sSTACK_SIZE=1MB
  # Binaryen inlines a function with one caller whatever its size, and the huge function that results is compiled
  # badly by the engines: without this, training takes twice as long.
  -sBINARYEN_EXTRA_PASSES=--one-caller-inline-max-function-size=0)

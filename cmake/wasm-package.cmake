# The compiled half of the npm package, in wasm/dist/: distillery-<flavour>.{js,wasm}, the networks alone, and
# planner-<flavour>.{js,wasm}, all of it, which only those download who run plans.
# Each is one ES module for pages, workers and bundlers, free of eval; Node runs it too when given the wasm's bytes.

set(DISTILLERY_WASM_FLAVOUR scalar CACHE STRING "scalar: runs everywhere; simd: 128-bit vectors; fast: fused multiply-add as well")
set_property(CACHE DISTILLERY_WASM_FLAVOUR PROPERTY STRINGS scalar simd fast)
set(dist ${PROJECT_SOURCE_DIR}/wasm/dist)

add_library(networks_bindings OBJECT ${PROJECT_SOURCE_DIR}/wasm/bindings.cpp ${PROJECT_SOURCE_DIR}/wasm/abort.cpp)
add_library(planner_bindings OBJECT ${PROJECT_SOURCE_DIR}/wasm/planner.cpp)
foreach(part networks_bindings planner_bindings)
  distillery_compile_options(${part})
  target_compile_options(${part} PRIVATE ${DISTILLERY_SMALL})
  target_compile_definitions(${part} PRIVATE DISTILLERY_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${part} PRIVATE distillery::distillery)
endforeach()

# artefact(NAME OBJECT_LIBRARY…)
function(artefact name)
  set(target ${name}_wasm)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_executable(${target} ${objects})
  target_link_libraries(${target} PRIVATE distillery::distillery)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name}-${DISTILLERY_WASM_FLAVOUR} RUNTIME_OUTPUT_DIRECTORY ${dist})
  set_property(TARGET ${target} APPEND PROPERTY ADDITIONAL_CLEAN_FILES ${dist}/${name}-${DISTILLERY_WASM_FLAVOUR}.wasm)

  # All flavours have the same interface. `scalar`, which nobody downloads, carries its types as well, and Emscripten runs
  # it to write them down: for `simd`, whose JavaScript is what wasm/src imports.
  if(DISTILLERY_WASM_FLAVOUR STREQUAL "scalar")
    file(MAKE_DIRECTORY ${dist}/declarations)
    foreach(part ${ARGN})
      target_compile_definitions(${part} PRIVATE DISTILLERY_DECLARATIONS)
    endforeach()
    target_link_options(${target} PRIVATE "SHELL:--emit-tsd declarations/${name}-simd.d.ts")
  endif()
  target_link_options(${target} PRIVATE
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
endfunction()

artefact(distillery networks_bindings)
artefact(planner networks_bindings planner_bindings)
add_custom_target(wasm_package DEPENDS distillery_wasm planner_wasm)

# bornc_add_library(NAME sources... [DEPENDS targets...] [LINK libraries...]
#                   [EXCEPTIONS] [OWN_HEADERS])
#
# A static library of the compiler. Every one sees headers from the top of the
# repository and from the build directory (generated files keep their folder),
# and treats LLVM's headers as system headers, so that -Werror is about our own
# code only. EXCEPTIONS is for the code that calls the ONNX library. MLIR's
# headers are most of a file's compile time (10.5 s of CPU without the
# precompiled ones, 4.6 s with them), so all libraries share one set, but for those with OWN_HEADERS.
add_library(bornc_options INTERFACE)
target_include_directories(bornc_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_include_directories(bornc_options SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_compile_options(bornc_options INTERFACE
  -Wall -Wextra -Wno-unused-parameter -Wswitch -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  # GCC 12 reports false positives of these in inlined LLVM containers.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-dangling-reference -Wno-array-bounds -Wno-stringop-overflow>
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_compile_definitions(bornc_options INTERFACE __STDC_LIMIT_MACROS __STDC_CONSTANT_MACROS)

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/tools/headers.cpp
     CONTENT "// Only there to hold the precompiled headers.\n")
add_library(BorncHeaders STATIC ${PROJECT_BINARY_DIR}/tools/headers.cpp)
target_link_libraries(BorncHeaders PRIVATE bornc_options)
target_compile_options(BorncHeaders PRIVATE -fno-exceptions)
target_precompile_headers(BorncHeaders PRIVATE
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Linalg/IR/Linalg.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/OpImplementation.h>
  <mlir/Pass/Pass.h>
  <mlir/Transforms/DialectConversion.h>
  <mlir/Transforms/GreedyPatternRewriteDriver.h>)

function(bornc_add_library name)
  cmake_parse_arguments(ARG "EXCEPTIONS;OWN_HEADERS" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC bornc_options ${ARG_LINK} MLIR LLVM)
  if(ARG_EXCEPTIONS)
    target_compile_options(${name} PRIVATE -fexceptions)
  else()
    target_compile_options(${name} PRIVATE -fno-exceptions)
    if(NOT ARG_OWN_HEADERS)
      target_precompile_headers(${name} REUSE_FROM BorncHeaders)
    endif()
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# bornc_add_tool(NAME sources... LINK libraries...): an executable in build/bin.
function(bornc_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE bornc_options ${ARG_LINK} MLIR LLVM)
  target_compile_options(${name} PRIVATE -fno-exceptions)
endfunction()

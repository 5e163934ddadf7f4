# find_package(bornc): compiled models as CMake targets.
#
#   born_add_model(TARGET model.onnx [SHARED] [NAME prefix]
#                  [SHAPE input=AxB...] [SHAPE_SET a=1x32,b=1x32...] [DIM name=N...]
#                  [VALUE input=V...] [OUTPUTS value...] [WEIGHTS embed|file|stripped]
#                  [OPTIONS flag...])
#   target_link_libraries(app PRIVATE TARGET)      and in app.c: #include "TARGET.h"
#
# TARGET is an imported library, static or with SHARED shared, that brings its
# header and what it links. The C functions begin with NAME, by default TARGET.
# The lists are the flags of bornc of the same names, OPTIONS are any others.
# With WEIGHTS the target's property BORN_WEIGHTS is the path of their file.
include(CMakeFindDependencyMacro)
find_dependency(Threads)

if(NOT TARGET bornc::bornc)
  get_filename_component(_bornc_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
  add_executable(bornc::bornc IMPORTED)
  set_target_properties(bornc::bornc PROPERTIES IMPORTED_LOCATION ${_bornc_prefix}/bin/bornc)
  unset(_bornc_prefix)
endif()

function(born_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "SHARED" "NAME;WEIGHTS"
    "SHAPE;SHAPE_SET;DIM;VALUE;OUTPUTS;OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "born_add_model(${target}): expected keywords with values, found "
      "${ARG_UNPARSED_ARGUMENTS} ${ARG_KEYWORDS_MISSING_VALUES}")
  endif()
  if(NOT ARG_NAME)
    string(MAKE_C_IDENTIFIER ${target} ARG_NAME)
  endif()
  get_filename_component(model ${model} ABSOLUTE)

  set(kind STATIC)
  set(form --static-lib)
  set(extension a)
  if(ARG_SHARED)
    set(kind SHARED)
    set(form --shared)
    set(extension so)
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/born/${target})
  file(MAKE_DIRECTORY ${folder}) # what targets include has to exist
  set(library ${folder}/${target}.${extension})
  set(made ${library} ${folder}/${target}.h)

  set(flags ${form} --name=${ARG_NAME})
  foreach(keyword SHAPE SHAPE_SET DIM VALUE OUTPUTS)
    string(TOLOWER --${keyword} flag)
    string(REPLACE _ - flag ${flag})
    foreach(value IN LISTS ARG_${keyword})
      list(APPEND flags ${flag}=${value})
    endforeach()
  endforeach()
  if(ARG_WEIGHTS)
    list(APPEND flags --weights=${ARG_WEIGHTS})
    if(NOT ARG_WEIGHTS STREQUAL embed)
      list(APPEND made ${library}.weights)
    endif()
  endif()
  if(CMAKE_CXX_COMPILER)
    list(APPEND flags --cxx=${CMAKE_CXX_COMPILER})
  endif()
  if(CMAKE_SYSROOT)
    list(APPEND flags --sysroot=${CMAKE_SYSROOT})
  endif()
  add_custom_command(OUTPUT ${made}
    COMMAND bornc::bornc ${model} ${flags} ${ARG_OPTIONS} -o ${library}
    DEPENDS ${model} bornc::bornc
    COMMENT "Compiling the model ${target}"
    VERBATIM)
  add_custom_target(${target}_model DEPENDS ${made})

  add_library(${target} ${kind} IMPORTED GLOBAL)
  add_dependencies(${target} ${target}_model)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${library}
    INTERFACE_INCLUDE_DIRECTORIES ${folder}
    BORN_WEIGHTS ${library}.weights)
  if(NOT ARG_SHARED)
    set_target_properties(${target} PROPERTIES
      INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};m")
  endif()
endfunction()

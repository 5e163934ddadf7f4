# cmake --install: a prefix that may be moved. bornc finds its parts from its own
# place; of the system it needs a C++ compiler and the libraries it was built with.
include(CMakePackageConfigHelpers)

set_target_properties(bornc PROPERTIES INSTALL_RPATH ${LLVM_LIBRARY_DIR})
install(TARGETS bornc RUNTIME DESTINATION bin)
install(TARGETS born_runtime born_main ARCHIVE DESTINATION lib)
# Sources of the runtime, for the machines that bornc was not built for.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/bornc)
foreach(folder ${PROJECT_SOURCE_DIR}/runtime ${BORN_VULKAN_HEADERS}/vulkan
        ${BORN_VULKAN_HEADERS}/vk_video)
  if(EXISTS ${folder})
    get_filename_component(name ${folder} NAME)
    file(CREATE_LINK ${folder} ${PROJECT_BINARY_DIR}/share/bornc/${name} SYMBOLIC)
    install(DIRECTORY ${folder} DESTINATION share/bornc FILES_MATCHING PATTERN *.cpp PATTERN *.h)
  endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/runtime/born.h DESTINATION include)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION share/doc/bornc)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION share/doc/bornc/docs)

write_basic_package_version_file(${PROJECT_BINARY_DIR}/borncConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/borncConfig.cmake
              ${PROJECT_BINARY_DIR}/borncConfigVersion.cmake
  DESTINATION lib/cmake/bornc)

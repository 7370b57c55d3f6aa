# cpack -G DEB, in the build directory: the Debian packages, one a component.
set(MNM_MAINTAINER "mnm <mnm@localhost>" CACHE STRING "Who answers for the packages: NAME <ADDRESS>")
set(CPACK_PACKAGE_CONTACT ${MNM_MAINTAINER})
set(CPACK_PACKAGE_NAME mnm)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package_layout.cmake)
set(CPACK_COMPONENTS_ALL server tools library client_library development)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

# mnm_package(COMPONENT NAME SECTION SUMMARY): the summary's first line is the short description.
function(mnm_package component name section summary)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION ${summary} PARENT_SCOPE)
endfunction()

mnm_package(server mnm-server net "message relay
 mnmd keeps each message until every recipient has acknowledged it, on a log
 that mnmlog inspects and verifies beside the running relay. With mnmctl
 (administration) and mnmrestore (copies of data directories).")
mnm_package(tools mnm-tools net "client and load tool for the mnm message relay
 mnm registers, posts and receives from the command line; mnmbench measures.")
mnm_package(library libmnm${PROJECT_VERSION_MAJOR} libs "mnm message relay inside a program
 The shared library of which doc/library.md tells.")
mnm_package(client_library libmnm-client${PROJECT_VERSION_MAJOR} libs "client of the mnm message relay, with a C interface
 The shared library alone; it needs no database.")
mnm_package(development libmnm-dev libdevel "mnm message relay as a library (headers)
 Headers, CMake package and pkg-config files of libmnm and libmnm-client.")

# systemd-sysusers makes the user, with or without systemd as the init system; the unit reloads by procps' kill.
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "procps, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS mnm-tools)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libmnm${PROJECT_VERSION_MAJOR} (= ${version}), libmnm-client${PROJECT_VERSION_MAJOR} (= ${version})")
set(control ${CMAKE_SOURCE_DIR}/contrib/debian)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA ${control}/conffiles ${control}/postinst ${control}/prerm ${control}/postrm)
foreach(library library client_library)
  string(TOUPPER ${library} library)
  set(CPACK_DEBIAN_${library}_PACKAGE_CONTROL_EXTRA ${control}/triggers)
endforeach()
include(CPack)

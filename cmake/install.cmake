# What `cmake --install` puts where, in components; those of the libraries are in src/lib. cmake/package.cmake makes a
# Debian package of each.
include(GNUInstallDirs)

install(TARGETS mnmd mnmctl mnmlog mnmrestore RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
install(TARGETS mnm mnmbench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
install(FILES contrib/systemd/mnmd.service DESTINATION lib/systemd/system COMPONENT server)
install(FILES contrib/sysusers/mnm.conf DESTINATION lib/sysusers.d COMPONENT server)
install(FILES contrib/mnmd.toml DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/mnm COMPONENT server)
file(GLOB documents ${CMAKE_SOURCE_DIR}/doc/*.md)
install(FILES README.md ${documents} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mnm-server COMPONENT server)
install(DIRECTORY contrib/grafana contrib/nginx contrib/prometheus
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/mnm-server/examples COMPONENT server)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libmnm-dev COMPONENT development)

# Manual pages (NAME.SECTION in the folder man beside the documents) and completions (contrib/completion/bash/NAME, contrib/completion/zsh/_NAME) go with
# their programs: whatever lies there is installed.
foreach(kind "doc/man/*.[158]" "contrib/completion/bash/*" "contrib/completion/zsh/_*")
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${kind})
  foreach(file ${found})
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE "^_|[-.].*" "" program ${name})  # mnm-post.1 is mnm's
    set(component server)
    if(program MATCHES "^(mnm|mnmbench)$")
      set(component tools)
    endif()
    if(kind MATCHES "man")
      string(REGEX REPLACE ".*\\." "" section ${name})
      set(place ${CMAKE_INSTALL_MANDIR}/man${section})
    elseif(kind MATCHES "bash")
      set(place ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    else()
      set(place ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
    endif()
    install(FILES ${file} DESTINATION ${place} COMPONENT ${component})
  endforeach()
endforeach()

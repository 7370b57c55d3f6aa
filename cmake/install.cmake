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

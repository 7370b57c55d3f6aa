# Run by cpack on what was installed for the packages: below the prefix /usr, but configuration belongs to /etc.
file(GLOB configurations ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/etc)
foreach(configuration ${configurations})
  string(REGEX REPLACE "/usr/etc$" "/etc" place ${configuration})
  file(RENAME ${configuration} ${place})
endforeach()

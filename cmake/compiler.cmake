# Warnings are errors; CHECKs stay on in release; release is hardened; ccache where it is installed.
find_program(MNM_CCACHE ccache)
if(MNM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MNM_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_ALL_NO_LIB)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong
                      -fstack-clash-protection -fcf-protection)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
if(MNM_SANITIZE)
  add_compile_options(-fsanitize=${MNM_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MNM_SANITIZE})
  if(MNM_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences: g++ warns that TSan doesn't model them
  endif()
endif()
if(MNM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(MNM_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

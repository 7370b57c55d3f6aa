# Warnings are errors; CHECKs stay on in release; release is hardened (tests/hardening_test.sh reads that back from the
# programs); ccache where it is installed.
#
# No precompiled headers, on purpose. Measured with g++ 12 at -O2, CPU time: one with all of Asio and OpenSSL saves 3 s of
# each translation unit that speaks Asio (there are few) and costs 10 s and a file of 190 MB for each target; one with
# GoogleTest saves 1.5 s a test file and costs 7 s and 110 MB for each program. ccache gives more, and they hide missing
# includes.
include(CheckCXXCompilerFlag)

find_program(MNM_CCACHE ccache)
if(MNM_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${MNM_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MNM_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion "$<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>"
                    "$<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>" -Wimplicit-fallthrough -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Werror)  # g++ is the judge; clang, in the fuzz preset, may say more
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  foreach(flag -fstack-clash-protection -fcf-protection)  # not on every processor
    string(MAKE_C_IDENTIFIER "MNM_HAS${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      add_compile_options(${flag})
    endif()
  endforeach()
  add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>" -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
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

# Everything comes from Debian 12; tools/setup installs it. Boost is 1.81 (Debian's default 1.74 must not be mixed in).
set(Boost_NO_WARN_NEW_VERSIONS ON)  # CMake 3.25 knows the inner dependencies of 1.80 and no later; json has none

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(RocksDB REQUIRED CONFIG)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)  # /metrics in text
pkg_check_modules(GLOG REQUIRED IMPORTED_TARGET libglog)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
# OpenID Connect tokens: their signatures, and the keys of those who made them.
pkg_check_modules(CJOSE REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-i18n icu-uc)  # which names look alike
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
if(NOT MNM_SANITIZE)  # the sanitizers bring their own
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
  set(MNM_ALLOCATOR PkgConfig::JEMALLOC)  # the relay's malloc: src/mnmd.cc, doc/performance.md
endif()
if(NOT MNM_FUZZ)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()

# Boost.Asio with the settings that all who use it must share: its code is compiled once, in src/net.
add_library(mnm_asio INTERFACE)
target_link_libraries(mnm_asio INTERFACE Boost::headers OpenSSL::SSL Threads::Threads)
target_compile_definitions(mnm_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_ALL_NO_LIB)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes the frames of Asio's coroutines, which have an operator delete of their own, for mismatched.
  target_compile_options(mnm_asio INTERFACE -Wno-mismatched-new-delete)
endif()

set(MNM_BASE_PACKAGES fmt::fmt PkgConfig::GLOG OpenSSL::Crypto PkgConfig::SODIUM tl::expected Boost::headers Threads::Threads)
set(MNM_OPS_PACKAGES PkgConfig::UTF8PROC PkgConfig::ICU)
set(MNM_NET_PACKAGES mnm_asio Boost::json)
set(MNM_DAEMON_PACKAGES PkgConfig::CJOSE PkgConfig::CURL PkgConfig::PROMETHEUS PkgConfig::SECCOMP)
set(MNM_TOOL_PACKAGES CLI11::CLI11 tomlplusplus::tomlplusplus)

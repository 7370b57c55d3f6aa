// Boost.Asio's own code, compiled once for all who use it (see cmake/packages.cmake).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>

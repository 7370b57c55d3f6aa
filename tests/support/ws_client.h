// A WebSocket client for tests: Boost.Beast's, so not our own framing, with a limit to each wait.
//
// One thread. What doesn't come in time is the exception WsTrouble.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/server_address.h"

namespace mnm::testing {

namespace ws = boost::beast::websocket;

struct WsTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class WsClient {
 public:
  static constexpr std::chrono::seconds kPatience{30};
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Response = boost::beast::websocket::response_type;

  // `address`: http://HOST:PORT, as mnmd prints it.
  explicit WsClient(const std::string& address, const std::string& origin = {},
                    int receive_buffer = 0)
      : stream_(io_) {
    const auto where = net::parse_listen_address(address);
    const Endpoint to(boost::asio::ip::make_address(where->host), where->port);
    auto& socket = stream_.next_layer();
    socket.open(to.protocol());
    if (receive_buffer != 0) {
      socket.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer));
    }
    socket.connect(to);
    socket.set_option(boost::asio::ip::tcp::no_delay(true));
    stream_.binary(true);
    stream_.auto_fragment(false);
    stream_.read_message_max(0);
    if (!origin.empty()) {
      stream_.set_option(ws::stream_base::decorator([origin](ws::request_type& request) {
        request.set(boost::beast::http::field::origin, origin);
      }));
    }
    stream_.control_callback([this](ws::frame_type kind, boost::beast::string_view) {
      pings_ += kind == ws::frame_type::ping ? 1 : 0;
    });
    const auto error = wait([&](auto done) {
      stream_.async_handshake(response_, address.substr(address.find("://") + 3), "/mmtp", done);
    });
    if (error) throw WsTrouble("no WebSocket: " + error.message());
  }

  // One message. False once the relay is gone.
  bool send(std::string_view octets) {
    return !wait([&](auto done) {
      stream_.async_write(boost::asio::buffer(octets.data(), octets.size()), adapt(done));
    });
  }
  // The next message; none once the relay has closed.
  std::optional<std::string> receive() {
    boost::beast::flat_buffer buffer;
    const auto error = wait([&](auto done) { stream_.async_read(buffer, adapt(done)); });
    if (error) {
      reason_ = stream_.reason().code;
      return std::nullopt;
    }
    return boost::beast::buffers_to_string(buffer.data());
  }
  // Closes in good order.
  void close() {
    (void)wait([&](auto done) { stream_.async_close(ws::close_code::normal, done); });
  }
  void ping() {
    (void)wait([&](auto done) { stream_.async_ping({}, done); });
  }
  // With what code the relay closed.
  [[nodiscard]] unsigned reason() const { return reason_; }
  [[nodiscard]] int pings() const { return pings_; }
  [[nodiscard]] const Response& response() const { return response_; }

 private:
  template <class Begin>
  boost::system::error_code wait(Begin begin) {
    std::optional<boost::system::error_code> result;
    begin([&result](boost::system::error_code error) { result = error; });
    io_.restart();
    io_.run_for(kPatience);
    if (!result) throw WsTrouble("nothing came in time");
    return *result;
  }
  template <class Done>
  static auto adapt(Done done) {
    return [done](boost::system::error_code error, std::size_t) { done(error); };
  }

  boost::asio::io_context io_;
  ws::stream<boost::asio::ip::tcp::socket> stream_;
  Response response_;
  unsigned reason_ = 0;
  int pings_ = 0;
};

}  // namespace mnm::testing

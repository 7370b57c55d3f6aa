// Accepts links on one listening socket, and says no where there are too many.
//
// Lives on one event loop, which alone calls it; the links may go to others.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>

#include "net/server_address.h"
#include "net/server_admission.h"

namespace mnm::net {

class Listener {
 public:
  // A link, and who is on it.
  using Take = std::function<void(Fd fd, const Peer& peer, Admission::Ticket ticket)>;

  Listener(boost::asio::io_context& io, Listening listening, Admission& admission, Take take);

  void start();
  // Nothing is taken any more; a Unix socket's file is removed.
  void stop();
  [[nodiscard]] const ListenAddress& address() const { return address_; }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  void wait();
  void accept_some();
  // Out of descriptors: turns one link away, so that it isn't left hanging, and pauses.
  void back_off(int error_number);

  const ListenAddress address_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> descriptor_;
  Timer pause_;
  Admission& admission_;
  const Take take_;
  Fd spare_;
};

}  // namespace mnm::net

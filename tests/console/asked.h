// A request as it comes, for tests of what is made of it. One thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/http_request.h"

namespace mnm::console {

// `fields`: lines that end in CRLF, besides Host, which is in `host`.
inline std::unique_ptr<net::HttpRequest> asked(const std::string& target,
                                               const std::string& fields = {},
                                               const std::string& host = "127.0.0.1:7080") {
  auto request = std::make_unique<net::HttpRequest>(0);
  const std::string text =
      "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
  std::string_view in = text;
  const int status = request->feed(in, [](std::string_view) {});
  EXPECT_EQ(status, 0) << text;
  EXPECT_TRUE(request->header_done());
  return request;
}

}  // namespace mnm::console

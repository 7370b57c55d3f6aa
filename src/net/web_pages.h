// Files that the build put into a program, as pages: which headers they have.
//
// Called by main's thread before a server starts; the pages are called on the server's threads.
#pragma once

#include <span>
#include <string_view>

#include "net/http_reply.h"

namespace mnm::net {

struct WebFile {
  std::string_view path;  // of the URL; without an ending, as "/", it is HTML
  std::string_view octets;
};

// `files` outlive the pages. A file of an unknown kind is a CHECK: the build put it there.
void add_web_pages(std::span<const WebFile> files, HttpPages& pages);

}  // namespace mnm::net

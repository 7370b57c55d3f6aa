// The browser client as pages: which headers its files have.
//
// Called by main's thread before the server starts; the pages are called on net threads.
#pragma once

#include <span>

#include "daemon/web_files.h"
#include "net/http_reply.h"

namespace mnm::daemon {

// `files` outlive the pages. A file of an unknown kind is a CHECK: the build put it there.
void add_web_pages(std::span<const WebFile> files, net::HttpPages& pages);

}  // namespace mnm::daemon

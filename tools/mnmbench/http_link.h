// The protocol over HTTP as one stream each way, for loads: what is written goes out as POSTs, one
// at a time, each with all that has come together since the last one was answered; their answers
// and what the receiver brings are one stream of whole frames.
//
// One thread.
#pragma once

#include "base/error.h"
#include "mnmbench/link.h"

namespace mnm::bench {

// Another connection to the relay, which blocks.
using Connect = std::function<Result<Socket>()>;

// `socket` is one, too. The socket that comes back is to be waited for, and never blocks.
[[nodiscard]] Result<Socket> over_http(Socket socket, Connect connect, const std::string& host);

}  // namespace mnm::bench

// The client's side of a WebSocket, for loads: the relay's own framing is the server's.
//
// One thread.
#pragma once

#include "base/error.h"
#include "mnmbench/link.h"

namespace mnm::bench {

// Asks for /mmtp over a connected socket that still blocks, and waits for the answer. kUnavailable
// when there is no WebSocket.
[[nodiscard]] Result<Socket> upgrade_to_websocket(Socket socket, const std::string& host);

}  // namespace mnm::bench

// A received message for people, as a line or some, and for programs, as a line of JSON.
//
// One thread; no state.
#pragma once

#include <string>

#include "common/json.h"
#include "common/program.h"
#include "mnm/body_sink.h"
#include "net/client_codec.h"

namespace mnm::client {

// Whether people can be shown all of it: text, and not too long. Escaping hides nothing.
[[nodiscard]] bool is_showable(const BodySink& body);

// Strangers' words are escaped.
[[nodiscard]] std::string human_message(const net::Reply& message, const BodySink& body,
                                        bool colour);
// Appends to the output in pieces: a large body is base64 from its file.
[[nodiscard]] Result<> write_json_message(tools::Output& out, const net::Reply& message,
                                          const BodySink& body);
// Who came and went.
[[nodiscard]] std::string presence_line(const std::string& uid, bool there, bool json);

}  // namespace mnm::client

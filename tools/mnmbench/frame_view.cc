#include "mnmbench/frame_view.h"

#include "net/json_reader.h"

namespace mnm::bench {
namespace {

bool read_targets(net::JsonReader& reader, std::vector<std::string_view>& targets) {
  if (!reader.begin_array()) return false;
  while (reader.next_element()) {
    if (!reader.begin_object()) return false;
    std::string_view key;
    while (reader.next_member(key)) {
      if (!(key == "id" ? reader.string(targets.emplace_back()) : reader.skip())) return false;
    }
  }
  return reader.ok();
}

bool read_problem(net::JsonReader& reader, std::string& out) {
  std::string_view text;
  if (!reader.string(text)) return false;
  out = text;
  return true;
}

bool read_member(net::JsonReader& reader, std::string_view key, FrameView& frame) {
  if (key == "op") {
    return reader.at_string() ? reader.string(frame.op) : reader.integer(frame.op_number);
  }
  if (key == "id") return reader.string(frame.id);
  if (key == "dataLen" || key == "datalen") return reader.integer(frame.data_bytes);
  if (key == "from") return reader.string(frame.from);
  if (key == "uid") return reader.string(frame.uid);
  if (key == "nodeid") return reader.string(frame.node);
  if (key == "gid") return reader.string(frame.gid);
  if (key == "error" || key == "info") return read_problem(reader, frame.problem);
  if (key == "for") return read_targets(reader, frame.targets);
  return reader.skip();
}

}  // namespace

bool read_frame(std::string_view header, FrameView& frame) {
  frame.op = frame.id = frame.from = frame.uid = frame.node = frame.gid = {};
  frame.op_number = frame.data_bytes = 0;
  frame.problem.clear();
  frame.targets.clear();
  net::JsonReader reader(header);
  std::string_view key;
  if (!reader.begin_object()) return false;
  while (reader.next_member(key)) {
    if (!read_member(reader, key, frame)) return false;
  }
  return reader.finish();
}

}  // namespace mnm::bench

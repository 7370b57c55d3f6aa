#include "net/web_pages.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace mnm::net {
namespace {

using Kind = std::pair<std::string_view, std::string_view>;
constexpr std::array<Kind, 3> kKinds = {{{".css", "text/css; charset=utf-8"},
                                         {".js", "text/javascript; charset=utf-8"},
                                         {".svg", "image/svg+xml"}}};

std::string type_of(std::string_view path) {
  if (path.find('.') == std::string_view::npos) return "text/html; charset=utf-8";
  const auto* const kind =
      std::ranges::find_if(kKinds, [path](const Kind& each) { return path.ends_with(each.first); });
  CHECK(kind != kKinds.end()) << "a web file of an unknown kind: " << path;
  return std::string(kind->second);
}

// Scripts, styles and links are our own or none: what a stranger writes can't become any, even if
// the client put it into the page by mistake (which Trusted Types refuse as well). Pictures that
// were received are blobs.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

HttpFields fields_of(std::string_view octets) {
  return {{"Content-Security-Policy", std::string(kPolicy)},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},  // for browsers that don't know frame-ancestors
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          // Kept, but asked about each time: modules of two versions must not meet.
          {"Cache-Control", "no-cache"},
          // Half of the digest is plenty.
          {"ETag", fmt::format("\"{}\"", hex_encode(as_bytes(sha256(octets))).substr(0, 32))}};
}

}  // namespace

void add_web_pages(std::span<const WebFile> files, HttpPages& pages) {
  for (const WebFile& file : files) {
    pages.exact[std::string(file.path)] = [octets = file.octets, type = type_of(file.path),
                                           fields = fields_of(file.octets)](
                                              std::string_view, const HttpRespond& respond) {
      respond({.status = 200, .type = type, .body = std::string(octets), .fields = fields});
    };
  }
}

}  // namespace mnm::net

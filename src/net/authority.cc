#include "net/authority.h"

#include "net/json_text.h"

namespace mnm::net {
namespace {

void put_text(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void put_list(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
  out.append(",\"").append(key).append("\":[");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out += ',';
    put_text(out, texts[i]);
  }
  out += ']';
}

}  // namespace

std::string encode_services(const std::vector<SignInService>& services) {
  std::string out = "[";
  for (const SignInService& service : services) {
    if (out.size() > 1) out += ',';
    out += "{\"label\":";
    put_text(out, service.label);
    put_list(out, "login", service.login);
    put_list(out, "token", service.token);
    out += '}';
  }
  return out += ']';
}

}  // namespace mnm::net

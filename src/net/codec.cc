#include "net/codec.h"

#include "base/crypto.h"
#include "net/json_writer.h"
#include "net/mmtp.h"
#include "net/tmtp.h"

namespace mnm::net {
namespace {

// Third parties vouch for newcomers, at registration only.
constexpr std::uint64_t kAuthAtRegistration = 1;

std::string encode_site(std::string_view op, std::string_view name, std::string_view services) {
  HeaderWriter out;
  if (!services.empty()) {
    out.number("auth", kAuthAtRegistration);
    out.json("authby", services);
  }
  out.text("id", "1");
  out.text_cut("name", name, kOwnFieldsBytesMax);
  out.text("op", op);
  return out.finish();
}

std::size_t form_of(ops::Dialect dialect) { return static_cast<std::size_t>(dialect); }

class Mmtp : public Codec {
 public:
  Decoded decode(std::string_view header) const override { return decode_mmtp(header); }
  std::string encode(const ops::Effect& effect) const override { return encode_mmtp(effect); }
  const std::string& encode_delivery(const ops::Message& message) const override {
    return message.form(form_of(dialect()), [](const ops::Message& m) { return encode_mmtp(m); });
  }
  std::string encode_version(std::string_view name, std::string_view services) const override {
    return encode_site("mmtprev", name, services);
  }
  std::string encode_fatal(const Fatal& fatal) const override {
    return encode_mmtp(ops::Dismissed{std::string(fatal.text)});
  }
  ops::Dialect dialect() const override { return ops::Dialect::kMmtp; }
};

class Tmtp : public Codec {
 public:
  Decoded decode(std::string_view header) const override { return decode_tmtp(header); }
  std::string encode(const ops::Effect& effect) const override { return encode_tmtp(effect); }
  const std::string& encode_delivery(const ops::Message& message) const override {
    return message.form(form_of(dialect()), [](const ops::Message& m) { return encode_tmtp(m); });
  }
  std::string encode_version(std::string_view name, std::string_view services) const override {
    return encode_site("tmtprev", name, services);
  }
  std::string encode_fatal(const Fatal& fatal) const override {
    return encode_tmtp(ops::Dismissed{std::string(fatal.text)});
  }
  ops::Dialect dialect() const override { return ops::Dialect::kTmtp; }
};

// Whether it is a request that the dialect knows, be it one that the relay will refuse.
bool well_formed(const Decoded& decoded) { return decoded || decoded.error().op != event::OP_NONE; }

}  // namespace

const Codec& mmtp_codec() {
  static const Mmtp codec;
  return codec;
}

const Codec& tmtp_codec() {
  static const Tmtp codec;
  return codec;
}

const Codec* codec_for_first(std::string_view header) {
  Decoded as_tmtp = decode_tmtp(header);
  if (as_tmtp && std::holds_alternative<VersionRequest>(as_tmtp->what)) return &tmtp_codec();
  Decoded as_mmtp = decode_mmtp(header);
  // Whatever the header holds is read again by the codec that is chosen.
  for (Decoded* decoded : {&as_tmtp, &as_mmtp}) {
    if (*decoded) wipe((*decoded)->secret);
  }
  return well_formed(as_mmtp) ? &mmtp_codec() : nullptr;
}

}  // namespace mnm::net

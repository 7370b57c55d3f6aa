#include "daemon/token.h"

#include <cjose/base64.h>
#include <cjose/util.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "base/canary.h"
#include "base/crypto.h"
#include "daemon/json_handle.h"

namespace mnm::daemon {
namespace {

// Parts of the compact form: HEADER.CLAIMS.SIGNATURE, each base64url.
struct Parts {
  std::string_view header;
  std::string_view claims;
};

bool is_base64url(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !text.empty() && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1)};
  if (!is_base64url(parts.header) || !is_base64url(parts.claims) ||
      !is_base64url(token.substr(second + 1))) {
    return std::nullopt;
  }
  return parts;
}

// Null when it isn't base64url of one JSON object.
JsonHandle decode(std::string_view part) {
  cjose_err error{};
  std::uint8_t* octets = nullptr;
  std::size_t size = 0;
  if (!cjose_base64url_decode(part.data(), part.size(), &octets, &size, &error)) return nullptr;
  JsonHandle json = parse_object({reinterpret_cast<const char*>(octets), size});
  cjose_get_dealloc()(octets);
  return json;
}

// "aud" is ours, alone or in a list; of a list, "azp" must say that it is for us.
bool is_for(const json_t* claims, std::string_view audience) {
  const json_t* aud = json_object_get(claims, "aud");
  bool named = text_of(claims, "aud") == audience;
  const std::size_t count = json_array_size(aud);  // 0 of what is no list
  for (std::size_t i = 0; i < count; ++i) {
    const json_t* one = json_array_get(aud, i);
    if (!json_is_string(one)) return false;
    named = named || std::string_view(json_string_value(one), json_string_length(one)) == audience;
  }
  const bool has_party = json_object_get(claims, "azp") != nullptr;
  if (!has_party) return named && count <= 1;
  return named && text_of(claims, "azp") == audience;
}

// Whole or broken seconds; a leeway can't overflow a double.
TokenFault judge_times(const json_t* claims, std::int64_t now_s) {
  const json_t* expires = json_object_get(claims, "exp");
  if (!json_is_number(expires)) return TokenFault::kMalformed;
  const auto now = static_cast<double>(now_s);
  constexpr auto kLeeway = static_cast<double>(kClockLeeway_s);
  if (!(now < json_number_value(expires) + kLeeway)) return TokenFault::kExpired;
  for (const char* name : {"nbf", "iat"}) {
    const json_t* from = json_object_get(claims, name);
    if (from == nullptr) continue;
    if (!json_is_number(from)) return TokenFault::kMalformed;
    if (!(json_number_value(from) <= now + kLeeway)) return TokenFault::kNotYetValid;
  }
  return TokenFault::kNone;
}

// What the header asks for, if that is allowed.
struct Asked {
  TokenFault fault = TokenFault::kNone;
  Algorithm algorithm{};
  std::string_view kid;
};

Asked judge_header(const json_t* header) {
  const auto algorithm = algorithm_of(text_of(header, "alg"));
  if (!algorithm) return {TokenFault::kAlgorithm, {}, {}};
  // What is critical we would have to understand (RFC 7515, 4.1.11), and we understand nothing
  // more.
  if (json_object_get(header, "crit") != nullptr) return {TokenFault::kMalformed, {}, {}};
  // Tokens for other uses say so: at+jwt, logout+jwt.
  const json_t* type = json_object_get(header, "typ");
  const std::string_view name = text_of(header, "typ");
  if (type != nullptr && name != "JWT" && name != "jwt") return {TokenFault::kMalformed, {}, {}};
  const json_t* kid = json_object_get(header, "kid");
  if (kid != nullptr && text_of(header, "kid").empty()) return {TokenFault::kMalformed, {}, {}};
  return {TokenFault::kNone, *algorithm, text_of(header, "kid")};
}

TokenFault judge_signature(std::string_view token, const Asked& asked, const Issuer& issuer) {
  if (issuer.keys == nullptr) return TokenFault::kNoKeys;
  switch (issuer.keys->verify(token, asked.algorithm, asked.kid)) {
    case KeySet::Verdict::kSigned:
      return TokenFault::kNone;
    case KeySet::Verdict::kBadSignature:
      return MNM_CANARY("signature-not-checked") ? TokenFault::kNone : TokenFault::kSignature;
    case KeySet::Verdict::kNoKey:
      break;
  }
  return TokenFault::kUnknownKey;
}

}  // namespace

std::string_view words_for(TokenFault fault) {
  switch (fault) {
    case TokenFault::kNone:
      return {};
    case TokenFault::kTooLong:
      return "the token is longer than 16 KiB";
    case TokenFault::kMalformed:
      return "the token is malformed";
    case TokenFault::kAlgorithm:
      return "the token is not signed by RS256, PS256 or ES256";
    case TokenFault::kIssuer:
      return "the token's issuer is unknown here";
    case TokenFault::kAudience:
      return "the token is for another audience";
    case TokenFault::kNoKeys:
      return "the issuer's keys are not known yet";
    case TokenFault::kUnknownKey:
      return "the token's key is unknown";
    case TokenFault::kSignature:
      return "the token's signature doesn't hold";
    case TokenFault::kExpired:
      return "the token has expired";
    case TokenFault::kNotYetValid:
      return "the token is not valid yet";
    case TokenFault::kSubject:
      return "the token names nobody";
  }
  return {};
}

TokenVerdict judge_token(std::string_view token, std::span<const Issuer> issuers,
                         std::int64_t now_s) {
  if (token.size() > kTokenBytesMax) return {TokenFault::kTooLong, 0, {}};
  const auto parts = split(token);
  if (!parts) return {TokenFault::kMalformed, 0, {}};
  const JsonHandle header = decode(parts->header);
  const JsonHandle claims = decode(parts->claims);
  if (header == nullptr || claims == nullptr) return {TokenFault::kMalformed, 0, {}};
  const Asked asked = judge_header(header.get());
  if (asked.fault != TokenFault::kNone) return {asked.fault, 0, {}};

  const std::string_view name = text_of(claims.get(), "iss");
  std::size_t index = 0;
  while (index < issuers.size() && issuers[index].name != name) ++index;
  if (index == issuers.size()) return {TokenFault::kIssuer, 0, {}};
  const Issuer& issuer = issuers[index];
  // The signature first: nothing else in it means anything before.
  TokenFault fault = judge_signature(token, asked, issuer);
  if (fault == TokenFault::kNone && !is_for(claims.get(), issuer.audience) &&
      !MNM_CANARY("audience-not-checked")) {
    fault = TokenFault::kAudience;
  }
  if (fault == TokenFault::kNone) fault = judge_times(claims.get(), now_s);
  const std::string_view subject = text_of(claims.get(), "sub");
  if (fault == TokenFault::kNone && (subject.empty() || subject.size() > kSubjectBytesMax)) {
    fault = TokenFault::kSubject;
  }
  return {fault, index, fault == TokenFault::kNone ? std::string(subject) : std::string()};
}

}  // namespace mnm::daemon

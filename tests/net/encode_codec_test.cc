// Answers and messages out: every kind in both dialects, octet for octet.
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "net/authority.h"
#include "net/codec.h"
#include "net/frame.h"

namespace mnm::net {
namespace {

using namespace std::string_literals;

const std::string kUid = "C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG";
constexpr Lsn kId(0x18ea984f5397c99f);
constexpr std::uint64_t kPosted = 1795417135497'000'000;  // 2026-11-23T06:58:55.497Z
const std::string kTime = "2026-11-23T06:58:55.497Z";

std::string tmtp(const ops::Effect& effect) { return tmtp_codec().encode(effect); }
std::string mmtp(const ops::Effect& effect) { return mmtp_codec().encode(effect); }

ops::Acknowledged ack(std::string id, std::string error = "", Lsn message = {}) {
  return {event::POST, std::move(id), std::move(error), message, message ? kPosted : 0, 0};
}

TEST(Encode, Registered) {
  const ops::Registered ok{"U", "S", NodeOrdinal(1), ""};
  EXPECT_EQ(tmtp(ok), frame(R"({"nodeid":"S","op":"registered","uid":"U"})") +
                          frame(R"({"info":"login ok","op":"info"})"));
  EXPECT_EQ(mmtp(ok), frame(R"({"nodeid":"S","nodenum":1,"op":"registered","uid":"U"})") +
                          frame(R"({"info":"login ok","op":"info"})"));
  const ops::Registered taken{"U", "S", NodeOrdinal(1), "AddAlias: alias <A> already taken"};
  EXPECT_EQ(tmtp(taken), frame(R"({"error":"AddAlias: alias \u003cA\u003e already taken",)"
                               R"("nodeid":"S","op":"registered","uid":"U"})") +
                             frame(R"({"info":"login ok","op":"info"})"));
  EXPECT_EQ(mmtp(taken), frame(R"({"error":"AddAlias: alias \u003cA\u003e already taken",)"
                               R"("nodeid":"S","nodenum":1,"op":"registered","uid":"U"})") +
                             frame(R"({"info":"login ok","op":"info"})"));
}

TEST(Encode, LoggedIn) {
  for (const Codec* codec : {&tmtp_codec(), &mmtp_codec()}) {
    EXPECT_EQ(codec->encode(ops::LoggedIn{}), "001f"s + R"({"info":"login ok","op":"info"})");
    EXPECT_EQ(codec->encode(ops::LoggedIn{{"U", "V"}}),
              frame(R"({"info":"login ok","ohi":["U","V"],"op":"info"})"));
  }
}

TEST(Encode, LoggedInWithMoreOnlineThanAHeaderHolds) {
  const std::vector<std::string> online(5000, kUid);
  const std::string frames = tmtp(ops::LoggedIn{online});
  std::string_view in = frames;
  HeaderReader reader;
  std::size_t named = 0;
  for (std::size_t i = 0; reader.feed(in) == HeaderReader::State::kReady; ++i) {
    const std::string header(reader.header());
    EXPECT_EQ(header.substr(0, 8), i == 0 ? R"({"info":)" : R"({"from":)");
    for (std::size_t at = 0; (at = header.find(kUid, at)) != std::string::npos; ++at) ++named;
    reader.next();
  }
  EXPECT_EQ(named, online.size());
}

TEST(Encode, Acknowledged) {
  EXPECT_EQ(tmtp(ack("1")), frame(R"({"id":"1","op":"ack"})"));
  EXPECT_EQ(mmtp(ack("1")), frame(R"({"id":"1","ok":"ok","op":"ack"})"));
  EXPECT_EQ(tmtp(ack("1", "", kId)),
            frame(R"({"id":"1","msgid":"18ea984f5397c99f","op":"ack","posted":")" + kTime + "\"}"));
  EXPECT_EQ(mmtp(ack("1", "", kId)),
            frame(R"({"id":"1","msgid":"18ea984f5397c99f","ok":"ok","op":"ack","posted":")" +
                  kTime + "\"}"));
  EXPECT_EQ(tmtp(ack("1", "no")), frame(R"({"error":"no","id":"1","op":"ack"})"));
  EXPECT_EQ(mmtp(ack("1", "no")), frame(R"({"error":"no","id":"1","ok":"error","op":"ack"})"));
}

TEST(Encode, AcknowledgedRepeatsTheIdExactly) {
  EXPECT_EQ(tmtp(ack("a\0b +%_\"\x01<é"s)),
            frame(R"({"id":"a\u0000b +%_\"\u0001\u003cé","op":"ack"})"));
}

TEST(Encode, ARefusalThatMayPass) {
  ops::Acknowledged refusal = ack("1", "disk low");
  refusal.retry_after_s = 15;
  EXPECT_EQ(tmtp(refusal), "");
  EXPECT_EQ(mmtp(refusal),
            frame(R"({"error":"disk low","id":"1","ok":"error","op":"ack","retry":15})"));
}

TEST(Encode, AcknowledgedCutsALongErrorNeverTheId) {
  for (const std::size_t id_size : {std::size_t{1}, std::size_t{60000}}) {
    const std::string id(id_size, 'i');
    const std::string error = "OpenNodes: iUid " + std::string(65000, '<') + " not found";
    for (const Codec* codec : {&tmtp_codec(), &mmtp_codec()}) {
      const std::string out = codec->encode(ack(id, error));
      EXPECT_LE(out.size(), 4 + kHeaderBytesMax);
      EXPECT_GE(out.size(), 4 + kHeaderBytesMax - 1100);
      EXPECT_NE(out.find("\"id\":\"" + id + "\""), std::string::npos);
      EXPECT_NE(out.find(R"({"error":"OpenNodes: iUid \u003c)"), std::string::npos);
    }
  }
}

TEST(Encode, Updated) {
  EXPECT_EQ(mmtp(ops::Updated{"", Lsn(), NodeOrdinal(), ""}),
            frame(R"({"ok":"ok","op":"updated"})"));
  EXPECT_EQ(mmtp(ops::Updated{"S", Lsn(), NodeOrdinal(2), ""}),
            frame(R"({"nodeid":"S","nodenum":2,"ok":"ok","op":"updated"})"));
  EXPECT_EQ(mmtp(ops::Updated{"", Lsn(), NodeOrdinal(), "no"}),
            frame(R"({"error":"no","ok":"error","op":"updated"})"));
  EXPECT_EQ(mmtp(ops::Updated{"", Lsn(), NodeOrdinal(), "later", 15}),
            frame(R"({"error":"later","ok":"error","op":"updated","retry":15})"));
  EXPECT_EQ(tmtp(ops::Updated{"S", Lsn(), NodeOrdinal(2), ""}), "");
}

TEST(Encode, DismissedAndFatal) {
  EXPECT_EQ(tmtp(ops::Dismissed{"logout ok"}), frame(R"({"error":"logout ok","op":"quit"})"));
  EXPECT_EQ(mmtp(ops::Dismissed{"logout ok"}), frame(R"({"info":"logout ok","op":"quit"})"));
  EXPECT_EQ(tmtp(ops::Dismissed{""}), "");
  EXPECT_EQ(mmtp(ops::Dismissed{""}), "");
  EXPECT_EQ(tmtp_codec().encode_fatal({"invalid header"}),
            frame(R"({"error":"invalid header","op":"quit"})"));
  EXPECT_EQ(mmtp_codec().encode_fatal({"invalid header"}),
            frame(R"({"info":"invalid header","op":"quit"})"));
}

TEST(Encode, OhiAndVersion) {
  for (const Codec* codec : {&tmtp_codec(), &mmtp_codec()}) {
    EXPECT_EQ(codec->encode(ops::Ohi{"U", 2}), frame(R"({"from":"U","op":"ohi","status":2})"));
    EXPECT_EQ(codec->encode(ops::Delivery{}), "");
  }
  EXPECT_EQ(tmtp_codec().encode_version("Site & Co", ""),
            frame(R"({"id":"1","name":"Site \u0026 Co","op":"tmtprev"})"));
  EXPECT_EQ(mmtp_codec().encode_version("Site", ""),
            frame(R"({"id":"1","name":"Site","op":"mmtprev"})"));
}

TEST(Encode, VersionTellsWhereATokenCanBeHad) {
  const std::string services = encode_services({
      {"A & B",
       {"https://a.example/authorize", "scope=openid&client_id=x"},
       {"https://a.example/t"}},
      {"C", {}, {}},
  });
  const std::string fields =
      R"("auth":1,"authby":[{"label":"A \u0026 B","login":["https://a.example/authorize",)"
      R"("scope=openid\u0026client_id=x"],"token":["https://a.example/t"]},)"
      R"({"label":"C","login":[],"token":[]}],"id":"1","name":"Site","op":)";
  EXPECT_EQ(tmtp_codec().encode_version("Site", services), frame("{" + fields + R"("tmtprev"})"));
  EXPECT_EQ(mmtp_codec().encode_version("Site", services), frame("{" + fields + R"("mmtprev"})"));
}

message::Header header(message::Kind kind) {
  message::Header header;
  header.set_kind(kind);
  header.set_from_uid(kUid);
  header.set_posted_ns(kPosted);
  return header;
}

struct Both {
  std::string tmtp, mmtp;
};

Both encoded(const message::Header& header) {
  const ops::Message message(kId, header, nullptr);
  return {tmtp_codec().encode_delivery(message), mmtp_codec().encode_delivery(message)};
}

// The TMTP frame of a header given without headsum, whose place is the '|'.
std::string summed(std::string text) {
  const std::size_t place = text.find('|');
  text.erase(place, 1);
  const std::string sum = std::to_string(crc32c(frame(text)));
  return frame(text.insert(place, "\"headsum\":" + sum + ","));
}

const std::string kFrom = R"("from":")" + kUid + R"(",)";
const std::string kIdField = R"("id":"18ea984f5397c99f",)";
const std::string kPostedField = R"("posted":")" + kTime + "\"";

TEST(EncodeMessage, HeadsumIsTheOneOfTheProtocol) {
  auto ping = header(message::PING);
  ping.set_alias("u-xaggype38389pg");
  ping.set_to("u-pv97cz47ks7479");
  ping.set_data_bytes(2);
  EXPECT_EQ(
      encoded(ping).tmtp,
      frame(R"({"alias":"u-xaggype38389pg","datalen":2,"from":"C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG",)"
            R"("headsum":893652081,"id":"18ea984f5397c99f","op":"ping",)"
            R"("posted":"2026-11-23T06:58:55.497Z",)"
            R"("to":"u-pv97cz47ks7479"})"));
  EXPECT_EQ(encoded(ping).mmtp,
            frame(R"({"dataLen":2,"from":"u-xaggype38389pg",)" + kIdField + R"("op":"ping",)" +
                  kPostedField + R"(,"to":"u-pv97cz47ks7479","uid":")" + kUid + "\"}"));
}

TEST(EncodeMessage, Delivery) {
  auto plain = header(message::DELIVERY);
  plain.set_data_bytes(15);
  EXPECT_EQ(encoded(plain).tmtp, summed(R"({"datalen":15,)" + kFrom + "|" + kIdField +
                                        R"("op":"delivery",)" + kPostedField + "}"));
  EXPECT_EQ(encoded(plain).mmtp, frame(R"({"dataLen":15,)" + kFrom + kIdField +
                                       R"("op":"delivery",)" + kPostedField + "}"));
  auto full = plain;
  full.set_head_bytes(5);
  full.set_data_sum(UINT64_MAX);
  full.set_notify(3);
  const std::string sums = R"("datasum":18446744073709551615,)";
  EXPECT_EQ(encoded(full).tmtp,
            summed(R"({"datahead":5,"datalen":15,)" + sums + kFrom + "|" + kIdField +
                   R"("notify":3,"op":"delivery",)" + kPostedField + "}"));
  EXPECT_EQ(encoded(full).mmtp, frame(R"({"dataLen":15,"datahead":5,)" + sums + kFrom + kIdField +
                                      R"("notify":3,"op":"delivery",)" + kPostedField + "}"));
}

TEST(EncodeMessage, Notify) {
  auto notify = header(message::NOTIFY);
  notify.set_data_bytes(5);
  notify.set_head_bytes(1);
  notify.set_data_sum(7);
  notify.set_post_id(0xabc);
  const std::string rest =
      kIdField + R"("op":"notify",)" + kPostedField + R"(,"postid":"0000000000000abc"})";
  EXPECT_EQ(encoded(notify).tmtp,
            summed(R"({"datahead":1,"datalen":5,"datasum":7,)" + kFrom + "|" + rest));
  EXPECT_EQ(encoded(notify).mmtp,
            frame(R"({"dataLen":5,"datahead":1,"datasum":7,)" + kFrom + rest));
}

TEST(EncodeMessage, Invite) {
  auto invite = header(message::INVITE);
  invite.set_alias("inviter1");
  invite.set_to("invitee1");
  invite.set_gid("a group <x>");
  const std::string gid = R"("gid":"a group \u003cx\u003e",)";
  const std::string rest = kIdField + R"("op":"invite",)" + kPostedField + R"(,"to":"invitee1"})";
  EXPECT_EQ(encoded(invite).tmtp,
            summed(R"({"alias":"inviter1","datalen":0,)" + kFrom + gid + "|" + rest));
  EXPECT_EQ(encoded(invite).mmtp,
            frame(R"({"alias":"inviter1","dataLen":0,)" + kFrom + gid + rest));
}

TEST(EncodeMessage, Member) {
  auto member = header(message::MEMBER);
  member.set_act("join");
  member.set_alias("someone1");
  member.set_gid("a group 1");
  const std::string gid = R"("gid":"a group 1",)";
  const std::string rest = R"("op":"member",)" + kPostedField + "}";
  EXPECT_EQ(encoded(member).tmtp, summed(R"({"act":"join","alias":"someone1","datalen":0,)" +
                                         kFrom + gid + "|" + kIdField + rest));
  EXPECT_EQ(encoded(member).mmtp, frame(R"({"act":"join","alias":"someone1","dataLen":0,)" + kFrom +
                                        gid + kIdField + rest));
  member.set_act("alias");
  member.set_new_alias("someone2");
  const std::string renamed = R"("newalias":"someone2",)";
  EXPECT_EQ(encoded(member).tmtp, summed(R"({"act":"alias","alias":"someone1","datalen":0,)" +
                                         kFrom + gid + "|" + kIdField + renamed + rest));
  EXPECT_EQ(encoded(member).mmtp, frame(R"({"act":"alias","alias":"someone1","dataLen":0,)" +
                                        kFrom + gid + kIdField + renamed + rest));
}

TEST(EncodeMessage, UserWithANewNodeTellsThePasswordInTmtpAlone) {
  auto user = header(message::USER);
  user.set_new_node("tablet");
  user.set_node_secret("S");
  user.set_node_ordinal(2);
  EXPECT_EQ(encoded(user).tmtp,
            summed(R"({"datalen":0,)" + kFrom + "|" + kIdField +
                   R"("newnode":"tablet","nodeid":"S","op":"user",)" + kPostedField + "}"));
  EXPECT_EQ(encoded(user).mmtp,
            frame(R"({"dataLen":0,)" + kFrom + kIdField +
                  R"("newnode":"tablet","nodenum":2,"op":"account",)" + kPostedField + "}"));
}

TEST(EncodeMessage, UserWithANewAlias) {
  auto user = header(message::USER);
  user.set_new_alias("someone1");
  user.set_once(true);
  EXPECT_EQ(encoded(user).tmtp,
            summed(R"({"datalen":0,)" + kFrom + "|" + kIdField +
                   R"("newalias":"someone1","op":"user",)" + kPostedField + "}"));
  EXPECT_EQ(encoded(user).mmtp,
            frame(R"({"dataLen":0,)" + kFrom + kIdField +
                  R"("newalias":"someone1","once":true,"op":"account",)" + kPostedField + "}"));
}

TEST(EncodeMessage, UserWithADropHasNoTmtpForm) {
  auto node = header(message::USER);
  node.set_drop_node(2);
  node.set_drop_state("announced");
  EXPECT_EQ(encoded(node).tmtp, "");
  EXPECT_EQ(encoded(node).mmtp,
            frame(R"({"dataLen":0,"dropnode":2,"dropstate":"announced",)" + kFrom + kIdField +
                  R"("op":"account",)" + kPostedField + "}"));
  auto alias = header(message::USER);
  alias.set_drop_alias("someone1");
  EXPECT_EQ(encoded(alias).tmtp, "");
  EXPECT_EQ(encoded(alias).mmtp, frame(R"({"dataLen":0,"dropalias":"someone1",)" + kFrom +
                                       kIdField + R"("op":"account",)" + kPostedField + "}"));
}

TEST(EncodeMessage, Login) {
  auto login = header(message::LOGIN);
  login.set_info("login ok");
  login.set_node_ordinal(3);
  EXPECT_EQ(encoded(login).tmtp, summed(R"({"datalen":0,)" + kFrom + "|" + kIdField +
                                        R"("node":"tbd","op":"login",)" + kPostedField + "}"));
  EXPECT_EQ(encoded(login).mmtp,
            frame(R"({"dataLen":0,)" + kFrom + kIdField +
                  R"("info":"login ok","nodenum":3,"op":"login",)" + kPostedField + "}"));
}

TEST(EncodeMessage, Ohiedit) {
  auto edit = header(message::OHIEDIT);
  edit.set_type("drop");
  edit.add_for_uids("U");
  edit.add_for_uids("V");
  const std::string list = R"("for":[{"id":"U"},{"id":"V"}],)";
  const std::string rest = kIdField + R"("op":"ohiedit",)" + kPostedField + R"(,"type":"drop"})";
  EXPECT_EQ(encoded(edit).tmtp, summed(R"({"datalen":0,)" + list + kFrom + "|" + rest));
  EXPECT_EQ(encoded(edit).mmtp, frame(R"({"dataLen":0,)" + list + kFrom + rest));
}

TEST(EncodeMessage, UndeliveredHasNoTmtpForm) {
  auto undelivered = header(message::UNDELIVERED);
  undelivered.set_post_id(0xabc);
  undelivered.set_info("queue full");
  undelivered.add_for_uids("U");
  undelivered.add_for_uids("V");
  EXPECT_EQ(encoded(undelivered).tmtp, "");
  EXPECT_EQ(encoded(undelivered).mmtp,
            frame(R"({"dataLen":0,)" + kFrom + kIdField + R"("op":"undelivered",)" + kPostedField +
                  R"(,"postid":"0000000000000abc","reason":"queue full","to":["U","V"]})"));
}

TEST(EncodeMessage, UndeliveredToAllOfALargeGroupFitsAFrame) {
  auto undelivered = header(message::UNDELIVERED);
  for (int i = 0; i < 10000; ++i) undelivered.add_for_uids(kUid);
  EXPECT_LE(encoded(undelivered).mmtp.size(), 4 + kHeaderBytesMax);
  EXPECT_GT(encoded(undelivered).mmtp.size(), 50000u);
}

TEST(EncodeMessage, TheLargestNamesAndListsFitAFrame) {
  const std::string name(20000, 'n');
  auto invite = header(message::INVITE);
  invite.set_alias(name);
  invite.set_to(name);
  invite.set_gid(name);
  invite.set_data_sum(UINT64_MAX);
  auto edit = header(message::OHIEDIT);
  edit.set_type("drop");
  for (int i = 0; i < 1500; ++i) edit.add_for_uids(kUid);
  for (const auto& largest : {invite, edit}) {
    EXPECT_LE(encoded(largest).tmtp.size(), 4 + kHeaderBytesMax);
    EXPECT_LE(encoded(largest).mmtp.size(), 4 + kHeaderBytesMax);
  }
}

TEST(EncodeMessage, AKindUnknownHasNoForm) {
  EXPECT_EQ(encoded(header(message::KIND_NONE)).tmtp, "");
  EXPECT_EQ(encoded(header(message::KIND_NONE)).mmtp, "");
}

struct TimeCase {
  std::uint64_t ns;
  const char* text;
};

TEST(EncodeMessage, PostedIsUtcInMilliseconds) {
  for (const TimeCase& c : {
           TimeCase{0, "1970-01-01T00:00:00.000Z"},
           {999'999, "1970-01-01T00:00:00.000Z"},
           {1'000'000, "1970-01-01T00:00:00.001Z"},
           {951'782'399'999'000'000, "2000-02-28T23:59:59.999Z"},
           {951'782'400'000'000'000, "2000-02-29T00:00:00.000Z"},
           {951'868'800'000'000'000, "2000-03-01T00:00:00.000Z"},
           {1'735'689'599'999'999'999, "2024-12-31T23:59:59.999Z"},
           {1'735'689'600'000'000'000, "2025-01-01T00:00:00.000Z"},
           {4'107'542'400'000'000'000, "2100-03-01T00:00:00.000Z"},
           {UINT64_MAX, "2554-07-21T23:34:33.709Z"},
       }) {
    auto login = header(message::LOGIN);
    login.set_posted_ns(c.ns);
    EXPECT_NE(encoded(login).tmtp.find("\"posted\":\""s + c.text + "\""), std::string::npos)
        << c.text;
  }
}

TEST(EncodeMessage, IsBuiltOnce) {
  const ops::Message message(kId, header(message::LOGIN), nullptr);
  EXPECT_EQ(&tmtp_codec().encode_delivery(message), &tmtp_codec().encode_delivery(message));
  EXPECT_NE(tmtp_codec().encode_delivery(message), mmtp_codec().encode_delivery(message));
}

}  // namespace
}  // namespace mnm::net

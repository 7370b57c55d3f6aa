// The vocabulary of the session tests: a dialect of plain words, a connection that writes down what
// it is told, and scripts that can be run again with other cuts.
//
//   "login alice swordfish" is a header, "<logged in>" an answer; a transcript is a list of lines.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/session.h"

namespace mnm::net::testing {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

// hhhh + header, padded with spaces to the least size.
[[nodiscard]] std::string frame_of(std::string header, const std::string& data = {});

// Words instead of JSON: see session_rig.cc's table in `words()`.
class WordCodec final : public Codec {
 public:
  explicit WordCodec(ops::Dialect dialect) : dialect_(dialect) {}
  tl::expected<Incoming, Fatal> decode(std::string_view header) const override;
  std::string encode(const ops::Effect& effect) const override;
  const std::string& encode_delivery(const ops::Message& message) const override;
  std::string encode_version(std::string_view name, std::string_view services) const override;
  std::string encode_fatal(const Fatal& fatal) const override;
  ops::Dialect dialect() const override { return dialect_; }

 private:
  ops::Dialect dialect_;
};
// "tmtprev" makes it TMTP, "?" nothing, all else MMTP.
[[nodiscard]] const Codec* choose_words(std::string_view header);

// Counts up: the first octet taken is 1.
class CountingRandom final : public RandomSource {
 public:
  std::string take(std::size_t count) override;

 private:
  unsigned char next_ = 0;
};

class FakeUpload final : public log::Upload {
 public:
  Result<void> append(std::string_view) override { return {}; }
  Result<void> sync() override { return {}; }
  log::BodyFile file() const override { return {Lsn(1), 1}; }
  void release() override {}
};

// Writes down what the session does.
class Notebook final : public SessionActions {
 public:
  void send(Outgoing outgoing) override;
  ops::Inbox::Offer offer(ops::Request&& request) override;
  void write_body(std::string chunk, bool last) override;
  void read_message(Lsn id) override;
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) override;
  void close(Closing how, std::string_view reason) override;

  Lines lines;
  std::vector<ops::Request> requests;
  std::size_t unsent = 0;
  std::string written;  // of the upload on its way
  ops::Inbox::Offer answer = ops::Inbox::Offer::kTaken;
};

// A session with its connection and its clock.
class Rig {
 public:
  Rig();
  // Octets arrive, but only as far as the session reads.
  void in(const std::string& octets);
  void effects(std::vector<ops::Effect> effects);
  template <class... E>
  void effect(E... each) {
    std::vector<ops::Effect> all;
    (all.push_back(std::move(each)), ...);
    effects(std::move(all));
  }
  void written();      // the chunk is on the disk
  void not_written();  // it could not be
  void row(Result<ops::MessageHandle> message);
  void chunk(Result<std::string> octets);
  void all_sent();
  void room();                                // in the inbox
  void pass(std::chrono::milliseconds time);  // and look at the deadline
  void cut();                                 // the link is lost

  // Reaches the named state, and forgets how.
  Rig& tmtp_open();
  Rig& tmtp_ready();
  Rig& mmtp_ready();
  // What was done since the last call.
  Lines done();

  std::size_t piece = 1U << 30U;  // octets arrive in pieces of at most so many
  Keys keys{std::string(32, 'p'), std::string(32, 'r')};
  CountingRandom random;
  SessionWorld world{choose_words, "site", keys, random, {}};
  Notebook notebook;
  TimePoint now{};
  Session session;

 private:
  void pour();

  std::string coming_;
  bool last_chunk_ = false;
};

// One thing that happens.
using Step = std::function<void(Rig&)>;
[[nodiscard]] Step octets(std::string octets);

// Runs the steps whole, with the octets split at every place, and cut off after every step: then
// there is exactly one Lost, if the session had begun, and nothing after the close.
void expect_transcript(const std::vector<Step>& steps, const Lines& expected);

[[nodiscard]] ops::MessageHandle message_of(std::uint64_t id, const std::string& body);
[[nodiscard]] ops::MessageHandle file_message_of(std::uint64_t id, std::uint64_t size);
[[nodiscard]] ops::Delivery delivery_of(ops::MessageHandle message);

}  // namespace mnm::net::testing

// Plays transcripts against a relay that someone connects to.
//
// One thread at a time.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/transcript_match.h"

namespace mnm::transcript {

// One connection. receive() waits for octets as long as a test should: none means that the peer
// closed; it throws when nothing came.
class Link {
 public:
  virtual ~Link() = default;
  virtual void send(std::string_view octets) = 0;
  virtual std::optional<std::string> receive() = 0;
};

class Relay {
 public:
  virtual ~Relay() = default;
  virtual std::unique_ptr<Link> connect() = 0;
};

class Player {
 public:
  // `unique`, `given`: see Values.
  Player(Relay& relay, std::string unique, const std::map<std::string, std::string>& given = {})
      : relay_(relay), values_(std::move(unique), given) {}

  // Nothing when the relay did what the transcript says, else "line N: what it did".
  [[nodiscard]] std::optional<std::string> play(const Transcript& transcript) {
    for (std::size_t i = 0; i < transcript.steps.size();) {
      const Step& step = transcript.steps[i];
      std::vector<const Step*> together = {&step};
      while (step.unordered && i + together.size() < transcript.steps.size()) {
        const Step& next = transcript.steps[i + together.size()];
        if (!next.unordered || next.link != step.link) break;
        together.push_back(&next);
      }
      i += together.size();
      std::optional<std::string> wrong;
      try {
        wrong = step.action == Action::kExpect ? expect(std::move(together)) : act(step);
      } catch (const std::exception& failure) {
        wrong = failure.what();
      }
      if (wrong) return fmt::format("{}, line {}: {}", transcript.title, step.line, *wrong);
    }
    return {};
  }

 private:
  struct Open {
    std::unique_ptr<Link> link;
    std::string octets;  // received, not yet taken
  };
  using Mismatch = Values::Mismatch;

  Mismatch act(const Step& step) {
    if (step.action == Action::kConnect) {
      links_[step.link] = Open{relay_.connect(), ""};
      return {};
    }
    const auto found = links_.find(step.link);
    if (found == links_.end()) return "no such link: " + step.link;
    switch (step.action) {
      case Action::kSend:
        found->second.link->send(octets_of({values_.fill(step.header), step.data}));
        return {};
      case Action::kSendRaw:
        found->second.link->send(step.data);
        return {};
      case Action::kClose:
        links_.erase(found);
        return {};
      default:
        return expect_end(found->second);
    }
  }

  Mismatch expect_end(Open& open) {
    while (open.octets.empty()) {
      const auto more = open.link->receive();
      if (!more) return {};
      open.octets += *more;
    }
    return "an end was expected, but it sent " + open.octets;
  }

  std::optional<Frame> next_frame(Open& open) {
    for (;;) {
      if (auto frame = take_frame(open.octets)) return frame;
      const auto more = open.link->receive();
      if (!more) return std::nullopt;
      open.octets += *more;
    }
  }

  // As many frames as there are steps, each step once.
  Mismatch expect(std::vector<const Step*> steps) {
    const auto found = links_.find(steps.front()->link);
    if (found == links_.end()) return "no such link: " + steps.front()->link;
    while (!steps.empty()) {
      const auto frame = next_frame(found->second);
      if (!frame) return "the link ended before " + values_.fill(steps.front()->header);
      Mismatch wrong;
      auto step = steps.begin();
      for (; step != steps.end(); ++step) {
        const Mismatch here = values_.match(**step, *frame);
        if (!here) break;
        wrong = wrong ? *wrong + "\n or " + *here : here;
      }
      if (step == steps.end()) return wrong;
      steps.erase(step);
    }
    return {};
  }

  Relay& relay_;
  Values values_;
  std::map<std::string, Open> links_;
};

}  // namespace mnm::transcript

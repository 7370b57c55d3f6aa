// What can be done to a relay, one kind a class: begin() and end() once each, in any combination
// with the others, and end() even when the relay has ended meanwhile.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "nemesis/victim.h"

namespace mnm::testing {

struct Scene {
  Victim& victim;
  Signpost& signpost;
  const std::vector<Member>& members;
  std::string disk;   // a small file system that holds the data directory
  std::string clock;  // libfaketime's file, or empty: the clock can't be moved
  std::mt19937_64 random;

  std::uint64_t any(std::uint64_t below) { return random() % below; }
};

class Fault {
 public:
  Fault(std::string name, Scene& scene) : name_(std::move(name)), scene_(scene) {}
  virtual ~Fault() = default;
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;
  virtual void begin() = 0;
  virtual void end() = 0;
  [[nodiscard]] const std::string& name() const { return name_; }

 protected:
  Scene& scene() { return scene_; }

 private:
  const std::string name_;
  Scene& scene_;
};

// One of each kind.
[[nodiscard]] std::vector<std::unique_ptr<Fault>> all_faults(Scene& scene);

}  // namespace mnm::testing

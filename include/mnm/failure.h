// What the C++ side of libmnm throws when something can't be done. Nothing else is thrown but
// std::bad_alloc.
//
// Any thread.
#pragma once

#include <stdexcept>
#include <string>

#include "mnm/mnm_client.h"

namespace mnm {

class MNM_API Failure : public std::runtime_error {
 public:
  Failure(mnm_code code, const std::string& text, unsigned retry_after_s = 0)
      : std::runtime_error(text), code_(code), retry_after_s_(retry_after_s) {}
  // To branch on; what() is for people.
  [[nodiscard]] mnm_code code() const { return code_; }
  // Not 0: nothing was done, the link is whole, and after so many seconds it may be asked again.
  [[nodiscard]] unsigned retry_after_s() const { return retry_after_s_; }

 private:
  mnm_code code_;
  unsigned retry_after_s_;
};

}  // namespace mnm

#include "base/priority.h"

#include <sys/resource.h>

#include <algorithm>

namespace mnm {

void be_nicer(int by) {
  constexpr int kNiceMax = 19;
  const int nice = ::getpriority(PRIO_PROCESS, 0);
  (void)::setpriority(PRIO_PROCESS, 0, std::min(nice + by, kNiceMax));
}

}  // namespace mnm

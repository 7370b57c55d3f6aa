// OpenSSL has a way to say where random octets come from, which it calls deprecated for those who
// would put a generator of their own into a program that people run.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sim/chance.h"

#include <glog/logging.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <span>

namespace mnm::sim {
namespace {

Random* source = nullptr;  // the libraries hand nothing to what they call

void fill(void* buffer, std::size_t size) {
  for (unsigned char& octet : std::span(static_cast<unsigned char*>(buffer), size)) {
    octet = static_cast<unsigned char>(source->next());
  }
}

int fill_bytes(unsigned char* buffer, int size) {
  fill(buffer, static_cast<std::size_t>(size));
  return 1;
}
int is_seeded() { return 1; }

const RAND_METHOD kForOpenssl = {.seed = nullptr,
                                 .bytes = fill_bytes,
                                 .cleanup = nullptr,
                                 .add = nullptr,
                                 .pseudorand = fill_bytes,
                                 .status = is_seeded};

const char* name() { return "simulation"; }
std::uint32_t any() { return static_cast<std::uint32_t>(source->next()); }

randombytes_implementation for_sodium = {.implementation_name = name,
                                         .random = any,
                                         .stir = nullptr,
                                         .uniform = nullptr,
                                         .buf = fill,
                                         .close = nullptr};

}  // namespace

SeededChance::SeededChance(std::uint64_t seed) : random_(seed) {
  CHECK(source == nullptr);
  // Once, and of the system's octets: what it takes for itself is none of the run's.
  CHECK_GE(sodium_init(), 0);
  source = &random_;
  CHECK_EQ(randombytes_set_implementation(&for_sodium), 0);
  CHECK_EQ(RAND_set_rand_method(&kForOpenssl), 1);
}

SeededChance::~SeededChance() {
  CHECK_EQ(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);
  CHECK_EQ(RAND_set_rand_method(nullptr), 1);
  source = nullptr;
}

}  // namespace mnm::sim

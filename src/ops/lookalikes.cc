#include "ops/lookalikes.h"

#include <glog/logging.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <memory>
#include <utility>

namespace mnm::ops {
namespace {

struct Close {
  void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};

// Both are immutable, and any thread may use them.
const icu::Normalizer2& folder() {
  static const icu::Normalizer2* const folder = [] {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* made = icu::Normalizer2::getNFKCCasefoldInstance(status);
    CHECK(U_SUCCESS(status)) << u_errorName(status);
    return made;
  }();
  return *folder;
}

const USpoofChecker* checker() {
  static const std::unique_ptr<USpoofChecker, Close> checker = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<USpoofChecker, Close> made(uspoof_open(&status));
    CHECK(U_SUCCESS(status)) << u_errorName(status);
    return made;
  }();
  return checker.get();
}

icu::UnicodeString folded(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString out = folder().normalize(text, status);
  CHECK(U_SUCCESS(status)) << u_errorName(status);
  return out;
}

icu::UnicodeString confused(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString out;
  uspoof_getSkeletonUnicodeString(checker(), 0, text, out, &status);
  CHECK(U_SUCCESS(status)) << u_errorName(status);
  return out;
}

}  // namespace

Looks looks_of(std::string_view name) {
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
  Looks looks;
  // Twice each: what the confusables make of a name may have capitals, or a form that is not
  // normal, and what folding makes of it may look like something else.
  confused(folded(confused(folded(text)))).toUTF8String(looks.folded);
  confused(folded(confused(text))).toUTF8String(looks.seen);
  return looks;
}

Lookalikes::Lookalikes(const state::Views& views) {
  for (UserNo user(1); user < views.next_user(); user = next(user)) {
    for (const state::Alias& alias : views.user(user).aliases) add(alias.name, user);
  }
  for (GroupNo group(1); group < views.next_group(); group = next(group)) {
    add(views.group(group).gid, UserNo());
  }
}

void Lookalikes::add(const event::Event& event) {
  if (event.has_alias_added()) {
    add(event.alias_added().alias(), UserNo(event.alias_added().user()));
  } else if (event.has_member_set() && !event.member_set().gid().empty()) {
    add(event.member_set().gid(), UserNo());
  }
}

void Lookalikes::add(std::string_view name, UserNo owner) {
  Looks looks = looks_of(name);
  folded_.emplace(std::move(looks.folded), owner);
  seen_.emplace(std::move(looks.seen), owner);
}

bool Lookalikes::taken_by_another(std::string_view name, UserNo user) const {
  const auto taken = [user](const Owners& owners, const std::string& look) {
    const auto owner = owners.find(look);
    return owner != owners.end() && (!user || owner->second != user);
  };
  const Looks looks = looks_of(name);
  return taken(folded_, looks.folded) || taken(seen_, looks.seen);
}

}  // namespace mnm::ops

// Third parties' tokens on a session: whom they name, and where they stay.
#include <gmock/gmock.h>

#include "net/authority.h"
#include "net/session_rig.h"

namespace mnm::net {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using namespace testing;  // NOLINT(google-build-using-namespace): the rig's words

// Believes what begins with "good-": the rest is whom it names.
class Gullible final : public Authority {
 public:
  std::shared_ptr<const std::string> services() const override { return services_; }
  tl::expected<Person, std::string_view> judge(std::string_view token) const override {
    if (!token.starts_with("good-")) return tl::unexpected<std::string_view>("it is not good");
    return Person{"issuer", std::string(token.substr(5))};
  }

 private:
  std::shared_ptr<const std::string> services_ = std::make_shared<std::string>(" by friends");
};

const ops::Register& registered(Rig& rig) {
  return std::get<ops::Register>(rig.notebook.requests.back().command);
}

TEST(Vouching, NamesTheNewcomerByIssuerAndHash) {
  const Gullible gullible;
  Rig rig;
  rig.world.authority = &gullible;
  rig.in(frame_of("register laptop good-maria"));
  const ops::Register& command = registered(rig);
  ASSERT_TRUE(command.identity);
  EXPECT_EQ(command.identity->issuer, "issuer");
  EXPECT_EQ(command.identity->subject, subject_hash(rig.keys, "issuer", "maria"));
  EXPECT_EQ(command.token_fault, "");
}

TEST(Vouching, LeavesItToTheEngineToRefuse) {
  const Gullible gullible;
  Rig rig;
  rig.world.authority = &gullible;
  rig.in(frame_of("register laptop bad-maria"));
  EXPECT_FALSE(registered(rig).identity);
  EXPECT_EQ(registered(rig).token_fault, "it is not good");
  rig.effect(ops::Dismissed{"register failure"});
  EXPECT_THAT(rig.done(), ElementsAre(StartsWith("offer register"), StartsWith("offer lost"),
                                      "send <quit register failure>", "close: register failure"));
}

TEST(Vouching, IsNothingWithoutATokenOrAnAuthority) {
  const Gullible gullible;
  Rig with;
  with.world.authority = &gullible;
  with.in(frame_of("register laptop"));
  EXPECT_FALSE(registered(with).identity);
  EXPECT_EQ(registered(with).token_fault, "");
  Rig without;
  without.in(frame_of("register laptop bad-maria"));
  EXPECT_FALSE(registered(without).identity);
  EXPECT_EQ(registered(without).token_fault, "");
}

TEST(Vouching, IsAnnouncedWithTheVersion) {
  const Gullible gullible;
  Rig rig;
  rig.world.authority = &gullible;
  rig.in(frame_of("tmtprev 1"));
  EXPECT_THAT(rig.done(), ElementsAre("send <version site by friends>"));
}

}  // namespace
}  // namespace mnm::net

// A rekey through the admin socket, with an engine that only notes what it is told.
#include "daemon/admin_rekey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "daemon/admin.h"
#include "state/views.h"
#include "support/sealed.h"

namespace mnm::daemon {
namespace {

using boost::json::object;
using log::Keyring;
using ::testing::HasSubstr;
using testing::kKeyText;
using testing::kOtherKeyText;
using ::testing::Not;

constexpr std::uint64_t kNow = 1'700'000'000;

class AdminRekey : public ::testing::Test {
 protected:
  ~AdminRekey() override { end_engine(); }
  void run_engine() {
    engine_thread = std::thread([this] {
      while (true) {
        auto requests = inbox.take(std::chrono::milliseconds(1));
        if (requests.empty()) return;
        for (const ops::Request& request : requests) carry_out(request);
      }
    });
  }
  void end_engine() {
    inbox.close();
    if (engine_thread.joinable()) engine_thread.join();
  }
  void carry_out(const ops::Request& request) {
    if (const auto* look = std::get_if<ops::Inspect>(&request.command)) return look->look(views);
    const auto& note = std::get<ops::NoteRekey>(request.command);
    told.push_back(note.fact);
    peers.push_back(request.origin->peer);
    request.outlet->post(
        {{request.session,
          {ops::Acknowledged{.op = event::OP_NONE, .id = request.id, .error = {}}}}});
  }
  Result<object> ask(const std::string& text) {
    return rekey(keyring.get(), admin_engine,
                 {{"new_key", hex_encode(text)}, {std::string(kAdminPeerKey), "uid=0 pid=7"}});
  }
  [[nodiscard]] bool opens(const char* key) const {
    return Keyring::load(directory.path(), testing::secret_of(key)).has_value();
  }

  const TempDir directory;
  std::shared_ptr<Keyring> keyring =
      Keyring::create(directory.path(), testing::secret_of(kKeyText), kNow).value();
  ops::Inbox inbox{std::size_t{1} << 20};
  AdminEngine admin_engine{inbox};
  state::Views views;
  std::vector<event::Rekeyed> told;
  std::vector<std::string> peers;
  std::thread engine_thread;
};

TEST_F(AdminRekey, IsDoneAndToldWithWhoAskedAndNeverTheSecret) {
  run_engine();
  const auto answer = ask(kOtherKeyText);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_TRUE(opens(kOtherKeyText));
  EXPECT_FALSE(opens(kKeyText));
  EXPECT_EQ(answer->at("key_id").as_string(), hex_encode(keyring->key_id()));
  EXPECT_EQ(answer->at("data_key").to_number<int>(), 2);
  EXPECT_THAT(boost::json::serialize(*answer), Not(HasSubstr(kOtherKeyText)));
  end_engine();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].key_id(), keyring->key_id());
  EXPECT_EQ(told[0].data_key(), 2U);
  EXPECT_EQ(told[0].rekeys(), 1U);
  EXPECT_FALSE(told[0].at_start());
  EXPECT_THAT(told[0].SerializeAsString(), Not(HasSubstr(kOtherKeyText)));
  EXPECT_EQ(peers, std::vector<std::string>{"uid=0 pid=7"});
  EXPECT_FALSE(keyring->untold_rekey());
}

TEST_F(AdminRekey, IsRefusedWhereThereIsNoKeyringOrNoKey) {
  EXPECT_EQ(rekey(nullptr, admin_engine, {{"new_key", "00"}}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(rekey(keyring.get(), admin_engine, {}).error().code, ErrorCode::kUsage);
  EXPECT_EQ(rekey(keyring.get(), admin_engine, {{"new_key", "xy"}}).error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(ask("two\nlines").error().code, ErrorCode::kUsage);
  EXPECT_TRUE(opens(kKeyText));
  EXPECT_FALSE(keyring->untold_rekey());
}

TEST_F(AdminRekey, ThatCannotBeWrittenIsToldToNobody) {
  run_engine();
  std::filesystem::create_directory(directory.path() + "/keyring.new");
  const auto answer = ask(kOtherKeyText);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("the next start may need"));
  end_engine();
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(opens(kKeyText));
}

// The relay ends between the two; the next one tells it.
TEST_F(AdminRekey, ThatTheEngineDidNotHearOfIsToldByTheNextStart) {
  inbox.close();
  const auto answer = ask(kOtherKeyText);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text, HasSubstr("the next start tells of it"));
  keyring = Keyring::load(directory.path(), testing::secret_of(kOtherKeyText)).value();
  ASSERT_TRUE(keyring->untold_rekey());

  ops::Inbox next_inbox{std::size_t{1} << 20};
  AdminEngine next_engine{next_inbox};
  std::thread next_thread([&] {
    for (int turns = 0; turns < 2;) {  // the note, and the look that waits for it
      for (const ops::Request& request : next_inbox.take(std::chrono::milliseconds(1))) {
        carry_out(request);
        ++turns;
      }
    }
  });
  EXPECT_TRUE(tell_rekeys_found(*keyring, next_engine));
  next_thread.join();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].at_start());
  EXPECT_EQ(peers, std::vector<std::string>{""});
  EXPECT_FALSE(keyring->untold_rekey());
  EXPECT_TRUE(tell_rekeys_found(*keyring, next_engine));  // nobody listens any more, and needn't
}

TEST_F(AdminRekey, ThatIsToldAndNotMarkedIsToldAgain) {
  run_engine();
  ASSERT_TRUE(keyring->reseal(testing::secret_of(kOtherKeyText), kNow));
  std::filesystem::create_directory(directory.path() + "/keyring.new");
  ASSERT_TRUE(tell_rekeys_found(*keyring, admin_engine));
  ASSERT_TRUE(keyring->untold_rekey());
  std::filesystem::remove(directory.path() + "/keyring.new");
  ASSERT_TRUE(tell_rekeys_found(*keyring, admin_engine));
  EXPECT_FALSE(keyring->untold_rekey());
  end_engine();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].data_key(), told[1].data_key());
}

}  // namespace
}  // namespace mnm::daemon

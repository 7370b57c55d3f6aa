// The console's server, with a shell in mnmlog's place: what is answered to whom, and that an
// answer takes no memory and a program no time once nobody reads.
#include "console/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "console/console_files.h"
#include "support/http_client.h"
#include "support/web_links.h"

namespace mnm::console {
namespace {

using mnm::testing::HttpAnswer;
using mnm::testing::HttpClient;
using mnm::testing::HttpTrouble;
using ::testing::HasSubstr;

constexpr net::WebFile kFiles[] = {{"/console", "<!doctype html>"}};
const std::string kShown = "Authorization: Bearer token\r\n";

// A server whose program is a shell, which runs what is in the query.
class House {
 public:
  explicit House(std::chrono::seconds valid = std::chrono::hours(1)) {
    auto listening = net::listen_on(*net::parse_listen_address("http://127.0.0.1:0"), false);
    CHECK(listening);
    address_ = listening->address.text();
    ServerPorts ports{.pages = {},
                      .program = "/bin/sh",
                      .question = [this](const net::HttpRequest& request) { return made(request); },
                      .metrics = [] { return net::problem(504, "it is busy"); },
                      .heard = [this](std::string_view words) { heard(words); }};
    net::add_web_pages(kFiles, ports.pages);
    server_.emplace(std::move(listening->fd), Gate("token", {}, Gate::Clock::now() + valid),
                    std::move(ports));
    thread_ = std::thread([this] {
      while (!over_) server_->serve(std::chrono::milliseconds(5));
      server_.reset();
    });
  }
  ~House() {
    over_ = true;
    thread_.join();
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  // What the next questions run.
  void script(std::string text) { question(std::move(text), {}); }
  void question(std::string text, Question question) {
    const std::scoped_lock lock(mutex_);
    question_ = std::move(question);
    question_.arguments = {"-c", std::move(text)};
  }
  // Of programs, until now.
  [[nodiscard]] std::string words() {
    const std::scoped_lock lock(mutex_);
    return words_;
  }
  [[nodiscard]] HttpAnswer ask(std::string_view target, std::string_view fields = kShown,
                               std::string_view method = "GET") const {
    return HttpClient(address_).ask(method, target, fields);
  }
  [[nodiscard]] const std::string& address() const { return address_; }
  // Waits until so many programs run.
  [[nodiscard]] bool await_children(std::size_t count) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (server_->children() != count) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  Result<Question> made(const net::HttpRequest&) {
    const std::scoped_lock lock(mutex_);
    return question_;
  }
  void heard(std::string_view words) {
    const std::scoped_lock lock(mutex_);
    words_ += words;
  }

  std::string address_;
  std::mutex mutex_;
  Question question_{.arguments = {"-c", "echo '{}'"}, .type = kJson};
  std::string words_;
  std::optional<Server> server_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

TEST(Server, GivesThePageToWhoeverIsHere) {
  const House house;
  const HttpAnswer page = house.ask("/console", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_THAT(page.field("content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(house.ask("/elsewhere", "").status, 404);
  EXPECT_EQ(house.ask("/console", "", "POST").status, 405);
  EXPECT_EQ(house.ask("/console", "If-None-Match: " + page.field("etag") + "\r\n").status, 304);
}

TEST(Server, AnswersNobodyWithoutTheToken) {
  const House house;
  EXPECT_EQ(house.ask("/console/api/info").status, 200);
  for (const char* target : {"/console/api/info", "/console/api/metrics", "/console/api/none"}) {
    const HttpAnswer refused = house.ask(target, "");
    EXPECT_EQ(refused.status, 401) << target;
    EXPECT_EQ(refused.field("www-authenticate"), "Bearer");
    EXPECT_EQ(house.ask(target, "Authorization: Bearer tokem\r\n").status, 401) << target;
  }
  EXPECT_EQ(house.ask("/console/api/info?token=token", "").status, 401) << "not in a URL";
}

TEST(Server, AnswersNobodyWhenTheTokensTimeIsOver) {
  const House house(std::chrono::seconds(-1));
  EXPECT_EQ(house.ask("/console/api/info").status, 401);
}

TEST(Server, AnswersNoPageOfAnotherSite) {
  const House house;
  const auto status = [&house](const std::string& head) {
    HttpClient client(house.address());
    client.send("GET /console/api/info HTTP/1.1\r\n" + head + kShown + "\r\n");
    return client.read_answer().status;
  };
  EXPECT_EQ(status("Host: localhost\r\n"), 200);
  EXPECT_EQ(status("Host: evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://evil.example\r\n"), 403);
}

TEST(Server, AnswersWithWhatTheProgramSays) {
  House house;
  house.script("echo '{\"a\":1}'");
  const HttpAnswer answer = house.ask("/console/api/info");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"a\":1}\n");
  EXPECT_EQ(answer.field("cache-control"), "no-store");
  const HttpAnswer metrics = house.ask("/console/api/metrics");
  EXPECT_EQ(metrics.status, 504) << "as the relay is";
  EXPECT_THAT(metrics.body, HasSubstr("it is busy"));
}

TEST(Server, SaysWhyThereIsNoAnswer) {
  House house;
  const auto status = [&house](const std::string& script) {
    house.script(script);
    return house.ask("/console/api/info").status;
  };
  EXPECT_EQ(status("echo 'mnmlog: no user bob' >&2; exit 1"), 404);
  EXPECT_THAT(house.ask("/console/api/info").body, HasSubstr("\"detail\":\"no user bob\""));
  EXPECT_EQ(status("exit 1"), 200) << "nothing was found, and that is all";
  EXPECT_EQ(house.ask("/console/api/info").body, "");
  EXPECT_EQ(status("echo 'mnmlog: bad' >&2; exit 2"), 400);
  EXPECT_EQ(status("exit 3"), 500);
  EXPECT_EQ(status("exit 5"), 503);
  EXPECT_EQ(status("kill -SEGV $$"), 500);
}

TEST(Server, CutsAnAnswerThatWentWrongInTheMiddle) {
  House house;
  house.script("echo '{}'; echo 'mnmlog: a hole' >&2; exit 3");
  EXPECT_THROW((void)house.ask("/console/api/state"), HttpTrouble);
  EXPECT_EQ(house.words(), "a hole") << "whoever started it can read why";
}

TEST(Server, GivesAVerdictWhateverItIs) {
  House house;
  house.question("echo '{}'; exit 3", {.type = kJson, .judges = true});
  EXPECT_EQ(house.ask("/console/api/verify").body, "{}\n");
  house.question("echo '{'; kill -SEGV $$", {.type = kJson, .judges = true});
  EXPECT_THROW((void)house.ask("/console/api/verify"), HttpTrouble) << "that is none";
}

TEST(Server, SaysInTheLastLineWhyThereAreNoMore) {
  House house;
  house.question("echo '{}'; echo 'mnmlog: a \"hole\"' >&2; exit 3", {.type = kJsonLines});
  EXPECT_EQ(house.ask("/console/api/events").body, "{}\n{\"error\":\"a \\\"hole\\\"\"}\n");
  EXPECT_EQ(house.words(), "a \"hole\"");
  house.question("echo '{'; kill -KILL $$", {.type = kJsonLines});
  EXPECT_THROW((void)house.ask("/console/api/events"), HttpTrouble);
}

TEST(Server, HasFieldsOfAQuestionInItsAnswer) {
  House house;
  house.question("echo '{}'", {.type = kJson, .fields = {{std::string(kHeadsField), "given"}}});
  EXPECT_EQ(house.ask("/console/api/verify").field("mnm-heads"), "given");
}

TEST(Server, CutsAnAnswerThatIsTooLong) {
  House house;
  house.script("head -c " + std::to_string(kAnswerBytesMax) + " /dev/zero");
  EXPECT_EQ(house.ask("/console/api/events").body.size(), kAnswerBytesMax);
  house.script("head -c " + std::to_string(kAnswerBytesMax + 1) + " /dev/zero");
  EXPECT_THROW((void)house.ask("/console/api/events"), HttpTrouble);
}

// Each would say more than is ever held for it, so it waits, and is there to be counted.
TEST(Server, KeepsProgramsWaitingWhoseAnswersArentRead) {
  House house;
  house.script("yes");
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (std::size_t i = 0; i < kChildrenMax; ++i) {
    clients.push_back(std::make_unique<HttpClient>(house.address()));
    clients.back()->send(clients.back()->request("GET", "/console/api/events", kShown));
  }
  ASSERT_TRUE(house.await_children(kChildrenMax));
  EXPECT_EQ(house.ask("/console/api/info").status, 503) << "no more at once";
  EXPECT_EQ(house.ask("/console", "").status, 200) << "and the page is there all the same";
  clients.clear();
  EXPECT_TRUE(house.await_children(0)) << "programs end with those who asked";
  house.script("echo '{}'");
  EXPECT_EQ(house.ask("/console/api/info").status, 200);
}

// Nobody reads, and the time is over before a piece's is.
TEST(Server, EndsAnAnswerWhenItsQuestionsTimeIsOver) {
  House house;
  house.question("yes", {.type = kJsonLines, .within = std::chrono::milliseconds(50)});
  HttpClient client(house.address());
  const auto begun = std::chrono::steady_clock::now();
  client.send(client.request("GET", "/console/api/events", kShown));
  while (house.words().empty() && std::chrono::steady_clock::now() < begun + kSendWithin / 2) {
    std::this_thread::yield();
  }
  EXPECT_EQ(house.words(), "an answer was cut: its time was over");
}

TEST(Server, EndsThoughProgramsRun) {
  std::unique_ptr<HttpClient> client;  // outlives the server
  House house;
  house.script("while :; do :; done");
  client = std::make_unique<HttpClient>(house.address());
  client->send(client->request("GET", "/console/api/verify", kShown));
  ASSERT_TRUE(house.await_children(1));
}

TEST(ConsoleFiles, NameOnlyFilesThatAreThere) {
  if (console_files().empty()) GTEST_SKIP() << "built without Node.js and TypeScript";
  EXPECT_EQ(console_files().front().path, "/console");
  mnm::testing::expect_closed(console_files());
}

}  // namespace
}  // namespace mnm::console

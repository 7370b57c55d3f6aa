// What lines of events are made of, where it is made in a quicker way than it looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

#include "common/duration.h"
#include "common/json.h"
#include "common/terminal.h"

namespace mnm::tools {
namespace {

using testing::HasSubstr;

std::string member(std::string_view value) {
  std::string out;
  JsonWriter(out).begin_object().text("k", value).text("next", "x").end_object();
  return out;
}

// Plain text is looked at in blocks of 16 octets.
template <class Check>
void at_each_place_of_each_size(std::string_view odd, Check check) {
  for (std::size_t size = 0; size < 50; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      check(std::string(at, 'a').append(odd).append(size - at, 'z'));
    }
  }
}

TEST(JsonText, IsReadBackWhateverIsInItWhereverItIs) {
  for (const char* odd : {"", "\"", "\\", "\n", "\x1b", "\x7f", " ", "~", "\u00e9", "\u202e",
                          "\U0001f600", "\U000e0001"}) {
    at_each_place_of_each_size(odd, [](const std::string& text) {
      ASSERT_EQ(boost::json::parse(member(text)).at("k"), text.c_str());
    });
  }
}

TEST(JsonText, HasNothingThatMovesACursorWhereverItIs) {
  for (const char* odd : {"\n", "\x1b", "\x7f", "\u202e"}) {
    at_each_place_of_each_size(odd, [odd](const std::string& text) {
      ASSERT_EQ(member(text).find(odd), std::string::npos);
    });
  }
}

TEST(JsonText, ReplacesOctetsThatAreNoCharacterWhereverTheyAre) {
  at_each_place_of_each_size("\xff", [](const std::string& text) {
    ASSERT_THAT(member(text), HasSubstr("\xef\xbf\xbd"));
    ASSERT_FALSE(is_utf8(text));
  });
}

// A writer gathers 1024 octets.
TEST(JsonText, MayBeOfAnySize) {
  for (std::size_t size = 1000; size < 1040; ++size) {
    for (const char* end : {"", "\n"}) {
      const std::string text = std::string(size, 'a') + end;
      const boost::json::value value = boost::json::parse(member(text));
      ASSERT_EQ(value.at("k"), text.c_str());
      ASSERT_EQ(value.at("next"), "x");
    }
  }
}

TEST(JsonText, IsInTheStringOnceItsObjectHasEndedOrItIsSettled) {
  std::string out;
  JsonWriter json(out);
  json.begin_array().begin_object().text("k", "v").settle();
  EXPECT_EQ(out, "[{\"k\":\"v\"");
  out += ' ';
  json.end_object().end_array();
  EXPECT_EQ(out, "[{\"k\":\"v\" }]");
}

TEST(JsonText, IsTheSameWithItsNameAndAfterIt) {
  for (const char* text : {"", "plain", "a \"word\""}) {
    std::string out;
    JsonWriter(out).begin_object().key("k").text(text).key("next").text("x").end_object();
    EXPECT_EQ(member(text), out);
  }
}

TEST(JsonNumber, HasAllItsDigits) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().number("none", 0).number("most", std::numeric_limits<std::uint64_t>::max());
  json.key("list").begin_array().number(0).number(18446744073709551615U).end_array();
  json.flag("yes", true).flag("no", false).end_object();
  EXPECT_EQ(out,
            "{\"none\":0,\"most\":18446744073709551615,\"list\":[0,18446744073709551615],"
            "\"yes\":true,\"no\":false}");
}

TEST(TimeExact, HasAllItsDigits) {
  const auto text = [](std::uint64_t time_ns) {
    std::string out = "at ";
    append_time_exact(out, time_ns);
    return out;
  };
  EXPECT_EQ(text(0), "at 1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(text(951'868'799'000'000'001), "at 2000-02-29T23:59:59.000000001Z");
  EXPECT_EQ(text(1'800'000'000'123'456'789), "at 2027-01-15T08:00:00.123456789Z");
  EXPECT_EQ(text(std::numeric_limits<std::uint64_t>::max()), "at 2554-07-21T23:34:33.709551615Z");
}

}  // namespace
}  // namespace mnm::tools

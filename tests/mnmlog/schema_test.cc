// The one table of events and fields: what visit_fields gives, and what the document says, is held
// to it.
#include <google/protobuf/message.h>

#include <boost/json.hpp>
#include <boost/regex.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "mnmlog/event_view.h"
#include "mnmlog/fixture.h"
#include "mnmlog/schema.h"

namespace mnm::mnmlog {
namespace {

using Words = std::set<std::string>;

Words words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

// Sets every field, also those of inner messages: numbers to 1, lists to one element.
void fill(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* only) {
  using google::protobuf::FieldDescriptor;
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->real_containing_oneof() != nullptr && field != only) continue;
    const bool list = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32:
        list ? reflection.AddUInt32(&message, field, 1) : reflection.SetUInt32(&message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        list ? reflection.AddUInt64(&message, field, 1) : reflection.SetUInt64(&message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection.SetEnumValue(&message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(&message, field, "x");
        break;
      default:
        fill(list ? *reflection.AddMessage(&message, field)
                  : *reflection.MutableMessage(&message, field),
             nullptr);
    }
  }
}

event::Event filled(int fact) {
  event::Event event;
  fill(event, event::Event::descriptor()->FindFieldByNumber(fact));
  return event;
}

// Notes each field, and that it comes by the call that its type says.
class SeenFields final : public FieldSink {
 public:
  [[nodiscard]] bool wants(std::string_view) const override { return true; }
  void text(std::string_view name, std::string_view) override {
    note(name, {FieldType::kText, FieldType::kTime, FieldType::kHash});
  }
  void number(std::string_view name, std::uint64_t) override {
    note(name, {FieldType::kNumber, FieldType::kOctets, FieldType::kHours});
  }
  void flag(std::string_view name, bool) override { note(name, {FieldType::kFlag}); }
  void list(std::string_view name, std::span<const std::string>) override {
    note(name, {FieldType::kList});
  }
  Words seen;

 private:
  void note(std::string_view name, const std::set<FieldType>& types) {
    seen.emplace(name);
    const FieldInfo* field = find_field(name);
    ASSERT_NE(field, nullptr) << name << " is not in the table";
    EXPECT_TRUE(types.contains(field->type)) << name;
  }
};

TEST(Schema, ListsTheEventsInTheOrderOfTheirNumbers) {
  const auto* oneof = event::Event::descriptor()->oneof_decl(0);
  ASSERT_EQ(events().size(), static_cast<std::size_t>(oneof->field_count()));
  for (int i = 0; i < oneof->field_count(); ++i) {
    EXPECT_EQ(oneof->field(i)->name(), events()[static_cast<std::size_t>(i)].name);
    if (i > 0) {
      EXPECT_GT(oneof->field(i)->number(), oneof->field(i - 1)->number());
    }
    EXPECT_EQ(event_name(filled(oneof->field(i)->number())), oneof->field(i)->name());
  }
}

TEST(Schema, ListsTheFieldsThatEachEventGives) {
  Words common = words(common_fields());
  for (const EventInfo& info : events()) {
    const int fact = event::Event::descriptor()->FindFieldByName(std::string(info.name))->number();
    const event::Event event = filled(fact);
    SeenFields sink;
    visit_fields({Epoch(1), Lsn(1), event}, Names(nullptr), sink);
    EXPECT_TRUE(sink.seen.contains("what"));
    for (const std::string& each : common) sink.seen.erase(each);
    EXPECT_EQ(sink.seen, words(info.fields)) << info.name;
  }
}

TEST(Schema, KnowsEachFieldOfSomeEventAndNoOther) {
  Words used = words(common_fields());
  for (const EventInfo& info : events()) used.merge(words(info.fields));
  Words all;
  for (const FieldInfo& field : fields()) {
    EXPECT_TRUE(all.emplace(field.name).second) << field.name << " twice";
    EXPECT_FALSE(field.help.empty());
  }
  EXPECT_EQ(used, all);
}

TEST(Schema, IsWhatTheDocumentSays) {
  std::ifstream file(std::string(MNM_SOURCE_DIR) + "/doc/mnmlog.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (const EventInfo& info : events()) {
    const boost::regex row("\\| (`[a-z_]+`, )*`" + std::string(info.name) +
                           "`(, `[a-z_]+`)* \\| `([a-z_ ]+)`");
    boost::smatch found;
    ASSERT_TRUE(boost::regex_search(text, found, row)) << info.name;
    EXPECT_EQ(words(found[3].str()), words(info.fields)) << info.name;
  }
  for (const std::string& each : words(common_fields())) {
    EXPECT_NE(text.find("`" + each + "`"), std::string::npos) << each;
  }
}

class SchemaCommand : public Inspecting {};

TEST_F(SchemaCommand, TellsOfEventsAndFields) {
  EXPECT_THAT(mnmlog({"schema"}).out, ::testing::HasSubstr("acked\tthe actor's node has"));
  EXPECT_THAT(mnmlog({"schema", "stored"}).out,
              ::testing::HasSubstr("stored\tdata_bytes\toctets\tsize of the body\n"));
  const std::string json = mnmlog({"schema", "tick", "--json"}).out;
  EXPECT_EQ(std::ranges::count(json, '\n'), 2);
  const auto tick = boost::json::parse(json.substr(json.find('\n') + 1));
  EXPECT_EQ(tick.at("fields").at(0).at("name"), "uptime_hours");
  EXPECT_EQ(tick.at("fields").at(0).at("type"), "hours");
  EXPECT_EQ(mnmlog({"schema", "nothing"}).code, 1);
}

}  // namespace
}  // namespace mnm::mnmlog

// Events, however their bytes are cut.
#include "executor/load/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tandem {
namespace {

using testing::ElementsAre;

std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> events;
  EventStream stream;
  for (const std::string& piece : pieces) {
    stream.feed(piece, [&](std::string_view data) { events.emplace_back(data); });
  }
  return events;
}

TEST(EventStream, GivesTheDataOfEachEvent) {
  EXPECT_THAT(events_of({"data: a\n\ndata: b\n\n"}), ElementsAre("a", "b"));
  EXPECT_THAT(events_of({"data:a\n\n"}), ElementsAre("a")) << "the space may be left out";
  EXPECT_THAT(events_of({"data:  a \n\n"}), ElementsAre(" a ")) << "one of it is no data";
  EXPECT_THAT(events_of({"data: a\r\n\r\ndata: b\r\rdata: c\n\n"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(events_of({"data: a\ndata: b\n\n"}), ElementsAre("a\nb"));
  EXPECT_THAT(events_of({"data: a\r\ndata: b\r", "\n\r\n"}), ElementsAre("a\nb"))
      << "a return and a line feed are one end of a line";
  EXPECT_THAT(events_of({"data:\n\n"}), ElementsAre(""));
}

TEST(EventStream, PassesOverWhatIsNoData) {
  EXPECT_THAT(events_of({": a comment\n\nevent: x\nid: 3\ndata: a\nretry: 1\n\n"}),
              ElementsAre("a"));
  EXPECT_THAT(events_of({"\n\n\ndata: a\n"}), ElementsAre()) << "an event ends with a blank line";
  EXPECT_THAT(events_of({"datum: a\n\ndata\n\n"}), ElementsAre());
}

TEST(EventStream, ItsBytesMayComeInAnyPieces) {
  const std::string text =
      ": hi\r\n\r\ndata: {\"a\": \"\u4E2D\"}\r\n\r\ndata: b\rdata: c\r\rdata: d\n\n";
  const auto whole = events_of({text});
  ASSERT_THAT(whole, ElementsAre("{\"a\": \"\u4E2D\"}", "b\nc", "d"));
  for (std::size_t one = 0; one <= text.size(); ++one) {
    for (std::size_t two = one; two <= text.size(); ++two) {
      ASSERT_EQ(events_of({text.substr(0, one), text.substr(one, two - one), text.substr(two)}),
                whole)
          << one << " " << two;
    }
  }
}

TEST(EventStream, AnEventHasAnEnd) {
  EventStream stream;
  const std::string line = "data: " + std::string(1 << 20, 'x') + "\n";
  const auto feed_much = [&] {
    for (int i = 0; i < 20; ++i) stream.feed(line, [](std::string_view) {});
  };
  EXPECT_THROW(feed_much(), MalformedAnswer);
}

}  // namespace
}  // namespace tandem

// Streams whose clients leave, do not read, or outlive their replica or their server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

std::string asked(const json& others) {
  json body{{"model", "bytes"}, {"prompt", "abc"}};
  body.update(others);
  return post_text("/v1/completions", body.dump());
}
const std::string kStream = asked({{"stream", true}});
const std::string kWhole = asked(json::object());

class Streams : public testing::Test {
 protected:
  bool runs(std::size_t count) {
    return server_.comes_true([this, count] { return server_.desk().running() == count; });
  }
  void step(int times = 1) {
    server_.call([this, times] {
      for (int i = 0; i < times; ++i) server_.desk().step();
    });
  }
  HttpServer server_;
};

TEST_F(Streams, ATokenIsSentAtOnce) {
  RawClient client(server_.port());
  client.send(kStream);
  ASSERT_TRUE(runs(1));
  for (const char* token : {"\"a\"", "\"b\"", "\"c\"", "\"a\""}) {
    step();
    EXPECT_THAT(client.read_to("\n\n"), HasSubstr(std::string("\"text\":") + token));
  }
}

TEST_F(Streams, AClientThatLeavesIsNoticedWhileNothingIsWritten) {
  for (const std::string& request : {kStream, kWhole}) {
    RawClient client(server_.port());
    client.send(request);
    ASSERT_TRUE(runs(1));
    client.close();
    EXPECT_TRUE(runs(0));
  }
  EXPECT_EQ(server_.call([this] { return server_.desk().cancelled; }), 2U);
  EXPECT_THAT(get(server_.port(), "/metrics").body,
              HasSubstr(R"(tandem_requests_total{finished_reason="cancelled",model="bytes",)"
                        R"(tenant="everybody"} 2)"));
}

TEST_F(Streams, AClientThatDoesNotReadIsCutOff) {
  RawClient client(server_.port(), 4096);
  client.send(asked({{"stream", true}, {"max_tokens", 1900}, {"n", 20}}));
  ASSERT_TRUE(runs(20));
  // About 200 bytes each: many times what buffers hold.
  for (int i = 0; i < 1900; ++i) step();
  EXPECT_TRUE(runs(0));
  EXPECT_TRUE(server_.comes_true([this] { return server_.front().connections() == 0; }));
  EXPECT_EQ(client.rest().find("[DONE]"), std::string::npos);
  EXPECT_LT(server_.call([this] { return server_.desk().tokens_given; }), 38'000)
      << "it was withdrawn before its end";
}

TEST_F(Streams, ALostReplicaEndsThemWithAnError) {
  RawClient stream(server_.port());
  RawClient whole(server_.port());
  stream.send(kStream);
  whole.send(kWhole);
  ASSERT_TRUE(runs(2));
  step();
  server_.call([this] { server_.desk().fail_all("its replica was lost"); });
  const auto events = events_of(stream.response().body);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(json::parse(events[1])["error"]["message"], "its replica was lost");
  const auto response = whole.response();
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("its replica was lost"));
}

TEST_F(Streams, AStreamEndsInItsConnectionsOrder) {
  RawClient client(server_.port());
  client.send(asked({{"stream", true}, {"max_tokens", 1}}) + get_text("/version"));
  ASSERT_TRUE(runs(1));
  step();
  EXPECT_THAT(client.response().body, HasSubstr("[DONE]"));
  EXPECT_THAT(client.response().body, HasSubstr("1.2.3")) << "what was sent meanwhile waits";
}

TEST_F(Streams, WhoIsStoppedMayEndInTime) {
  RawClient idle(server_.port());
  idle.send(get_text("/health"));
  idle.response();
  RawClient client(server_.port());
  client.send(asked({{"stream", true}, {"max_tokens", 2}}));
  ASSERT_TRUE(runs(1));
  std::promise<void> closed;
  server_.call([&] { server_.front().stop(10s, [&] { closed.set_value(); }); });
  EXPECT_EQ(idle.rest(), "") << "who asks nothing is sent away at once";
  RawResponse late = post(server_.port(), "/v1/completions", R"({"model": "bytes"})");
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.headers["retry-after"], "5");
  EXPECT_EQ(get(server_.port(), "/health").status, 503);
  step(2);
  EXPECT_EQ(events_of(client.response().body).back(), "[DONE]");
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(closed.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_THROW(RawClient(server_.port()), std::runtime_error);
}

TEST_F(Streams, WhoHasJustComeIsToldThatItIsBeingStopped) {
  RawClient client(server_.port());
  client.send(asked({{"stream", true}, {"max_tokens", 1}}));
  ASSERT_TRUE(runs(1));
  RawClient silent(server_.port());
  const auto connections = [&] {
    std::promise<std::size_t> count;
    server_.call([&] { count.set_value(server_.front().connections()); });
    return count.get_future().get();
  };
  while (connections() < 2) std::this_thread::sleep_for(1ms);
  server_.call([&] { server_.front().stop(10s, [] {}); });
  silent.send(get_text("/health"));
  EXPECT_EQ(silent.response().status, 503);
  EXPECT_EQ(silent.rest(), "");
  step();
  client.response();
}

TEST_F(Streams, AnEndCanBeHastened) {
  RawClient client(server_.port());
  client.send(kStream);
  ASSERT_TRUE(runs(1));
  std::promise<void> closed;
  server_.call([&] { server_.front().stop(1h, [] {}); });
  server_.call([&] { server_.front().stop(0ms, [&] { closed.set_value(); }); });
  EXPECT_THAT(client.response().body, HasSubstr("the server is being shut down"));
  EXPECT_EQ(closed.get_future().wait_for(20s), std::future_status::ready);
}

TEST_F(Streams, WhoIsStoppedAndDoesNotEndGetsAnError) {
  RawClient stream(server_.port());
  RawClient whole(server_.port());
  RawClient slow(server_.port());
  stream.send(kStream);
  whole.send(kWhole);
  slow.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
  ASSERT_TRUE(runs(2));
  std::promise<void> closed;
  server_.call([&] { server_.front().stop(10ms, [&] { closed.set_value(); }); });
  const auto events = events_of(stream.response().body);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(json::parse(events[0])["error"]["message"], "the server is being shut down");
  EXPECT_EQ(whole.response().status, 503);
  EXPECT_EQ(slow.response().status, 503);
  EXPECT_EQ(closed.get_future().wait_for(20s), std::future_status::ready);
  EXPECT_TRUE(runs(0));
}

TEST_F(Streams, AServerThatIsDestroyedWithdrawsWhatRuns) {
  RawClient client(server_.port());
  client.send(kStream);
  ASSERT_TRUE(runs(1));
  // HttpServer's destructor: the desk must not be spoken to afterwards, as a sanitizer would see.
}

}  // namespace
}  // namespace tandem

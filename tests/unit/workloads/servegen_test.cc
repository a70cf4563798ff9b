// ServeGen's clients: their files, and the arrivals drawn from them.

#include "workloads/requests/servegen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/error_of.h"
#include "workloads/requests/client_arrivals.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

std::string windows_error(const std::string& text) {
  return error_of([&] { read_client_windows(text, "t"); });
}
std::string lengths_error(const std::string& text) {
  return error_of([&] { read_client_lengths(text, "t"); });
}

TEST(ClientWindows, AreReadWithTheirLengths) {
  const auto windows = read_client_windows(
      "0,18.83,1.07,Gamma,0.87,0.06\n600,17.2,4.5,Weibull,0.22,0.0005\n1200,0,0,,0,0\n", "t");
  ASSERT_EQ(windows.size(), 3U);
  EXPECT_EQ(windows[0].rate, 18.83);
  EXPECT_EQ(windows[0].cv, 1.07);
  EXPECT_EQ(windows[0].family, GapFamily::kGamma);
  EXPECT_EQ(windows[1].start, kStartOfTime + 600s);
  EXPECT_EQ(windows[1].family, GapFamily::kWeibull);
  EXPECT_EQ(windows[2].length, 600s);
  EXPECT_EQ(windows[2].family, GapFamily::kExponential);
  EXPECT_EQ(read_client_windows("0,1,1,,0,0", "t")[0].length, 600s);
}

TEST(ClientWindows, SayWhatIsWrong) {
  EXPECT_EQ(windows_error("0,1,1,Gama,0,0\n"),
            "t:1:7: family is 'Gama': expected Gamma, Weibull or nothing");
  EXPECT_EQ(windows_error("0,1,1,,0,0\n0,1,1,,0,0\n"),
            "t:2:1: start is '0': expected a later start than the window before has");
  EXPECT_EQ(windows_error("0,nan,1,,0,0\n"),
            "t:1:3: rate is 'nan': expected a rate per second, from 0 to 1e6");
  EXPECT_EQ(windows_error("0,1,1\n"), "t:1:6: the row has 3 fields: expected 6");
  EXPECT_EQ(windows_error("\n"), "t: there is no window in it");
}

TEST(ClientWindows, CanBeCut) {
  const auto windows = read_client_windows("0,2,1,,0,0\n600,3,1,,0,0\n1200,4,1,,0,0\n", "t");
  const auto cut = cut_windows(windows, kStartOfTime + 300s, kStartOfTime + 1200s);
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].start, kStartOfTime);
  EXPECT_EQ(cut[0].length, 300s);
  EXPECT_EQ(cut[1].start, kStartOfTime + 300s);
  EXPECT_EQ(ClientArrivals::count(cut), 2U * 300 + 3U * 600);
}

TEST(ClientLengths, AreReadInTheirOrder) {
  const auto windows = read_client_lengths(
      "{\"21600\": {\"output_tokens\": \"{2: 1}\", \"reason_ratio\": \"{0.5: 1}\",\n"
      " \"input_tokens\": \"{7: 0.25, 9: 0.75}\"},\n"
      " \"0\": {\"input_tokens\": \"{ 5 : 1e0 }\", \"output_tokens\": \"{1: .5, 3: .5}\"},\n"
      " \"43200\": {\"input_tokens\": \"{}\", \"output_tokens\": \"{}\"}}",
      "t");
  ASSERT_EQ(windows.size(), 2U);
  EXPECT_EQ(windows[0].start, kStartOfTime);
  EXPECT_EQ(windows[0].prompt.values(), std::vector<std::uint32_t>{5});
  EXPECT_EQ(windows[1].start, kStartOfTime + 6h);
  EXPECT_EQ(windows[1].prompt.values(), (std::vector<std::uint32_t>{7, 9}));
  EXPECT_EQ(windows[1].prompt.mean([](std::uint32_t n) { return n; }), 8.5);
}

TEST(ClientLengths, SayWhatIsWrong) {
  const std::string good = "\"output_tokens\": \"{1: 1}\"";
  EXPECT_EQ(lengths_error("{\"0\": {\"input_tokens\": \"{5 1}\", " + good + "}}"),
            "t:1:28: expected ':'");
  EXPECT_EQ(lengths_error("{\n\"0\": {\"input_tokens\": \"{0: 1}\", " + good + "}}"),
            "t:2:25: expected a number from 1 to 100000000");
  EXPECT_EQ(lengths_error("{\"0\": {\"input_tokens\": \"{5: 0}\", " + good + "}}"),
            "t:1:24: all of the histogram's weights are 0");
  EXPECT_EQ(lengths_error("{\"0\": {\"input_tokens\": \"{}\", " + good + "}}"),
            "t:1:7: expected input_tokens and output_tokens, both with lengths or both empty");
  EXPECT_EQ(lengths_error("{\"0\": {\"input_tokens\": 5, " + good + "}}"),
            "t:1:24: expected a histogram in text: \"{13: 0.5, 14: 0.5}\"");
  EXPECT_EQ(lengths_error("{\"x\": {\"input_tokens\": \"{5: 1}\", " + good + "}}"),
            "t:1:7: start is 'x': expected seconds, 0 or more, less than 292 years");
  EXPECT_EQ(lengths_error("{}"), "t: there is no histogram in it");
  for (const char* text :
       {"", "[", "{", "{\"0\"}", "{\"0\": 5}", "{\"0\": {}", "{\"0\": {\"a\"}}"}) {
    EXPECT_TRUE(lengths_error(text).starts_with("t:")) << text;
  }
}

TEST(WeibullShape, HasTheCoefficientOfVariation) {
  EXPECT_NEAR(weibull_shape(1), 1, 1e-9);
  // gamma(1 + 2/k) / gamma(1 + 1/k)^2 = 4! / 2!^2 = 6 at k = 1/2.
  EXPECT_NEAR(weibull_shape(std::sqrt(5.0)), 0.5, 1e-9);
  // At k = 2, Rayleigh: sqrt(4 / pi - 1).
  EXPECT_NEAR(weibull_shape(std::sqrt(4 / std::numbers::pi - 1)), 2, 1e-9);
}

std::vector<Time> drawn(const std::vector<ClientWindow>& windows, std::uint64_t seed) {
  ClientArrivals arrivals(windows, make_stream(seed, 0, Purpose::kArrival));
  std::vector<Time> times;
  while (const auto time = arrivals.next()) times.push_back(*time);
  return times;
}

double cv_of_gaps(const std::vector<Time>& times) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap = to_seconds(times[i] - times[i - 1]);
    sum += gap;
    squares += gap * gap;
  }
  const double n = static_cast<double>(times.size()) - 1;
  const double mean = sum / n;
  return std::sqrt(squares / n / (mean * mean) - 1);
}

TEST(ClientArrivals, HaveTheirRateExactlyAndTheirVariationNearly) {
  for (const GapFamily family : {GapFamily::kGamma, GapFamily::kWeibull}) {
    for (const double cv : {0.5, 1.0, 2.0}) {
      const std::vector<ClientWindow> windows{{kStartOfTime, 1000s, 20, cv, family}};
      const auto times = drawn(windows, 1);
      EXPECT_EQ(times.size(), 20'000U);
      EXPECT_TRUE(std::ranges::is_sorted(times));
      EXPECT_LE(times.back(), kStartOfTime + 1000s);
      // The error of a CV of n gaps is some cv^2 / sqrt(n) with a factor that grows with the tail.
      EXPECT_NEAR(cv_of_gaps(times), cv, 0.05 * std::max(1.0, cv * cv)) << cv;
    }
  }
}

TEST(ClientArrivals, RoundNoWindowForItself) {
  // A third of a request each: a hundred in all, not none.
  std::vector<ClientWindow> windows;
  for (int i = 0; i < 300; ++i) windows.push_back({kStartOfTime + i * 1s, 1s, 1.0 / 3});
  EXPECT_EQ(ClientArrivals::count(windows), 100U);
  const auto times = drawn(windows, 1);
  EXPECT_EQ(times.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST(ClientArrivals, StayInTheirWindows) {
  const std::vector<ClientWindow> windows{{kStartOfTime, 10s, 5, 300, GapFamily::kGamma},
                                          {kStartOfTime + 10s, 10s, 0},
                                          {kStartOfTime + 20s, 10s, 5, 8, GapFamily::kWeibull}};
  const auto times = drawn(windows, 3);
  ASSERT_EQ(times.size(), 100U);
  EXPECT_LE(times[49], kStartOfTime + 10s);
  EXPECT_GE(times[50], kStartOfTime + 20s);
  EXPECT_EQ(times, drawn(windows, 3));
  EXPECT_NE(times, drawn(windows, 4));
}

}  // namespace
}  // namespace tandem

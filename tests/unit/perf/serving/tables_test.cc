// Measured tables: exact on their points, straight between them, and clear about what is wrong.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/error_of.h"
#include "tests/unit/perf/serving/toy.h"

namespace tandem {
namespace {

TEST(Curve, ExactOnPointsStraightBetweenThem) {
  const Curve curve({1, 4, 10}, {10, 40, 70});
  EXPECT_EQ(curve.at(1), 10);
  EXPECT_EQ(curve.at(4), 40);
  EXPECT_EQ(curve.at(10), 70);
  EXPECT_EQ(curve.at(7), 55);
  EXPECT_EQ(curve.at(0), 10);
  EXPECT_EQ(curve.at(12), 80);
}

TEST(Curve, DoesNotFallBeyondItsLastPoint) {
  EXPECT_EQ(Curve({1, 2}, {10, 4}).at(100), 4);
  EXPECT_EQ(Curve({5}, {3}).at(100), 3);
}

TEST(Curve, SumHasThePointsOfAll) {
  const Curve one({1, 3}, {1, 3});
  const Curve other({2, 6}, {10, 50});
  const Curve sum = sum_of({{&one, 2}, {&other, 1}});
  for (double x = 0; x < 10; x += 0.25) {
    EXPECT_DOUBLE_EQ(sum.at(x), 2 * one.at(x) + other.at(x)) << x;
  }
}

AttentionTable toy_attention() {
  return AttentionTable(read_attention(kToyAttention, "attention.csv"));
}

double attention_us(const AttentionTable& table, double chunk, double key, double n, double kv) {
  const AttentionPiece piece = table.piece(chunk, key, n, kv);
  return (piece.at_low + piece.slope * (kv - piece.low)) * 1e6;
}

TEST(AttentionTable, ExactOnItsPoints) {
  const AttentionTable table = toy_attention();
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 1, 64), 10);
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 4, 128), 40);
  EXPECT_DOUBLE_EQ(attention_us(table, 16, 40, 0, 0), 9);
  EXPECT_DOUBLE_EQ(attention_us(table, 64, 32, 0, 0), 30);
  EXPECT_DOUBLE_EQ(attention_us(table, 16, 8, 4, 16), 16);
}

TEST(AttentionTable, StraightBetweenThem) {
  const AttentionTable table = toy_attention();
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 1, 40), 9);
  // Between one and four requests: each over its own contexts.
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 2, 16), 8 + (12.0 - 8) / 3);
  EXPECT_DOUBLE_EQ(attention_us(table, 16, 24, 0, 0), 7.5);
  // Half way between chunks: 7.5 in the one, 30 in the other, which has one key only.
  EXPECT_DOUBLE_EQ(attention_us(table, 40, 24, 0, 0), (7.5 + 30) / 2);
  // Half way between no prompt and 16 tokens.
  EXPECT_DOUBLE_EQ(attention_us(table, 8, 8, 4, 128), (40.0 + 44) / 2);
}

TEST(AttentionTable, BeyondItsPoints) {
  const AttentionTable table = toy_attention();
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 1, 1), 8);
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 1, 448), 30);
  EXPECT_DOUBLE_EQ(attention_us(table, 0, 0, 7, 16), 16);
  // With more prompt tokens than were measured beside decoding, the two are added.
  EXPECT_DOUBLE_EQ(attention_us(table, 64, 32, 1, 64), 30 + 10);
}

TEST(AttentionTable, OlderTablesHaveTheHistory) {
  const auto points = read_attention(
      "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n16,100,0,0,5\n0,0,1,16,8\n", "old.csv");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].prefill_key, 108);
}

TEST(AttentionTable, OneQueryForEachDecodingRequest) {
  const auto points = read_attention(
      "prefill_chunk,prefill_key,n_decode,kv_decode,decode_q_len,time_us,note\n"
      "16,8,0,0,1,5,a\n0,0,1,16,1,8,b\n0,0,1,16,4,9,c\n",
      "new.csv");
  EXPECT_EQ(points.size(), 2U);
}

TEST(TableCost, StepByHand) {
  const Toy toy;
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  // Once: embedding 1, norm 2, logits 50, sampler 20. Two layers of: two norms 4, 10, 1, 5, 20, 1,
  // 10, attention 8.
  EXPECT_DOUBLE_EQ(microseconds(cost, decode_shape(1, 16)), 73 + 2 * (51 + 8));
  // A prompt of 16 tokens looks back at (16 + 1) / 2 - 0.5 = 8 each.
  const double tokens = 1 + 9 * 15 / 99.0 + 2 + 18 * 15 / 99.0;
  const double block = 2 * (2 + 18 * 15 / 99.0) + (10 + 90 * 6 / 90.0) + 1 + 5 + 45 * 15 / 99.0 +
                       20 + 180 * 15 / 99.0 + 1 + 9 * 15 / 99.0 + 10 + 90 * 15 / 99.0;
  EXPECT_NEAR(microseconds(cost, prefill_shape(16)), 70 + tokens + 2 * (block + 6), 1e-5);
}

TEST(TableCost, LineEndsAtTheNextMeasuredContext) {
  const Toy toy;
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  EXPECT_EQ(cost.line(decode_shape(1, 16)).holds_below, 64);
  EXPECT_EQ(cost.line(decode_shape(1, 63)).holds_below, 64);
  EXPECT_EQ(cost.line(decode_shape(1, 64)).holds_below, 256);
  EXPECT_GT(cost.line(decode_shape(1, 256)).holds_below, 1'000'000'000'000);
  EXPECT_EQ(cost.line(decode_shape(4, 4 * 16)).holds_below, 4 * 128);
  // Two requests: the contexts of one and of four count, 16, 64, 128 and 256.
  EXPECT_EQ(cost.line(decode_shape(2, 2 * 16)).holds_below, 2 * 64);
  EXPECT_EQ(cost.line(decode_shape(2, 2 * 64)).holds_below, 2 * 128);
  // 2 us over 48 tokens, in two layers.
  EXPECT_EQ(cost.line(decode_shape(1, 16)).slope_ps, 83333);
}

TEST(TableCost, HostAndGraphs) {
  const Toy toy;
  const TableCost plain(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  TableSettings settings;
  settings.step_seconds = 1e-3;
  settings.request_seconds = 1e-5;
  const TableCost host(toy.model, toy.machine, {}, kNoEngine, toy_tables(), settings);
  EXPECT_NEAR(microseconds(host, decode_shape(3, 48)),
              microseconds(plain, decode_shape(3, 48)) + 1030, 1e-5);
  settings = {};
  settings.graph_sizes = usual_graph_sizes();
  const TableCost graphs(toy.model, toy.machine, {}, kNoEngine, toy_tables(), settings);
  // Three compute as four do, but look back and choose as three.
  const double layers =
      9.0 / 99 + 18 / 99.0 + 2 * (2 * 18 / 99.0 + 45 / 99.0 + 180 / 99.0 + 9 / 99.0 + 90 / 99.0);
  EXPECT_NEAR(microseconds(graphs, decode_shape(3, 48)),
              microseconds(plain, decode_shape(3, 48)) + layers, 1e-5);
  EXPECT_DOUBLE_EQ(microseconds(graphs, prefill_shape(3)), microseconds(plain, prefill_shape(3)));
  EXPECT_EQ(usual_graph_sizes()[3], 8);
  EXPECT_EQ(usual_graph_sizes().back(), 512);
}

TEST(TableCost, RanksReduceAsMeasuredOrAsTheCatalogueSays) {
  const Toy toy;
  ServingLayout layout;
  layout.tensor = 2;
  const TableCost alone(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  const TableCost pair(toy.model, toy.machine, layout, kNoEngine, toy_tables());
  const double before = microseconds(alone, decode_shape(1, 16));
  EXPECT_NEAR(microseconds(pair, decode_shape(1, 16)), before + 4 * (12 + 0.128), 1e-5);
  EngineTables tables = toy_tables();
  tables.all_reduce = read_all_reduce("bytes,time_us\n64,5\n192,7\n", "all_reduce.csv");
  const TableCost measured(toy.model, toy.machine, layout, kNoEngine, std::move(tables));
  EXPECT_NEAR(microseconds(measured, decode_shape(1, 16)), before + 4 * 6, 1e-5);
}

TEST(TableCost, ExpertsByTokensAndHowManyTheyTouch) {
  Toy toy;
  toy.model.experts = 8;
  toy.model.active_experts = 2;
  EngineTables tables = toy_tables();
  for (const char* layer : {"gate_up_proj", "act_fn", "down_proj"}) tables.dense.erase(layer);
  tables.experts = read_experts(
      "ep,tokens,activated_experts,time_us\n1,1,2,30\n1,1,4,40\n1,3,2,60\n1,3,6,100\n2,1,2,9\n",
      "moe.csv");
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, std::move(tables));
  EXPECT_DOUBLE_EQ(microseconds(cost, decode_shape(1, 16)), 73 + 2 * (20 + 30 + 8));
  // Two tokens touch 3.5 of 8: between 37.5 for one token and 75 for three.
  const double block = 2 * (2 + 18 / 99.0) + 10 + 1 + 5 + 45 / 99.0 + 56.25 + 8 + 4 / 3.0;
  EXPECT_NEAR(microseconds(cost, decode_shape(2, 32)), 73 + 27 / 99.0 + 10 / 7.0 + 2 * block, 1e-5);
}

TEST(TableCost, KnowsWhatLiesBeyondTheTables) {
  const Toy toy;
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, toy_tables());
  EXPECT_FALSE(cost.is_beyond(decode_shape(4, 4 * 256)));
  EXPECT_TRUE(cost.is_beyond(decode_shape(4, 4 * 256 + 1)));
  EXPECT_TRUE(cost.is_beyond(decode_shape(5, 100)));
  EXPECT_FALSE(cost.is_beyond(prefill_shape(64)));
  EXPECT_TRUE(cost.is_beyond(prefill_shape(65)));
}

TEST(TableCost, TablesOfAnotherModelAreRefused) {
  const Toy toy;
  const auto error_with = [&](auto change) {
    EngineTables tables = toy_tables();
    change(tables);
    return error_of([&] { TableCost(toy.model, toy.machine, {}, kNoEngine, std::move(tables)); });
  };
  EXPECT_EQ(error_with([](EngineTables& t) { t.dense.erase("o_proj"); }),
            "toy/dense.csv: layer 'o_proj' of toy is missing");
  EXPECT_EQ(error_with([](EngineTables& t) { t.dense.emplace("qkv_prj", Curve({1}, {1})); }),
            "toy/dense.csv: nothing is known of a layer 'qkv_prj' (did you mean 'qkv_proj'?)");
  EXPECT_EQ(error_with([](EngineTables& t) {
              t.experts = ExpertTable{{1}, {Curve({1}, {1})}};
            }),
            "toy: toy has no experts, but there is a moe.csv");
}

TEST(TableCost, SmallLayersMayBeMissingAndAreNamed) {
  const Toy toy;
  EngineTables tables = toy_tables();
  tables.dense.erase("rotary_emb");
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, std::move(tables));
  const CostAccount account = cost.account();
  ASSERT_EQ(account.warnings.size(), 1U);
  EXPECT_EQ(account.warnings[0], "toy/dense.csv: no 'rotary_emb', counted as 0");
  EXPECT_DOUBLE_EQ(account.numbers.front().value, 100);
}

TEST(ReadTables, SaysWhatIsWrongAndWhere) {
  const auto dense = [](const char* text) {
    return error_of([&] { read_layer_curves(text, "dense.csv", "tokens"); });
  };
  EXPECT_EQ(dense("layer,tokens,time_us\nqkv_proj,1,5\nqkv_proj,1,6\n"),
            "dense.csv:3: this point was measured in line 2 already");
  EXPECT_EQ(dense("layer,tokens,time_us\nqkv_proj,0,5\n"),
            "dense.csv:2:10: tokens is '0': expected a whole number from 1 to 1000000000");
  EXPECT_EQ(dense("layer,tokens,time_us\nqkv_proj,1,nan\n"),
            "dense.csv:2:12: time_us is 'nan': expected microseconds, above 0, at most a day");
  EXPECT_EQ(dense("layer,token,time_us\nqkv_proj,1,5\n"),
            "dense.csv:1: column 'tokens' is missing (did you mean it by 'token'?)");
  EXPECT_EQ(dense("layer,tokens,time_us\n"),
            "dense.csv: there are no measurements: expected a row");
  const auto attention = [](const std::string& rows) {
    return error_of([&] {
      read_attention("layer,prefill_chunk,prefill_key,n_decode,kv_decode,time_us\n" + rows,
                     "a.csv");
    });
  };
  EXPECT_EQ(attention("attention,0,0,0,5,1\n"),
            "a.csv:2:15: n_decode is '0': expected 1 or more where prefill_chunk is 0");
  EXPECT_EQ(attention("attention,0,0,1,5,1\n"),
            "a.csv: there are no rows with prompts (n_decode 0) alone: expected some");
  EXPECT_EQ(attention("mamba,0,0,1,5,1\n"),
            "a.csv:2:1: layer is 'mamba': expected 'attention', the one kernel known");
}

TEST(ReadTables, FolderOrItsFolderOfTheDegree) {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / "tandem_tables_test";
  fs::remove_all(root);
  fs::create_directories(root / "tp2");
  EXPECT_NE(error_of([&] { read_engine_tables(root, 2); }).find("there is neither dense.csv nor"),
            std::string::npos);
  std::ofstream(root / "tp2" / "dense.csv") << kToyDense;
  std::ofstream(root / "tp2" / "per_sequence.csv") << kToyPerSequence;
  std::ofstream(root / "tp2" / "attention.csv") << kToyAttention;
  const EngineTables tables = read_engine_tables(root, 2);
  EXPECT_EQ(tables.folder, (root / "tp2").string());
  EXPECT_EQ(tables.dense.size(), 9U);
  EXPECT_FALSE(tables.experts);
  EXPECT_EQ(read_engine_tables(root / "tp2", 8).dense.size(), 9U);
  fs::remove_all(root);
}

}  // namespace
}  // namespace tandem

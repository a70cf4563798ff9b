// Each format of requests on a few lines, right and wrong.

#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/support/temporary_file.h"
#include "tests/unit/workloads/request_text.h"
#include "workloads/requests/lengths.h"
#include "workloads/requests/prefix_hash.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using Rows = std::vector<Row>;
using Warnings = std::vector<std::string>;

RequestTrace read(const std::string& text, RequestFormat format) {
  return read_request_trace(text, "t", format);
}

TEST(AzureLlm, ReadsBothYears) {
  const RequestTrace trace = read(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2023-11-16 18:15:46.6805900,374,44\n"
      "2023-11-16 18:15:48.1805901,396,109",
      RequestFormat::kAzureLlm);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 374, 44}, {1.5000001, 396, 109}}));
  EXPECT_EQ(trace.tenants, std::vector<std::string>{"default"});
  EXPECT_TRUE(trace.tenant.empty());
  EXPECT_TRUE(trace.prefix(0).empty());
  EXPECT_EQ(trace.warnings, Warnings{});
  EXPECT_EQ(rows_of(read("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                         "2024-05-10 00:00:00.009930+00:00,2162,5\n"
                         "2024-05-10 00:00:01+00:00,1,1\n",
                         RequestFormat::kAzureLlm)),
            (Rows{{0, 2162, 5}, {0.99007, 1, 1}}));
}

TEST(AzureLlm, SaysWhatIsWrong) {
  const std::string header = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  EXPECT_EQ(error_in(header + "yesterday,1,1\n", RequestFormat::kAzureLlm),
            "t:2:1: TIMESTAMP is 'yesterday': expected a time such as 2023-11-16 "
            "18:15:46.6805900, in 1970 to 2261");
  EXPECT_EQ(error_in(header + "2023-11-16 18:15:46,,1\n", RequestFormat::kAzureLlm),
            "t:2:21: ContextTokens is '': expected a whole number of tokens, from 0 to 100000000");
  EXPECT_EQ(error_in(header, RequestFormat::kAzureLlm), "t: there is no request in the trace");
  EXPECT_EQ(error_in("TIMESTAMP,ContextToken,GeneratedTokens\n", RequestFormat::kAzureLlm),
            "t:1: column 'ContextTokens' is missing (did you mean it by 'ContextToken'?)");
}

TEST(BurstGpt, LeavesOutFailedRequests) {
  const RequestTrace trace = read(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "5,ChatGPT,472,18,490,Conversation log\n"
      "45,ChatGPT,0,0,0,Conversation log\n"
      "46,GPT-4,300,0,300,API log\n"
      "118,GPT-4,417,276,693,Conversation log\n",
      RequestFormat::kBurstGpt);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 472, 18}, {113, 417, 276}}));
  EXPECT_EQ(trace.warnings, Warnings{"left out 2 requests without a prompt or an answer"});
}

TEST(BurstGpt, KnowsConversations) {
  const RequestTrace trace = read(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n"
      "1,,2.5,GPT-4,10,5,15,API log\n"
      "2,41,2.5,GPT-4,10,5,15,Conversation log\n"
      "3,7,2.5,GPT-4,10,0,15,Conversation log\n"
      "3,8,2.5,GPT-4,10,5,15,Conversation log\n"
      "4,41,2.5,GPT-4,10,5,15,Conversation log\n"
      "5,,2.5,GPT-4,10,5,15,API log\n",
      RequestFormat::kBurstGpt);
  EXPECT_EQ(trace.session, (std::vector<std::uint32_t>{0, 1, 2, 1, 0}));
}

TEST(Mooncake, ChainsTheBlocksOfPrompts) {
  const RequestTrace trace = read(
      "{\"timestamp\": 0, \"input_length\": 1025, \"output_length\": 5, \"hash_ids\": [0, 1, 2]}\n"
      "{\"timestamp\": 27, \"input_length\": 1024, \"output_length\": 6, \"hash_ids\": [0, 1]}\n"
      "{\"timestamp\": 28, \"input_length\": 1, \"output_length\": 7, \"hash_ids\": [1]}\n",
      RequestFormat::kMooncake);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 1025, 5}, {0.027, 1024, 6}, {0.028, 1, 7}}));
  EXPECT_EQ(trace.prefix_block_tokens, 512U);
  ASSERT_EQ(trace.prefix(0).size(), 3U);
  ASSERT_EQ(trace.prefix(1).size(), 2U);
  EXPECT_EQ(trace.prefix(0)[1], trace.prefix(1)[1]);
  // The same block behind another beginning is another prefix.
  EXPECT_NE(trace.prefix(2)[0], trace.prefix(1)[1]);
}

TEST(Mooncake, SaysWhatIsWrong) {
  EXPECT_EQ(error_in("{\"timestamp\": 0, \"input_length\": 512, \"output_length\": 5, "
                     "\"hash_ids\": [0, 1]}",
                     RequestFormat::kMooncake),
            "t:1:34: input_length is '512': expected what fills or begins as many blocks of 512 "
            "tokens as there are hash_ids (2)");
  EXPECT_EQ(error_in("{\"timestamp\": 0.5, \"input_length\": 512, \"output_length\": 5}",
                     RequestFormat::kMooncake),
            "t:1:15: timestamp is '0.5': expected whole milliseconds, 0 or more, less than 278 "
            "years");
  EXPECT_EQ(error_in("{\"timestamp\": 0, \"input_length\": 512}", RequestFormat::kMooncake),
            "t:1: the key 'output_length' is missing (did you mean it by 'input_length'?)");
}

TEST(NativeRequests, ReadsAllColumns) {
  const RequestTrace trace = read(
      "session,deadline,tenant,arrival_time,output_tokens,prompt_tokens,priority,note\n"
      "s1,2.5,ann,10.5,20,100,3,x\n"
      ",,bob,10,1,1,,\n"
      "s1,,,11,7,8,-2,\n",
      RequestFormat::kNative);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 1, 1}, {0.5, 100, 20}, {1, 8, 7}}));
  EXPECT_EQ(trace.tenants, (std::vector<std::string>{"default", "ann", "bob"}));
  EXPECT_EQ(trace.tenant, (std::vector<std::uint32_t>{2, 1, 0}));
  EXPECT_EQ(trace.priority, (std::vector<std::int32_t>{0, 3, -2}));
  EXPECT_EQ(trace.session, (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(trace.deadline, (std::vector<Duration>{Duration::max(), 2500ms, Duration::max()}));
  EXPECT_EQ(trace.warnings,
            Warnings{"sorted the trace by arrival: 1 request came right behind a later one"});
}

TEST(NativeRequests, KeepsTheOrderOfTheFileWithinAnInstant) {
  EXPECT_EQ(rows_of(read("arrival_time,prompt_tokens,output_tokens\n2,1,1\n1,2,1\n1,3,1\n",
                         RequestFormat::kNative)),
            (Rows{{0, 2, 1}, {0, 3, 1}, {1, 1, 1}}));
}

TEST(NativeRequests, SaysWhatIsWrong) {
  const std::string header = "arrival_time,prompt_tokens,output_tokens,tenant\n";
  EXPECT_EQ(error_in(header + "0,0,1,a\n", RequestFormat::kNative),
            "t:2:3: prompt_tokens is '0': expected a whole number of tokens, from 1 to 100000000");
  EXPECT_EQ(error_in(header + "0,1,-1,a\n", RequestFormat::kNative),
            "t:2:5: output_tokens is '-1': expected a whole number of tokens, from 1 to 100000000");
  EXPECT_EQ(error_in(header + "-1,1,1,a\n", RequestFormat::kNative),
            "t:2:1: arrival_time is '-1': expected seconds, 0 or more, less than 292 years");
  EXPECT_EQ(error_in(header + "0,1,1,a b\n", RequestFormat::kNative),
            "t:2:7: tenant is 'a b': expected a name: UTF-8, not empty, without white space and "
            "control characters");
  EXPECT_EQ(error_in(header + "0,1,1\n", RequestFormat::kNative),
            "t:2:6: the row has 3 fields: expected 4, as in the header");
}

TEST(JsonlRequests, ReadsOurNames) {
  const RequestTrace trace = read(
      "{\"arrival_time\": 0.5, \"prompt_tokens\": 3, \"output_tokens\": 4, \"tenant\": \"ann\", "
      "\"priority\": 2, \"session\": 12, \"deadline\": 1}\n"
      "{\"arrival_time\": \"1.5\", \"prompt_tokens\": 5, \"output_tokens\": 6}\n",
      RequestFormat::kJsonl);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 3, 4}, {1, 5, 6}}));
  EXPECT_EQ(trace.tenant, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(trace.priority, (std::vector<std::int32_t>{2, 0}));
  EXPECT_EQ(trace.session, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(trace.deadline[0], 1s);
}

TEST(JsonlRequests, ReadsThoseOfLlmServingSim) {
  std::string ids = "0";
  for (int i = 1; i < 20; ++i) ids += "," + std::to_string(i);
  const RequestTrace trace = read(
      "{\"input_toks\": 20, \"output_toks\": 4, \"arrival_time_ns\": 5000000000, "
      "\"input_tok_ids\": [" +
          ids +
          "]}\n{\"input_toks\": 16, \"output_toks\": 4, \"arrival_time_ns\": 5000000007, "
          "\"input_tok_ids\": [" +
          ids.substr(0, ids.find(",16")) + "]}\n",
      RequestFormat::kJsonl);
  EXPECT_EQ(rows_of(trace), (Rows{{0, 20, 4}, {7e-9, 16, 4}}));
  EXPECT_EQ(trace.prefix_block_tokens, 16U);
  ASSERT_EQ(trace.prefix(0).size(), 2U);
  ASSERT_EQ(trace.prefix(1).size(), 1U);
  EXPECT_EQ(trace.prefix(0)[0], trace.prefix(1)[0]);
}

TEST(JsonlRequests, SaysWhatIsWrong) {
  EXPECT_EQ(error_in("{\"input_toks\": 2, \"output_toks\": 4, \"arrival_time_ns\": 5, "
                     "\"input_tok_ids\": [1]}",
                     RequestFormat::kJsonl),
            "t:1:16: input_toks is '2': expected the number of its input_tok_ids, 1");
  EXPECT_EQ(error_in("{\"input_toks\": 2, \"output_toks\": 4}", RequestFormat::kJsonl),
            "t:1: the key 'arrival_time' is missing; there are 'input_toks,output_toks'");
  EXPECT_EQ(error_in("{\"arrival_time\": true, \"prompt_tokens\": 2, \"output_tokens\": 4}",
                     RequestFormat::kJsonl),
            "t:1:18: arrival_time is 'true': expected seconds, 0 or more, less than 292 years");
}

TEST(LengthTables, ComeInSeveralForms) {
  const auto lengths = [](const std::string& text, RequestFormat format) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (const Lengths& row : read_lengths(text, "t", format).rows) {
      pairs.emplace_back(row.prompt_tokens, row.output_tokens);
    }
    return pairs;
  };
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> both{{13, 5}, {7, 9}};
  EXPECT_EQ(lengths("prompt_tokens,output_tokens\n13,5\n7,9\n", RequestFormat::kShareGpt), both);
  EXPECT_EQ(lengths("num_prefill_tokens,num_decode_tokens,pd_ratio\n13,5,2.6\n7,9,.8\n",
                    RequestFormat::kShareGpt),
            both);
  EXPECT_EQ(lengths("{\"prompt_tokens\":13,\"output_tokens\":5}\n"
                    "{\"prompt_tokens\":7,\"output_tokens\":9}",
                    RequestFormat::kShareGpt),
            both);
  EXPECT_EQ(
      lengths("arrival_time,prompt_tokens,output_tokens\n0,13,5\n1,7,9\n", RequestFormat::kNative),
      both);
  EXPECT_EQ(error_of([] {
              read_lengths("prompt_tokens,output_tokens\n0,0\n", "t", RequestFormat::kShareGpt);
            }),
            "t: no request of the trace has a prompt and an answer");
}

std::string detected(const std::string& text) {
  const TemporaryFile file("f", text);
  const std::string error = error_of([&] { detect_request_format(file.path()); });
  if (error != "no error") return error.substr(error.find("f:") + 2);
  return request_format_names()[static_cast<std::size_t>(detect_request_format(file.path()))];
}

TEST(RequestFormat, IsToldFromTheBeginning) {
  EXPECT_EQ(detected("TIMESTAMP,ContextTokens,GeneratedTokens\n"), "azure-llm");
  EXPECT_EQ(detected("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"),
            "burstgpt");
  EXPECT_EQ(detected("prompt_tokens,arrival_time,output_tokens,tenant\n"), "native");
  EXPECT_EQ(detected("prompt_tokens,arival_time,output_tokens\n"), "native");
  EXPECT_EQ(detected("prompt_tokens,output_tokens\n"), "sharegpt");
  EXPECT_EQ(detected("num_prefill_tokens,num_decode_tokens,num_total_tokens\n"), "sharegpt");
  EXPECT_EQ(detected("0,18.83,1.07,Gamma,0.87,0.06\n"), "servegen");
  EXPECT_EQ(detected("\n{\"timestamp\": 0, \"input_length\": 6758}\n"), "mooncake");
  EXPECT_EQ(detected("{\"input_toks\": 1, \"arrival_time_ns\": 5}\n"), "jsonl");
  EXPECT_EQ(detected("{\"arrival_time\": 1}\n"), "jsonl");
  EXPECT_EQ(detected("{\"prompt_tokens\": 1, \"output_tokens\": 1}\n"), "sharegpt");
}

TEST(RequestFormat, IsReadFromZst) {
  const std::string text = "arrival_time,prompt_tokens,output_tokens\n0,1,2\n";
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  const TemporaryFile file("r.csv.zst", packed);
  EXPECT_EQ(detect_request_format(file.path()), RequestFormat::kNative);
  EXPECT_EQ(rows_of(read_request_trace(file.path(), RequestFormat::kNative)), (Rows{{0, 1, 2}}));
}

TEST(RequestFormat, IsNotToldFromAnythingElse) {
  EXPECT_EQ(detected("job_id,submit_time\n"),
            "1: the header is of no format of requests we know (azure-llm, burstgpt, native, "
            "sharegpt); a native one is arrival_time,prompt_tokens,output_tokens");
  EXPECT_EQ(detected("[{\"id\": \"x\", \"conversations\": []}]"),
            "1: this is one JSON list: expected one object a line. Conversations as text need "
            "their tokens counted first (prompt_tokens,output_tokens)");
  EXPECT_EQ(detected("\n\n"), " there is no line in it");
}

TEST(RequestFormat, HasNames) {
  EXPECT_EQ(request_format("mooncake"), RequestFormat::kMooncake);
  EXPECT_EQ(error_of([] { request_format("azure"); }),
            "there is no format of requests 'azure' (did you mean 'azure-llm'?)");
  EXPECT_EQ(error_in("", RequestFormat::kShareGpt),
            "t: these are lengths without arrivals: draw requests from them (generate: { arrival: "
            "…, lengths: { file: … } })");
}

}  // namespace
}  // namespace tandem

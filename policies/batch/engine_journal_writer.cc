#include <fmt/compile.h>

#include <iterator>

#include "policies/batch/engine_journal.h"
#include "policies/batch/engine_journal_settings.h"

namespace tandem {
namespace {

constexpr std::size_t kFlushBytes = 1 << 16;

template <class Format, class... Args>
void append(fmt::memory_buffer& out, const Format& format, const Args&... args) {
  fmt::format_to(std::back_inserter(out), format, args...);
}

void append_chunk(const Chunk& chunk, fmt::memory_buffer& out) {
  append(out, FMT_COMPILE("- {} {} {} {}{}{}\n"), chunk.admits ? "admit" : "chunk",
         chunk.sequence.value, chunk.computed, chunk.tokens, chunk.completes ? " last" : "",
         chunk.restores ? " restored" : "");
}

/// What most requests do not have.
void append_rarities(const Request& request, std::uint32_t generated, fmt::memory_buffer& out) {
  if (generated > 0) append(out, FMT_COMPILE(" generated={}"), generated);
  if (request.predicted_output > 0) {
    append(out, FMT_COMPILE(" predicted={}"), request.predicted_output);
  }
  if (request.deadline != kForever) {
    append(out, FMT_COMPILE(" deadline={}"), request.deadline.time_since_epoch().count());
  }
  for (std::size_t i = 0; i < request.prefix.size(); ++i) {
    append(out, FMT_COMPILE("{}{:x}"), i == 0 ? " prefix=" : ",", request.prefix[i]);
  }
}

}  // namespace

void append_lines(const Batch& batch, fmt::memory_buffer& out) {
  for (const Eviction& eviction : batch.evicted) {
    append(out, FMT_COMPILE("- evict {} {}\n"), eviction.sequence.value,
           eviction.kept ? "kept" : "lost");
  }
  for (const Chunk& chunk : batch.chunks) append_chunk(chunk, out);
  if (batch.decodes > 0) {
    append(out, FMT_COMPILE("- decode {} {}\n"), batch.decodes, batch.decode_context);
  }
  if (batch.blocks_out + batch.blocks_in > 0) {
    append(out, FMT_COMPILE("- copy {} {}\n"), batch.blocks_out, batch.blocks_in);
  }
  if (batch.empty()) append(out, FMT_COMPILE("- nothing\n"));
}

void EngineJournalWriter::begin(const EngineJournalHead& head) {
  append(buffer_, FMT_COMPILE("tandem-engine-journal 1\npolicy {}\n"), head.policy);
  for_settings(head.settings, [this](const char* name, auto value, std::int64_t, std::int64_t) {
    append(buffer_, FMT_COMPILE("{} {}\n"), name, std::int64_t{value});
  });
  for (const Tenant& tenant : head.tenants.all()) {
    append(buffer_, FMT_COMPILE("tenant {} {} {}\n"), tenant.id.value, tenant.shares, tenant.name);
  }
  append(buffer_, FMT_COMPILE("run\n"));
}

void EngineJournalWriter::at(Time now) {
  if (buffer_.size() >= kFlushBytes) flush();
  if (last_ == now) return;
  last_ = now;
  append(buffer_, FMT_COMPILE("@ {}\n"), now.time_since_epoch().count());
}

void EngineJournalWriter::submitted(SequenceId id, const Request& request, std::uint32_t generated,
                                    Time now) {
  at(now);
  append(buffer_, FMT_COMPILE("+ submit {} {} {} {} {} {} {}"), id.value, request.tenant.value,
         request.priority, request.session.value, request.arrival.time_since_epoch().count(),
         request.prompt_tokens, request.output_limit);
  append_rarities(request, generated, buffer_);
  buffer_.push_back('\n');
}

void EngineJournalWriter::cancelled(SequenceId id, Time now) {
  at(now);
  append(buffer_, FMT_COMPILE("+ cancel {}\n"), id.value);
}

void EngineJournalWriter::decided(const Batch& batch, Time now) {
  at(now);
  append_lines(batch, buffer_);
}

void EngineJournalWriter::completed(std::int64_t steps, std::span<const SequenceId> ended,
                                    Time now) {
  at(now);
  append(buffer_, FMT_COMPILE("+ computed {}"), steps);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    append(buffer_, FMT_COMPILE("{}{}"), i == 0 ? " " : ",", ended[i].value);
  }
  buffer_.push_back('\n');
}

void EngineJournalWriter::flush() {
  sink_({buffer_.data(), buffer_.size()});
  buffer_.clear();
}

void EngineJournalWriter::finish() {
  append(buffer_, FMT_COMPILE("end\n"));
  flush();
}

}  // namespace tandem

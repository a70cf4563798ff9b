#include "executor/control/job_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include "policies/core/error.h"

namespace tandem {

class JobStore::Impl {
 public:
  explicit Impl(const std::filesystem::path& path)
      : database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
    database.setBusyTimeout(5000);
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec(
        "CREATE TABLE IF NOT EXISTS run (only INTEGER PRIMARY KEY CHECK (only = 1),"
        " began_ns INTEGER NOT NULL);"
        "CREATE TABLE IF NOT EXISTS submission (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS cancellation (job INTEGER PRIMARY KEY)");
  }
  mutable SQLite::Database database;
};

JobStore::JobStore(const std::filesystem::path& path) {
  try {
    impl_ = std::make_unique<Impl>(path);
  } catch (const SQLite::Exception& error) {
    throw InputError({path.string(), 0, 0}, std::string("damaged: ") + error.what());
  }
}

JobStore::~JobStore() = default;

std::int64_t JobStore::run_began(std::int64_t now) {
  SQLite::Statement insert(impl_->database, "INSERT OR IGNORE INTO run VALUES (1, ?)");
  insert.bind(1, now);
  insert.exec();
  return impl_->database.execAndGet("SELECT began_ns FROM run").getInt64();
}

void JobStore::add(const Submission& submission) {
  SQLite::Statement insert(impl_->database, "INSERT INTO submission VALUES (?, ?)");
  insert.bind(1, static_cast<std::int64_t>(submission.id.value));
  insert.bind(2, submission.text);
  insert.exec();
}

std::vector<JobStore::Submission> JobStore::submissions() const {
  std::vector<Submission> all;
  SQLite::Statement query(impl_->database, "SELECT id, text FROM submission ORDER BY id");
  while (query.executeStep()) {
    all.push_back({{query.getColumn(0).getUInt()}, query.getColumn(1).getString()});
  }
  return all;
}

void JobStore::cancel(JobId job) {
  SQLite::Statement insert(impl_->database, "INSERT OR IGNORE INTO cancellation VALUES (?)");
  insert.bind(1, static_cast<std::int64_t>(job.value));
  insert.exec();
}

std::vector<JobId> JobStore::cancellations() const {
  std::vector<JobId> all;
  SQLite::Statement query(impl_->database, "SELECT job FROM cancellation ORDER BY job");
  while (query.executeStep()) all.push_back({query.getColumn(0).getUInt()});
  return all;
}

}  // namespace tandem

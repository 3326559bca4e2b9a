// The rows of session windows: for each key the sessions that are still open, each with its rows. A
// session ends a gap after its last row; a row that comes between two sessions makes them one, a
// row that is taken back may make two of one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "engine/key_table.h"
#include "engine/operator.h"
#include "engine/state_block.h"

namespace headrace::engine {

struct SessionRow {
  int64_t time_us = 0;
  uint64_t number = 0;  // in order of arrival
  std::string bytes;
};

struct Session {
  int64_t first_us = 0;
  int64_t last_us = 0;
  std::vector<SessionRow> rows;  // in order of arrival
  // The result that was emitted last, as bytes; empty: none. And whether it may be another now.
  std::string emitted;
  bool changed = false;
};

// Used by one thread at a time.
class SessionStore {
 public:
  explicit SessionStore(int64_t gap_us) : gap_us_(gap_us) {}

  // Adds a row to the session of `key` that it falls into, or to one of its own. Sessions whose end
  // is not after `sealed_us` take no rows any more.
  void Add(std::string_view key, int64_t time_us, std::string_view bytes, int64_t sealed_us);
  // Takes a row away where it is there.
  void Remove(std::string_view key, int64_t time_us, std::string_view bytes, int64_t sealed_us);

  // Calls visit(key, session) for each that changed since the last call.
  template <typename Visit>
  Status VisitChanged(Visit visit) {
    for (const uint32_t key : changed_keys_) {
      if (!keys_.live(key)) continue;
      for (Session& session : sessions_[key]) {
        if (!session.changed) continue;
        session.changed = false;
        RETURN_NOT_OK(visit(keys_.key(key), session));
      }
    }
    changed_keys_.clear();
    return Status::OK();
  }

  // Calls visit(key, session) for each.
  template <typename Visit>
  Status VisitAll(Visit visit) {
    for (uint32_t key = 0; key < keys_.index_end(); ++key) {
      if (!keys_.live(key)) continue;
      for (Session& session : sessions_[key]) RETURN_NOT_OK(visit(keys_.key(key), session));
    }
    return Status::OK();
  }

  // Returns the emitted results of sessions that are gone since the last call.
  std::vector<std::string> TakeGone() { return std::exchange(gone_, {}); }

  // Calls visit(key, session) for each whose end is not after `watermark_us`, and forgets them.
  template <typename Visit>
  Status Close(int64_t watermark_us, Visit visit) {
    while (!by_end_.empty() && by_end_.begin()->first <= watermark_us) {
      const std::vector<uint32_t> keys = std::move(by_end_.begin()->second);
      by_end_.erase(by_end_.begin());
      for (const uint32_t key : keys) {
        if (!keys_.live(key)) continue;
        auto& sessions = sessions_[key];
        for (size_t i = 0; i < sessions.size();) {
          if (sessions[i].last_us + gap_us_ > watermark_us) {
            ++i;
            continue;
          }
          RETURN_NOT_OK(visit(keys_.key(key), sessions[i]));
          Forget(key, i);
        }
        if (sessions.empty()) keys_.Erase(key);
      }
    }
    return Status::OK();
  }

  void SaveChanges(StateBlock* block);
  static bool OwnsEntry(std::string_view key);
  Status Restore(std::string_view entry, std::optional<std::string_view> value);
  // Makes the sessions of the rows that were restored.
  void FinishRestore();

  StateSize size() const;

 private:
  uint32_t InsertKey(std::string_view key);
  void AddRow(uint32_t key, SessionRow row, int64_t sealed_us);
  void MarkChanged(uint32_t key, Session* session);
  void Forget(uint32_t key, size_t index);
  void Split(uint32_t key, Session session);
  void SaveRow(std::string_view key, const SessionRow& row);
  void DeleteRow(const SessionRow& row);
  void RememberEnd(uint32_t key, const Session& session);

  const int64_t gap_us_;
  KeyTable keys_;
  std::vector<std::vector<Session>> sessions_;       // by key
  std::map<int64_t, std::vector<uint32_t>> by_end_;  // keys that may have a session of that end
  std::vector<uint32_t> changed_keys_;
  std::vector<std::string> gone_;
  uint64_t next_number_ = 0;
  StateBlock changes_;
  int64_t rows_ = 0;
  int64_t row_bytes_ = 0;
  // Of a restore: rows by number, and their keys.
  std::map<uint64_t, std::pair<std::string, SessionRow>> restored_;
};

}  // namespace headrace::engine

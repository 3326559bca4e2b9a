#include "engine/session_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/bytes.h"

namespace headrace::engine {
namespace {

constexpr char kRowEntry = 's';  // then the number of the row; value: time, key as a string, bytes
// What a row costs beside its bytes.
constexpr int64_t kRowBytes = 56;

std::string EntryOf(const SessionRow& row) {
  std::string entry(1, kRowEntry);
  AppendNumber(row.number, &entry);
  return entry;
}

}  // namespace

uint32_t SessionStore::InsertKey(std::string_view key) {
  bool inserted = false;
  const uint32_t index = keys_.Insert(key, &inserted);
  if (index >= sessions_.size()) sessions_.resize(index + index / 2 + 64);
  return index;
}

void SessionStore::RememberEnd(uint32_t key, const Session& session) {
  auto& keys = by_end_[session.last_us + gap_us_];
  if (keys.empty() || keys.back() != key) keys.push_back(key);
}

void SessionStore::MarkChanged(uint32_t key, Session* session) {
  if (!session->emitted.empty()) gone_.push_back(std::exchange(session->emitted, {}));
  session->changed = true;
  if (changed_keys_.empty() || changed_keys_.back() != key) changed_keys_.push_back(key);
}

void SessionStore::Add(std::string_view key, int64_t time_us, std::string_view bytes,
                       int64_t sealed_us) {
  SessionRow row{time_us, next_number_++, std::string(bytes)};
  SaveRow(key, row);
  AddRow(InsertKey(key), std::move(row), sealed_us);
}

void SessionStore::AddRow(uint32_t key, SessionRow row, int64_t sealed_us) {
  ++rows_;
  row_bytes_ += static_cast<int64_t>(row.bytes.size());
  auto& sessions = sessions_[key];
  Session* into = nullptr;
  for (size_t i = 0; i < sessions.size();) {
    Session& session = sessions[i];
    const bool open = session.last_us + gap_us_ > sealed_us;
    const bool touches =
        row.time_us <= session.last_us + gap_us_ && session.first_us <= row.time_us + gap_us_;
    if (!open || !touches) {
      ++i;
      continue;
    }
    if (into == nullptr) {
      into = &session;
      ++i;
      continue;
    }
    // The row joins two sessions.
    MarkChanged(key, &session);
    into->first_us = std::min(into->first_us, session.first_us);
    into->last_us = std::max(into->last_us, session.last_us);
    const auto middle = static_cast<std::ptrdiff_t>(into->rows.size());
    std::move(session.rows.begin(), session.rows.end(), std::back_inserter(into->rows));
    std::inplace_merge(
        into->rows.begin(), into->rows.begin() + middle, into->rows.end(),
        [](const SessionRow& a, const SessionRow& b) { return a.number < b.number; });
    sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (into == nullptr) {
    sessions.push_back({row.time_us, row.time_us, {}, "", false});
    into = &sessions.back();
  }
  into->first_us = std::min(into->first_us, row.time_us);
  into->last_us = std::max(into->last_us, row.time_us);
  into->rows.push_back(std::move(row));
  MarkChanged(key, into);
  RememberEnd(key, *into);
}

void SessionStore::Remove(std::string_view key, int64_t time_us, std::string_view bytes,
                          int64_t sealed_us) {
  const uint32_t index = keys_.Find(key);
  if (index == KeyTable::kNone) return;
  auto& sessions = sessions_[index];
  for (size_t i = 0; i < sessions.size(); ++i) {
    Session& session = sessions[i];
    if (session.last_us + gap_us_ <= sealed_us || time_us < session.first_us ||
        time_us > session.last_us) {
      continue;
    }
    const auto row = std::ranges::find_if(session.rows, [&](const SessionRow& one) {
      return one.time_us == time_us && one.bytes == bytes;
    });
    if (row == session.rows.end()) continue;
    DeleteRow(*row);
    session.rows.erase(row);
    MarkChanged(index, &session);
    Session rest = std::move(session);
    sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(i));
    Split(index, std::move(rest));
    if (sessions.empty()) keys_.Erase(index);
    return;
  }
}

// Makes the sessions that the rows of `session`, of which one was taken, are now.
void SessionStore::Split(uint32_t key, Session session) {
  std::ranges::sort(session.rows, [](const SessionRow& a, const SessionRow& b) {
    return std::pair(a.time_us, a.number) < std::pair(b.time_us, b.number);
  });
  std::vector<Session> parts;
  for (SessionRow& row : session.rows) {
    if (parts.empty() || row.time_us > parts.back().last_us + gap_us_) {
      parts.push_back({row.time_us, row.time_us, {}, "", false});
    }
    parts.back().last_us = row.time_us;
    parts.back().rows.push_back(std::move(row));
  }
  for (Session& part : parts) {
    std::ranges::sort(part.rows, {}, &SessionRow::number);
    MarkChanged(key, &part);
    RememberEnd(key, part);
    sessions_[key].push_back(std::move(part));
  }
}

void SessionStore::Forget(uint32_t key, size_t index) {
  auto& sessions = sessions_[key];
  for (const SessionRow& row : sessions[index].rows) DeleteRow(row);
  sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(index));
}

void SessionStore::SaveRow(std::string_view key, const SessionRow& row) {
  std::string value;
  AppendNumber(row.time_us, &value);
  AppendString(key, &value);
  value += row.bytes;
  changes_.Put(EntryOf(row), value);
}

void SessionStore::DeleteRow(const SessionRow& row) {
  changes_.Delete(EntryOf(row));
  --rows_;
  row_bytes_ -= static_cast<int64_t>(row.bytes.size());
}

void SessionStore::SaveChanges(StateBlock* block) {
  block->Append(changes_);
  changes_.clear();
}

bool SessionStore::OwnsEntry(std::string_view key) { return !key.empty() && key[0] == kRowEntry; }

Status SessionStore::Restore(std::string_view entry, std::optional<std::string_view> value) {
  SessionRow row;
  RETURN_NOT_OK(ByteReader(entry.substr(1)).ReadNumber(&row.number));
  next_number_ = std::max(next_number_, row.number + 1);
  if (!value.has_value()) {
    restored_.erase(row.number);
    return Status::OK();
  }
  ByteReader reader(*value);
  std::string_view key;
  RETURN_NOT_OK(reader.ReadNumber(&row.time_us));
  RETURN_NOT_OK(reader.ReadString(&key));
  row.bytes = reader.rest();
  const uint64_t number = row.number;
  restored_[number] = {std::string(key), std::move(row)};
  return Status::OK();
}

void SessionStore::FinishRestore() {
  for (auto& [number, row] : restored_) {
    AddRow(InsertKey(row.first), std::move(row.second), std::numeric_limits<int64_t>::min());
  }
  restored_.clear();
}

StateSize SessionStore::size() const {
  return {rows_, row_bytes_ + rows_ * kRowBytes + keys_.memory_bytes()};
}

}  // namespace headrace::engine

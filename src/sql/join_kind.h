#pragma once

#include <cstddef>
#include <string_view>

namespace headrace::sql {

// Which rows of two relations a join yields. Semi and anti joins yield rows of the left one only.
enum class JoinKind { kInner, kLeft, kRight, kFull, kLeftSemi, kLeftAnti };

// Whether rows of that side without a match are in the result, beside nulls for the other side.
inline bool KeepsLeft(JoinKind kind) { return kind == JoinKind::kLeft || kind == JoinKind::kFull; }
inline bool KeepsRight(JoinKind kind) {
  return kind == JoinKind::kRight || kind == JoinKind::kFull;
}

// Whether the result has columns of the left relation only.
inline bool LeftOnly(JoinKind kind) {
  return kind == JoinKind::kLeftSemi || kind == JoinKind::kLeftAnti;
}

// "left", "left semi".
inline std::string_view JoinKindName(JoinKind kind) {
  constexpr std::string_view kNames[] = {"inner", "left",      "right",
                                         "full",  "left semi", "left anti"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace headrace::sql

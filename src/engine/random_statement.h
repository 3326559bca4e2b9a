// Random statements for tests, over two relations `a` and `b` with the columns id, k and v: BIGINT,
// the last two may be null. They mean the same to headrace and to DuckDB, and the rows that they
// yield don't depend on the order of what they read.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace headrace::engine {

class RandomStatement {
 public:
  explicit RandomStatement(std::mt19937_64* random) : random_(*random) {}

  std::string Make() { return Query(2, 1 + Below(3)); }

 private:
  struct Relation {
    std::string text;  // as it stands in FROM
    std::string alias;
    std::vector<std::string> columns;
  };
  using Relations = std::vector<Relation>;

  // A query with the columns c0, c1, ...; others in it are nested up to `depth`.
  std::string Query(int depth, int columns);
  std::string Project(int depth, int columns);
  std::string Group(int depth, int columns);
  std::string Ranked(int depth, int columns);
  std::string First(int depth, int columns);
  std::string Union(int depth, int columns);

  // Adds what FROM reads to `relations`; returns it with its joins.
  std::string From(int depth, Relations* relations);
  Relation Read(int depth);
  // " WHERE ..." or nothing.
  std::string Where(int depth, const Relations& relations);
  std::string Subquery(int depth, const Relations& relations);

  std::string Column(const Relations& relations);
  std::string Value(const Relations& relations, int depth);
  std::string Predicate(const Relations& relations, int depth);
  std::string Aggregate(const Relations& relations);
  std::string Items(const Relations& relations, int columns);

  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool OneIn(int count) { return Below(count) == 0; }
  std::string Pick(const std::vector<std::string>& choices) {
    return choices[static_cast<size_t>(Below(static_cast<int>(choices.size())))];
  }
  std::string Number() { return std::to_string(Below(6)); }
  std::string Alias() { return "t" + std::to_string(++aliases_); }

  std::mt19937_64& random_;
  int aliases_ = 0;
};

}  // namespace headrace::engine

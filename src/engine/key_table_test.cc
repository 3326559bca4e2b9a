#include "engine/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace headrace::engine {
namespace {

TEST(KeyTableTest, GivesEveryKeyAnIndex) {
  KeyTable table;
  bool inserted = false;
  const uint32_t a = table.Insert("a", &inserted);
  EXPECT_TRUE(inserted);
  const uint32_t empty = table.Insert("", &inserted);
  EXPECT_TRUE(inserted);
  EXPECT_EQ(table.Insert("a", &inserted), a);
  EXPECT_FALSE(inserted);
  EXPECT_EQ(table.Find(""), empty);
  EXPECT_EQ(table.Find("b"), KeyTable::kNone);
  EXPECT_EQ(table.key(a), "a");
  EXPECT_EQ(table.key(empty), "");
  EXPECT_EQ(table.size(), 2);
}

TEST(KeyTableTest, GivesAnErasedIndexAgain) {
  KeyTable table;
  bool inserted = false;
  const uint32_t a = table.Insert("a", &inserted);
  table.Erase(a);
  EXPECT_FALSE(table.live(a));
  EXPECT_EQ(table.Find("a"), KeyTable::kNone);
  EXPECT_EQ(table.Insert("b", &inserted), a);
  EXPECT_EQ(table.index_end(), 1);
}

TEST(KeyTableTest, InsertsAllAtOnce) {
  KeyTable table;
  PackedKeys keys;
  for (const std::string_view key : {"x", "yy", "x", "", "yy"}) {
    keys.bytes += key;
    keys.ends.push_back(static_cast<uint32_t>(keys.bytes.size()));
  }
  std::vector<uint32_t> indexes(5);
  std::vector<uint32_t> inserted;
  table.InsertAll(keys, indexes.data(), &inserted);
  EXPECT_EQ(inserted.size(), 3);
  EXPECT_EQ(indexes[0], indexes[2]);
  EXPECT_EQ(indexes[1], indexes[4]);
  EXPECT_EQ(table.key(indexes[3]), "");
}

// Compares with std::map over random insertions and removals, enough of them for the table to grow,
// for its runs to wrap around and for its key bytes to be packed anew.
TEST(KeyTableTest, AgreesWithAMap) {
  std::mt19937_64 random(7);
  KeyTable table;
  std::map<std::string, uint32_t> model;
  for (int step = 0; step < 100'000; ++step) {
    const std::string key(1 + random() % 120, static_cast<char>('a' + random() % 26));
    const std::string name = key + std::to_string(random() % 2000);
    if (random() % 2 == 0) {
      bool inserted = false;
      const uint32_t index = table.Insert(name, &inserted);
      EXPECT_EQ(inserted, !model.contains(name));
      model[name] = index;
    } else if (const auto found = model.find(name); found != model.end()) {
      table.Erase(found->second);
      model.erase(found);
    }
  }
  EXPECT_EQ(table.size(), model.size());
  std::set<uint32_t> indexes;
  for (const auto& [key, index] : model) {
    EXPECT_EQ(table.Find(key), index);
    EXPECT_EQ(table.key(index), key);
    indexes.insert(index);
  }
  EXPECT_EQ(indexes.size(), model.size());
}

}  // namespace
}  // namespace headrace::engine

#include "storage/storage_contract.h"

#include <atomic>
#include <thread>

namespace headrace::storage {

TEST_P(StorageContract, KeepsObjects) {
  EXPECT_THAT(Names(*storage_, ""), ::testing::IsEmpty());
  EXPECT_TRUE(storage_->Get("a").status().IsKeyError());
  EXPECT_TRUE(storage_->GetRange("a", 0, 0).status().IsKeyError());
  ASSERT_TRUE(storage_->Put("a/b/c", "one").ok());
  ASSERT_TRUE(storage_->Put("a/b/c", "three").ok());
  std::string large;
  for (int i = 0; large.size() < 3'000'000; ++i) large += std::to_string(i);
  large.resize(3'000'000);
  ASSERT_TRUE(storage_->Put("a.txt", large).ok());
  ASSERT_TRUE(storage_->PutIfAbsent("b.txt", large).ok());
  EXPECT_TRUE(storage_->PutIfAbsent("b.txt", large).IsAlreadyExists());
  ASSERT_TRUE(storage_->Put("a/d", "").ok());
  EXPECT_EQ(storage_->Get("a/b/c").ValueOrDie(), "three");
  EXPECT_EQ(storage_->Get("a/d").ValueOrDie(), "");
  EXPECT_TRUE(storage_->Get("a.txt").ValueOrDie() == large);
  EXPECT_TRUE(storage_->Get("b.txt").ValueOrDie() == large);
  EXPECT_EQ(storage_->GetRange("a/b/c", 1, 3).ValueOrDie(), "hre");
  EXPECT_EQ(storage_->GetRange("a/b/c", 3, 99).ValueOrDie(), "ee");
  EXPECT_EQ(storage_->GetRange("a/b/c", 9, 99).ValueOrDie(), "");
  EXPECT_EQ(storage_->GetRange("a/b/c", 1, 0).ValueOrDie(), "");
  EXPECT_TRUE(storage_->GetRange("a.txt", 7, 2'500'000).ValueOrDie() == large.substr(7, 2'500'000));
  EXPECT_TRUE(storage_->GetRange("a/b/c", -1, 2).status().IsInvalid());
  EXPECT_THAT(Names(*storage_, ""),
              ::testing::ElementsAre("a.txt:3000000", "a/b/c:5", "a/d:0", "b.txt:3000000"));
  EXPECT_THAT(Names(*storage_, "a"), ::testing::ElementsAre("a/b/c:5", "a/d:0"));
  EXPECT_THAT(Names(*storage_, "a/x"), ::testing::IsEmpty());
  EXPECT_THAT(Names(*storage_, "a.txt"), ::testing::IsEmpty());
}

TEST_P(StorageContract, DeletesObjects) {
  ASSERT_TRUE(storage_->Put("a/b", "1").ok());
  ASSERT_TRUE(storage_->Put("a/c", "1").ok());
  EXPECT_TRUE(storage_->Delete("a/b").ok());
  EXPECT_TRUE(storage_->Delete("a/b").ok());
  EXPECT_TRUE(storage_->Get("a/b").status().IsKeyError());
  EXPECT_THAT(Names(*storage_, ""), ::testing::ElementsAre("a/c:1"));
  EXPECT_TRUE(storage_->PutIfAbsent("a/b", "2").ok());
  EXPECT_EQ(storage_->Get("a/b").ValueOrDie(), "2");
}

TEST_P(StorageContract, NamesMayHoldWhatAColumnHolds) {
  const std::vector<std::string> names = {
      "day=2024-01-01/a b", "p+q/%2F&x=1?y#z", "\xc3\xa9t\xc3\xa9/\xe6\x97\xa5\xe6\x9c\xac",
      "a<b>\"'&amp;",       "tilde~star*(!)",  ".hoodie/.temp/x",
      "semi;colon:comma,",  "@$[]{}|\\^`"};
  for (const std::string& name : names) ASSERT_TRUE(storage_->Put(name, name).ok()) << name;
  for (const std::string& name : names)
    EXPECT_EQ(storage_->Get(name).ValueOr("missing"), name) << name;
  std::vector<std::string> listed;
  for (const ObjectInfo& object : storage_->List("").ValueOrDie()) listed.push_back(object.name);
  EXPECT_THAT(listed, ::testing::UnorderedElementsAreArray(names));
  EXPECT_THAT(Names(*storage_, "p+q"), ::testing::ElementsAre("p+q/%2F&x=1?y#z:15"));
  for (const std::string& name : names) EXPECT_TRUE(storage_->Delete(name).ok()) << name;
  EXPECT_THAT(Names(*storage_, ""), ::testing::IsEmpty());
}

TEST_P(StorageContract, PutIfAbsentNeverReplaces) {
  ASSERT_TRUE(storage_->PutIfAbsent("a/b", "one").ok());
  EXPECT_TRUE(storage_->PutIfAbsent("a/b", "two").IsAlreadyExists());
  EXPECT_EQ(storage_->Get("a/b").ValueOrDie(), "one");
}

TEST_P(StorageContract, WritesPieceByPiece) {
  std::string whole;
  const auto write = [&](const std::string& name, int pieces) {
    whole.clear();
    auto writer = storage_->Create(name).ValueOrDie();
    for (int i = 0; i < pieces; ++i) {
      const std::string piece = std::to_string(i) + std::string(700'000, 'x');
      EXPECT_TRUE(writer->Append(piece).ok());
      whole += piece;
    }
    return writer;
  };
  for (const int pieces : {0, 1, 60}) {
    const std::string name = "a/" + std::to_string(pieces);
    auto writer = write(name, pieces);
    EXPECT_THAT(Names(*storage_, "a"), ::testing::IsEmpty());
    ASSERT_TRUE(writer->Finish().ok());
    writer.reset();
    EXPECT_TRUE(storage_->Get(name).ValueOrDie() == whole);
    EXPECT_TRUE(write(name, pieces)->Finish().IsAlreadyExists());
    ASSERT_TRUE(storage_->Delete(name).ok());
    write(name, pieces).reset();
    EXPECT_THAT(Names(*storage_, ""), ::testing::IsEmpty());
  }
  EXPECT_TRUE(storage_->Create("../a").status().IsInvalid());
}

TEST_P(StorageRace, OneOfManyWritersWins) {
  std::atomic<int> winners{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n)
        winners += storage_->PutIfAbsent("t/" + std::to_string(n), std::to_string(i)).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 20);
  EXPECT_EQ(Names(*storage_, "t").size(), 20u);
}

TEST_P(StorageContract, RefusesNamesThatLeaveTheRoot) {
  const std::string long_part(256, 'x');
  for (const std::string& name :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("../a"), std::string("a/.."), std::string("."), std::string("a\0b", 3),
        long_part, std::string(1025, 'x')}) {
    EXPECT_TRUE(storage_->Put(name, "x").IsInvalid()) << name;
    EXPECT_TRUE(storage_->Get(name).status().IsInvalid()) << name;
    EXPECT_TRUE(storage_->Delete(name).IsInvalid()) << name;
  }
}

}  // namespace headrace::storage

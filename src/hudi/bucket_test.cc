#include "hudi/bucket.h"

#include <gtest/gtest.h>

namespace headrace::hudi {
namespace {

// The expected values were computed by a port of Hudi's BucketIdentifier that was compared with
// Hudi's own over 20,000 keys.
TEST(BucketTest, HashesAsJavaDoes) {
  EXPECT_EQ(JavaHash(""), 0);
  EXPECT_EQ(JavaHash("abc"), 96354);
  EXPECT_EQ(JavaHash("\u00e9\u6f22\U0001F600"), 36054652);
  EXPECT_EQ(JavaHash("The quick brown fox jumps over the lazy dog"), -609428141);
}

TEST(BucketTest, CutsTheHashedValuesOutOfTheKey) {
  struct Case {
    std::string key;
    std::vector<std::string> fields;
    int32_t of_8, of_1000;
  };
  for (const Case& c : std::vector<Case>{
           {"abc", {"id"}, 1, 385},
           {"", {"id"}, 7, 31},
           {"\u00e9\u6f22\U0001F600", {"id"}, 3, 683},
           {"12345", {"id"}, 2, 786},
           {"1767225620123456", {"id"}, 0, 104},
           {"i:5", {"i"}, 3, 787},
           {"a:1,b:x", {"a", "b"}, 0, 600},
           {"a:1,b:x", {"b"}, 7, 151},
           {"a:__null__,b:__empty__", {"a", "b"}, 1, 961},
           {"a:1,2:3,b:x", {"a", "b"}, 0, 600},
           {"x,y:z", {"id"}, 4, 556},
           {"region:eu,id:9", {"other"}, 7, 743},
           {"-7", {"id"}, 1, 481},
           {"9.90", {"id"}, 3, 139},
       }) {
    EXPECT_EQ(BucketOf(c.key, c.fields, 8), c.of_8) << c.key;
    EXPECT_EQ(BucketOf(c.key, c.fields, 1000), c.of_1000) << c.key;
  }
}

}  // namespace
}  // namespace headrace::hudi

#include "format/base64.h"

#include <gtest/gtest.h>

namespace headrace::format {
namespace {

TEST(Base64, MatchesTheExamplesOfRfc4648) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    std::string encoded;
    EncodeBase64(bytes, &encoded);
    EXPECT_EQ(encoded, text);
    std::string decoded;
    EXPECT_TRUE(DecodeBase64(text, &decoded));
    EXPECT_EQ(decoded, bytes);
  }
}

TEST(Base64, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  std::string text, decoded;
  EncodeBase64(bytes, &text);
  EXPECT_TRUE(DecodeBase64(text, &decoded));
  EXPECT_EQ(decoded, bytes);
}

TEST(Base64, RefusesOtherText) {
  std::string out = "kept";
  for (const char* text : {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v!A==", "Zm 9", "Zg==Zg=="})
    EXPECT_FALSE(DecodeBase64(text, &out)) << text;
  EXPECT_EQ(out, "kept");
}

}  // namespace
}  // namespace headrace::format

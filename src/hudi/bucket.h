// Which bucket a record key belongs to: Hudi's simple bucket index. Source: checked against
// org.apache.hudi.index.bucket.BucketIdentifier of Apache Hudi 1.2.0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::hudi {

// java.lang.String.hashCode of a text.
int32_t JavaHash(std::string_view text);

// The bucket, 0 to buckets - 1, of a record key. A key of several fields ("a:1,b:x") hashes over
// the values of those of its fields that `hash_fields` names, another one over itself.
int32_t BucketOf(std::string_view record_key, const std::vector<std::string>& hash_fields,
                 int32_t buckets);

}  // namespace headrace::hudi

#include "pipeline/check_avro.h"

#include "pipeline/url.h"

namespace headrace::pipeline {

void CheckAvro(Checking& checking, const AvroFormat& avro, const std::string& path) {
  if (!avro.registry.empty()) CheckUrl(checking, avro.registry, path + ".registry");
  if (avro.registry.find_first_of("?#") != std::string::npos)
    checking.Report("what is asked is put behind the URL of the registry, so it has no query",
                    "leave out what follows '?' or '#'", checking.places.Of(path + ".registry"));
  const bool has_password = checking.places.Has(path + ".password");
  if (has_password != !avro.username.empty())
    checking.Report("'username' and 'password' go together", "give both or neither",
                    checking.places.KeyOf(path + (has_password ? ".password" : ".username")));
  if (checking.places.Has(path + ".bearer_token") && (has_password || !avro.username.empty()))
    checking.Report("there are two ways to say who asks the registry",
                    "give 'bearer_token', or 'username' and 'password'",
                    checking.places.KeyOf(path + ".bearer_token"));
}

}  // namespace headrace::pipeline

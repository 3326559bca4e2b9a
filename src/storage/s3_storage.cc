#include "storage/s3_storage.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <random>

#include "storage/parallel.h"
#include "storage/s3_xml.h"

namespace headrace::storage {
namespace {

constexpr int kConcurrency = 4;
constexpr int64_t kPartsMax = 10'000;
constexpr char kWriteHeader[] = "x-amz-meta-headrace-write";
const std::pair<std::string, std::string> kContentType = {"content-type",
                                                          "application/octet-stream"};
const std::pair<std::string, std::string> kIfAbsent = {"if-none-match", "*"};

// A number that no other write has.
std::string NewWriteId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    char text[9];
    std::snprintf(text, sizeof(text), "%08x", random());
    id += text;
  }
  return id;
}

// The size of the whole object, from "bytes 0-9/443".
std::optional<int64_t> TotalOf(const http::Response& answer) {
  const auto range = answer.Header("content-range");
  if (!range) return std::nullopt;
  const std::string_view text = range->substr(std::min(range->rfind('/'), range->size() - 1) + 1);
  int64_t total = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), total);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return total;
}

class S3Storage : public Storage {
 public:
  S3Storage(const S3Url& url, std::unique_ptr<S3Client> client, int64_t part_bytes)
      : prefix_(url.prefix.empty() ? "" : url.prefix + "/"),
        root_("s3://" + url.bucket + (url.prefix.empty() ? "" : "/" + url.prefix)),
        client_(std::move(client)),
        part_bytes_(part_bytes) {}

  Status Put(const std::string& name, std::string_view data) override {
    return Write(name, data, /*if_absent=*/false);
  }

  Status PutIfAbsent(const std::string& name, std::string_view data) override {
    return Write(name, data, /*if_absent=*/true);
  }

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) override;

  Result<std::string> Get(const std::string& name) override { return GetRange(name, 0, INT64_MAX); }

  Result<std::string> GetRange(const std::string& name, int64_t offset, int64_t length) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix) override;

  Status Delete(const std::string& name) override {
    RETURN_NOT_OK(CheckName(name));
    const Status status = client_->Send({.method = "DELETE", .key = prefix_ + name}).status();
    return status.IsKeyError() ? Status::OK() : status;
  }

  int concurrency() const override { return kConcurrency; }
  const std::string& root() const override { return root_; }

 private:
  class Writer;

  Status Write(const std::string& name, std::string_view data, bool if_absent);
  Status PutWhole(const std::string& name, std::string_view data, bool if_absent,
                  const std::string& id);
  Status PutParts(const std::string& name, std::string_view data, bool if_absent,
                  const std::string& id);
  // The query that names the upload of all further calls.
  Result<S3Query> BeginParts(const std::string& name, const std::string& id);
  // Puts a part, counted from 0; returns its ETag.
  Result<std::string> PutPart(const std::string& name, const S3Query& upload, int64_t part,
                              std::string_view data);
  void AbortParts(const std::string& name, const S3Query& upload);
  Status CompleteParts(const std::string& name, const S3Query& upload,
                       const std::vector<std::string>& etags, bool if_absent,
                       const std::string& id);
  Status CheckOwn(const std::string& name, const std::string& id);
  Result<http::Response> SendRange(const std::string& name, int64_t offset, int64_t length,
                                   const std::string& etag);

  const std::string prefix_;  // of every key; ends in a slash where it isn't empty
  const std::string root_;
  const std::unique_ptr<S3Client> client_;
  const int64_t part_bytes_;
  std::atomic<bool> heeds_conditions_ = false;
};

// Whether the object that is there is the one that the write `id` put: OK; otherwise AlreadyExists.
Status S3Storage::CheckOwn(const std::string& name, const std::string& id) {
  const auto answer = client_->Send({.method = "HEAD", .key = prefix_ + name});
  if (!answer.ok() && !answer.status().IsKeyError()) return answer.status();
  if (answer.ok() && answer->Header(kWriteHeader) == id) return Status::OK();
  return Status::AlreadyExists(root_, "/", name, " is there already");
}

Status S3Storage::Write(const std::string& name, std::string_view data, bool if_absent) {
  RETURN_NOT_OK(CheckName(name));
  const std::string id = NewWriteId();
  // Some stores check the condition of an upload in parts, but not in one step with completing it.
  const int64_t whole_bytes_max = if_absent ? part_bytes_ * kConcurrency : part_bytes_;
  return static_cast<int64_t>(data.size()) <= whole_bytes_max ? PutWhole(name, data, if_absent, id)
                                                              : PutParts(name, data, if_absent, id);
}

Status S3Storage::PutWhole(const std::string& name, std::string_view data, bool if_absent,
                           const std::string& id) {
  S3Call call{.method = "PUT", .key = prefix_ + name, .headers = {kContentType}};
  call.body = data;
  if (!if_absent) return client_->Send(std::move(call)).status();
  call.headers.insert(call.headers.end(), {kIfAbsent, {kWriteHeader, id}});
  const bool is_check_due = !heeds_conditions_;
  S3Call again = is_check_due ? call : S3Call();
  ASSIGN_OR_RAISE(const http::Response answer, client_->Send(std::move(call)));
  if (answer.status == 412) return CheckOwn(name, id);
  if (is_check_due) {
    ASSIGN_OR_RAISE(const http::Response second, client_->Send(std::move(again)));
    if (second.status != 412)
      return UserError(root_ +
                           ": the store replaces objects that are written with the header "
                           "'If-None-Match: *'",
                       "a table would not be safe there: take a store with conditional writes, as "
                       "AWS S3 and MinIO have them");
    heeds_conditions_ = true;
  }
  return Status::OK();
}

Result<S3Query> S3Storage::BeginParts(const std::string& name, const std::string& id) {
  S3Call begin{.method = "POST", .key = prefix_ + name, .query = {{"uploads", ""}}};
  begin.headers = {kContentType, {kWriteHeader, id}};
  ASSIGN_OR_RAISE(const http::Response begun, client_->Send(std::move(begin)));
  ASSIGN_OR_RAISE(const std::string upload_id, ParseS3UploadId(begun.body));
  return S3Query{{"uploadId", upload_id}};
}

// The parts of an upload that isn't completed take place until it is aborted. That this fails as
// well says no more than what failed before.
void S3Storage::AbortParts(const std::string& name, const S3Query& upload) {
  (void)client_->Send({.method = "DELETE", .key = prefix_ + name, .query = upload});
}

Result<std::string> S3Storage::PutPart(const std::string& name, const S3Query& upload, int64_t part,
                                       std::string_view data) {
  S3Query query = upload;
  query.emplace_back("partNumber", std::to_string(part + 1));
  S3Call call{.method = "PUT", .key = prefix_ + name, .query = query, .headers = {kContentType}};
  call.body = data;
  ASSIGN_OR_RAISE(const http::Response answer, client_->Send(std::move(call)));
  const auto etag = answer.Header("etag");
  if (!etag) return Status::IOError(root_, "/", name, ": the store took a part without an ETag");
  return std::string(*etag);
}

Status S3Storage::CompleteParts(const std::string& name, const S3Query& upload,
                                const std::vector<std::string>& etags, bool if_absent,
                                const std::string& id) {
  S3Call call{.method = "POST", .key = prefix_ + name, .query = upload};
  call.headers = {{"content-type", "application/xml"}};
  if (if_absent) call.headers.push_back(kIfAbsent);
  call.body = S3CompletionXml(etags);
  const auto answer = client_->Send(std::move(call));
  // An upload that is gone was completed by an attempt whose answer was lost.
  if (answer.status().IsKeyError() || (answer.ok() && answer->status == 412))
    return CheckOwn(name, id);
  return answer.status();
}

Status S3Storage::PutParts(const std::string& name, std::string_view data, bool if_absent,
                           const std::string& id) {
  ASSIGN_OR_RAISE(const S3Query upload, BeginParts(name, id));
  const auto size = static_cast<int64_t>(data.size());
  const int64_t bytes = std::max(part_bytes_, (size + kPartsMax - 1) / kPartsMax);
  std::vector<std::string> etags((size + bytes - 1) / bytes);
  Status status = RunParallel(static_cast<int64_t>(etags.size()), kConcurrency, [&](int64_t part) {
    return PutPart(name, upload, part, data.substr(part * bytes, bytes)).Value(&etags[part]);
  });
  if (status.ok()) status = CompleteParts(name, upload, etags, if_absent, id);
  if (!status.ok()) AbortParts(name, upload);
  return status;
}

// Holds one part at a time.
class S3Storage::Writer : public ObjectWriter {
 public:
  Writer(S3Storage& storage, std::string name)
      : storage_(storage), name_(std::move(name)), id_(NewWriteId()) {}

  ~Writer() override {
    if (!upload_.empty()) storage_.AbortParts(name_, upload_);
  }

  Status Append(std::string_view data) override {
    while (!data.empty()) {
      if (static_cast<int64_t>(part_.size()) == storage_.part_bytes_) RETURN_NOT_OK(PutPart());
      const auto taken = data.substr(0, storage_.part_bytes_ - part_.size());
      part_ += taken;
      data.remove_prefix(taken.size());
    }
    return Status::OK();
  }

  Status Finish() override {
    if (upload_.empty()) return storage_.PutWhole(name_, part_, /*if_absent=*/true, id_);
    RETURN_NOT_OK(PutPart());
    RETURN_NOT_OK(storage_.CompleteParts(name_, upload_, etags_, /*if_absent=*/true, id_));
    upload_.clear();
    return Status::OK();
  }

 private:
  Status PutPart() {
    if (upload_.empty()) RETURN_NOT_OK(storage_.BeginParts(name_, id_).Value(&upload_));
    const auto number = static_cast<int64_t>(etags_.size());
    RETURN_NOT_OK(storage_.PutPart(name_, upload_, number, part_).Value(&etags_.emplace_back()));
    part_.clear();
    return Status::OK();
  }

  S3Storage& storage_;
  const std::string name_;
  const std::string id_;
  std::string part_;  // the next one
  S3Query upload_;    // from the first part on, until it is completed
  std::vector<std::string> etags_;
};

Result<std::unique_ptr<ObjectWriter>> S3Storage::Create(const std::string& name) {
  RETURN_NOT_OK(CheckName(name));
  return std::make_unique<Writer>(*this, name);
}

Result<http::Response> S3Storage::SendRange(const std::string& name, int64_t offset, int64_t length,
                                            const std::string& etag) {
  S3Call call{.key = prefix_ + name};
  const int64_t last = length > INT64_MAX - offset ? INT64_MAX : offset + length - 1;
  call.headers = {{"range", "bytes=" + std::to_string(offset) + "-" + std::to_string(last)}};
  if (!etag.empty()) call.headers.emplace_back("if-match", etag);
  call.answer_bytes_max = std::max<int64_t>(length, 1 << 20);
  ASSIGN_OR_RAISE(http::Response answer, client_->Send(std::move(call)));
  if (answer.status == 412)
    return TransientError(root_ + "/" + name + " was replaced while it was read");
  if (answer.status == 416) {
    answer.body.clear();
    return answer;
  }
  const std::optional<int64_t> total = TotalOf(answer);
  if (answer.status != 206 || !total)
    return Status::IOError(root_, "/", name, ": the store answered ", answer.status,
                           " where 206 with a Content-Range was expected");
  if (static_cast<int64_t>(answer.body.size()) != std::min(length, *total - offset))
    return TransientError(root_ + "/" + name + ": the store sent another range than asked for");
  return answer;
}

Result<std::string> S3Storage::GetRange(const std::string& name, int64_t offset, int64_t length) {
  RETURN_NOT_OK(CheckName(name));
  if (offset < 0 || length < 0) return Status::Invalid("negative range of ", name);
  const int64_t first = std::clamp<int64_t>(length, 1, part_bytes_);
  ASSIGN_OR_RAISE(http::Response answer, SendRange(name, offset, first, ""));
  if (answer.status == 416 || length == 0) return std::string();
  std::string data = std::move(answer.body);
  const int64_t size = std::min(length, TotalOf(answer).value() - offset);
  if (size <= first) return data;
  const std::string etag(answer.Header("etag").value_or(""));
  data.resize(size);
  const int64_t ranges = (size - first + part_bytes_ - 1) / part_bytes_;
  RETURN_NOT_OK(RunParallel(ranges, kConcurrency, [&](int64_t range) -> Status {
    const int64_t begin = first + range * part_bytes_;
    const int64_t bytes = std::min(part_bytes_, size - begin);
    ASSIGN_OR_RAISE(const http::Response part, SendRange(name, offset + begin, bytes, etag));
    if (static_cast<int64_t>(part.body.size()) != bytes)
      return TransientError(root_ + "/" + name + " became shorter while it was read");
    std::copy(part.body.begin(), part.body.end(), data.begin() + begin);
    return Status::OK();
  }));
  return data;
}

Result<std::vector<ObjectInfo>> S3Storage::List(const std::string& prefix) {
  if (!prefix.empty()) RETURN_NOT_OK(CheckName(prefix));
  const std::string key_prefix = prefix_ + (prefix.empty() ? "" : prefix + "/");
  std::vector<ObjectInfo> objects;
  std::string token;
  do {
    S3Query query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", key_prefix}};
    if (!token.empty()) query.emplace_back("continuation-token", token);
    ASSIGN_OR_RAISE(const http::Response answer, client_->Send({.query = std::move(query)}));
    auto page = ParseS3Listing(answer.body);
    if (!page.ok()) return WithContext(root_, page.status());
    for (ObjectInfo& object : page->objects) {
      if (!object.name.starts_with(key_prefix)) continue;
      object.name.erase(0, prefix_.size());
      // Other tools mark folders by objects whose names end in a slash.
      if (CheckName(object.name).ok()) objects.push_back(std::move(object));
    }
    if (!page->next_token.empty() && page->next_token == token)
      return Status::IOError(root_, ": the store's listing goes round in a circle");
    token = std::move(page->next_token);
  } while (!token.empty());
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
  return objects;
}

}  // namespace

Result<S3Url> ParseS3Url(const std::string& url) {
  constexpr std::string_view kScheme = "s3://";
  constexpr size_t kBucketBytesMin = 3;
  constexpr size_t kBucketBytesMax = 63;
  const auto refuse = [&](std::string_view why) {
    return UserError("'" + url + "' is no place in S3: " + std::string(why),
                     "write s3://bucket/path, as in s3://lake/quakes");
  };
  if (!url.starts_with(kScheme)) return refuse("it doesn't begin with s3://");
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t slash = std::min(rest.find('/'), rest.size());
  S3Url place{std::string(rest.substr(0, slash)),
              std::string(rest.substr(std::min(slash + 1, rest.size())))};
  const bool is_bucket =
      place.bucket.size() >= kBucketBytesMin && place.bucket.size() <= kBucketBytesMax &&
      std::all_of(place.bucket.begin(), place.bucket.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
      });
  if (!is_bucket)
    return refuse("a bucket is named by 3 to 63 small letters, digits, dots and hyphens");
  if (!place.prefix.empty() && !CheckName(place.prefix).ok())
    return refuse("its path is malformed");
  return place;
}

std::shared_ptr<Storage> OpenS3Storage(const S3Url& url, std::unique_ptr<S3Client> client,
                                       int64_t part_bytes) {
  return std::make_shared<S3Storage>(url, std::move(client), part_bytes);
}

}  // namespace headrace::storage

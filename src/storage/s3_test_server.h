// A small S3 in memory for tests, one bucket "lake", on a loopback port. A hook sees
// every request and the answer to it, and may put another in its place: so a test makes a store
// slow, wrong or deaf. It checks no signatures: real servers do, in test/integration.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "http/raw_test_server.h"
#include "http/url.h"

namespace headrace::storage {

struct S3TestRequest {
  std::string method;
  std::string key;  // decoded; empty: the bucket
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class S3TestServer {
 public:
  using Hook = std::function<http::RawReply(const S3TestRequest&, http::RawReply answer)>;

  explicit S3TestServer(Hook hook = nullptr)
      : hook_(std::move(hook)), server_([this](const std::string& request) {
          const S3TestRequest parsed = Parse(request);
          http::RawReply answer = Answer(parsed);
          if (parsed.method == "HEAD") answer.bytes.resize(answer.bytes.find("\r\n\r\n") + 4);
          return hook_ ? hook_(parsed, std::move(answer)) : answer;
        }) {}

  std::string endpoint() const { return server_.Url(""); }
  size_t requests() const { return server_.requests().size(); }
  const std::map<std::string, std::string>& objects() const { return objects_; }
  size_t uploads() const { return uploads_.size(); }
  void Set(const std::string& key, const std::string& data) { objects_[key] = data; }

  static http::RawReply Error(int status, const std::string& code,
                              const std::string& headers = "") {
    return http::Reply(status, "<Error><Code>" + code + "</Code><Message>no</Message></Error>",
                       headers);
  }

 private:
  static std::string Decode(std::string_view text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
      decoded += text[i] == '%'
                     ? static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16))
                     : text[i];
      if (text[i] == '%') i += 2;
    }
    return decoded;
  }

  static S3TestRequest Parse(const std::string& text) {
    S3TestRequest request;
    const size_t head = text.find("\r\n\r\n");
    request.body = text.substr(head + 4);
    const size_t space = text.find(' ');
    request.method = text.substr(0, space);
    std::string target = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
    const size_t mark = std::min(target.find('?'), target.size());
    for (size_t at = mark + 1; at < target.size();) {
      const size_t end = std::min(target.find('&', at), target.size());
      const std::string pair = target.substr(at, end - at);
      const size_t equals = std::min(pair.find('='), pair.size());
      request.query[Decode(pair.substr(0, equals))] =
          Decode(pair.substr(std::min(equals + 1, pair.size())));
      at = end + 1;
    }
    for (size_t at = text.find("\r\n") + 2; at < head;) {
      const size_t end = text.find("\r\n", at);
      const size_t colon = text.find(": ", at);
      std::string name = text.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), ::tolower);
      request.headers[name] = text.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const std::string path = Decode(target.substr(0, mark));
    const bool is_in_host = request.headers["host"].starts_with("lake.");
    request.key = path.substr(std::min(path.size(), is_in_host ? 1 : sizeof("/lake")));
    return request;
  }

  http::RawReply Answer(const S3TestRequest& request) {
    if (request.key.empty()) return List(request);
    if (request.query.contains("uploads")) return BeginUpload(request);
    if (request.query.contains("uploadId")) return Upload(request);
    const auto found = objects_.find(request.key);
    if (request.method == "PUT") return Store(request, request.body, WriteIdOf(request));
    if (request.method == "DELETE") {
      objects_.erase(request.key);
      return http::Reply(204, "");
    }
    if (found == objects_.end()) return Error(404, "NoSuchKey");
    const std::string headers =
        "ETag: \"1\"\r\nx-amz-meta-headrace-write: " + write_ids_[request.key] + "\r\n";
    const auto range = request.headers.find("range");
    if (range == request.headers.end()) return http::Reply(200, found->second, headers);
    const std::string& data = found->second;
    const size_t first = std::stoul(range->second.substr(6));
    const size_t last = std::stoul(range->second.substr(range->second.find('-') + 1));
    if (first >= data.size()) return Error(416, "InvalidRange");
    const std::string part = data.substr(first, last - first + 1);
    return http::Reply(206, part,
                       headers + "Content-Range: bytes " + std::to_string(first) + "-" +
                           std::to_string(first + part.size() - 1) + "/" +
                           std::to_string(data.size()) + "\r\n");
  }

  static std::string WriteIdOf(const S3TestRequest& request) {
    const auto found = request.headers.find("x-amz-meta-headrace-write");
    return found == request.headers.end() ? "" : found->second;
  }

  http::RawReply Store(const S3TestRequest& request, const std::string& data,
                       const std::string& write_id) {
    if (request.headers.contains("if-none-match") && objects_.contains(request.key))
      return Error(412, "PreconditionFailed");
    objects_[request.key] = data;
    write_ids_[request.key] = write_id;
    return http::Reply(200, "", "ETag: \"1\"\r\n");
  }

  // Two objects a page.
  http::RawReply List(const S3TestRequest& request) {
    const std::string prefix = request.query.at("prefix");
    const auto token = request.query.find("continuation-token");
    auto entry = token == request.query.end() ? objects_.lower_bound(prefix)
                                              : objects_.lower_bound(token->second);
    std::string xml =
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<EncodingType>url</EncodingType>";
    int listed = 0;
    for (; entry != objects_.end() && entry->first.starts_with(prefix); ++entry) {
      if (++listed > 2) {
        xml += "<IsTruncated>true</IsTruncated><NextContinuationToken>" + Escape(entry->first) +
               "</NextContinuationToken>";
        break;
      }
      std::string key = http::PercentEncode(entry->first);
      for (size_t at = 0; (at = key.find("%20", at)) != std::string::npos;) key.replace(at, 3, "+");
      xml += "<Contents><Key>" + key + "</Key><Size>" + std::to_string(entry->second.size()) +
             "</Size></Contents>";
    }
    return http::Reply(200, xml + "</ListBucketResult>");
  }

  static std::string Escape(const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
    return escaped;
  }

  http::RawReply BeginUpload(const S3TestRequest& request) {
    const std::string id = std::to_string(++last_upload_);
    uploads_[id];
    write_ids_[id] = WriteIdOf(request);
    return http::Reply(200, "<InitiateMultipartUploadResult><UploadId>" + id +
                                "</UploadId></InitiateMultipartUploadResult>");
  }

  http::RawReply Upload(const S3TestRequest& request) {
    const auto upload = uploads_.find(request.query.at("uploadId"));
    if (upload == uploads_.end()) return Error(404, "NoSuchUpload");
    if (request.method == "PUT") {
      upload->second[std::stoi(request.query.at("partNumber"))] = request.body;
      return http::Reply(200, "", "ETag: \"" + request.query.at("partNumber") + "\"\r\n");
    }
    http::RawReply answer = http::Reply(204, "");
    if (request.method == "POST") {
      std::string whole;
      for (const auto& [number, part] : upload->second) whole += part;
      answer = Store(request, whole, write_ids_[upload->first]);
      if (!answer.bytes.starts_with("HTTP/1.1 200")) return answer;
    }
    uploads_.erase(upload);
    return answer;
  }

  const Hook hook_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> write_ids_;  // by key, and by upload
  std::map<std::string, std::map<int, std::string>> uploads_;
  int last_upload_ = 0;
  http::RawTestServer server_;  // last: its thread uses the others
};

}  // namespace headrace::storage

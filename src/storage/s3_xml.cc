#include "storage/s3_xml.h"

#include <charconv>
#include <pugixml.hpp>
#include <sstream>

namespace headrace::storage {
namespace {

// The root element; empty where the text is not well-formed. Document types, and with them
// entities of their own, are not read.
pugi::xml_node Root(pugi::xml_document* document, std::string_view xml) {
  if (!document->load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8))
    return {};
  return document->document_element();
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Undoes what encoding-type=url does to keys: XML cannot carry every character.
std::string DecodeKey(std::string_view text) {
  std::string key;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && DigitOf(text[i + 1]) >= 0 &&
        DigitOf(text[i + 2]) >= 0) {
      key += static_cast<char>(DigitOf(text[i + 1]) * 16 + DigitOf(text[i + 2]));
      i += 2;
    } else {
      key += text[i] == '+' ? ' ' : text[i];
    }
  }
  return key;
}

}  // namespace

Result<S3Listing> ParseS3Listing(std::string_view xml) {
  pugi::xml_document document;
  const pugi::xml_node root = Root(&document, xml);
  const auto broken = [](std::string_view what) {
    return Status::Invalid("the store's listing can't be read: ", what);
  };
  if (std::string_view(root.name()) != "ListBucketResult")
    return broken("it is no <ListBucketResult>");
  const bool is_encoded = std::string_view(root.child_value("EncodingType")) == "url";
  S3Listing listing;
  for (const pugi::xml_node& contents : root.children("Contents")) {
    const std::string_view key = contents.child_value("Key");
    const std::string_view size = contents.child_value("Size");
    ObjectInfo object{is_encoded ? DecodeKey(key) : std::string(key), 0};
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
    if (error != std::errc() || end != size.data() + size.size() || object.size < 0)
      return broken("the size of an object is no number");
    if (object.name.empty()) return broken("an object has no key");
    listing.objects.push_back(std::move(object));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    listing.next_token = root.child_value("NextContinuationToken");
    if (listing.next_token.empty()) return broken("it goes on, but doesn't say where");
  }
  return listing;
}

S3Error ParseS3Error(std::string_view xml) {
  pugi::xml_document document;
  const pugi::xml_node root = Root(&document, xml);
  if (std::string_view(root.name()) != "Error") return {};
  return {root.child_value("Code"), root.child_value("Message"), root.child_value("Region")};
}

Result<std::string> ParseS3UploadId(std::string_view xml) {
  pugi::xml_document document;
  std::string id = Root(&document, xml).child_value("UploadId");
  if (id.empty()) return Status::Invalid("the store began an upload without an id");
  return id;
}

std::string S3CompletionXml(const std::vector<std::string>& etags) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (size_t i = 0; i < etags.size(); ++i) {
    pugi::xml_node part = root.append_child("Part");
    part.append_child("PartNumber").text().set(static_cast<unsigned long long>(i + 1));
    part.append_child("ETag").text().set(etags[i].c_str());
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

}  // namespace headrace::storage

#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

// Each way of finding pages says what it is when its mapping is read.
template <Pagination::Kind kind>
Pagination& Choose(Pagination& pagination) {
  pagination.kind = kind;
  return pagination;
}

Table LinkHeaderTable() {
  return {.name = "link_header_pages",
          .title = "sources.NAME.http.pagination.link_header",
          .description =
              "The next page is the `rel=\"next\"` of the Link header (RFC 8288). It has "
              "no keys.",
          .fields = {}};
}

Table NextUrlTable() {
  return {.name = "next_url_pages",
          .title = "sources.NAME.http.pagination.next_url",
          .description = "The answer holds the URL of the next page.",
          .fields = {TextField("pointer", &Pagination::pointer,
                               "JSON Pointer (RFC 6901) to that URL.", "/links/next")
                         .Required()}};
}

Table PageTable() {
  return {.name = "numbered_pages",
          .title = "sources.NAME.http.pagination.page",
          .description = "Pages are counted; the first page without records is the end.",
          .fields = {TextField("parameter", &Pagination::parameter,
                               "The query parameter that carries the number.", "page")
                         .Required(),
                     IntegerField("first", &Pagination::first_page, "The number of the first page.",
                                  "0")}};
}

Table CursorTable() {
  return {.name = "cursor_pages",
          .title = "sources.NAME.http.pagination.cursor",
          .description = "The answer holds a cursor that asks for the next page.",
          .fields = {TextField("pointer", &Pagination::pointer,
                               "JSON Pointer (RFC 6901) to the cursor.", "/meta/cursor")
                         .Required(),
                     TextField("parameter", &Pagination::parameter,
                               "The query parameter that carries it.", "cursor")
                         .Required()}};
}

Table PaginationTable() {
  using Kind = Pagination::Kind;
  return {
      .name = "pagination",
      .title = "sources.NAME.http.pagination",
      .description =
          "How the further pages of one poll are found; exactly one way. Without it "
          "an answer is the whole.",
      .fields =
          {
              TableField<Pagination, Pagination>("link_header", LinkHeaderTable(),
                                                 Choose<Kind::kLinkHeader>)
                  .InGroup("way"),
              TableField<Pagination, Pagination>("next_url", NextUrlTable(), Choose<Kind::kNextUrl>)
                  .InGroup("way"),
              TableField<Pagination, Pagination>("page", PageTable(), Choose<Kind::kPage>)
                  .InGroup("way"),
              TableField<Pagination, Pagination>("cursor", CursorTable(), Choose<Kind::kCursor>)
                  .InGroup("way"),
              IntegerField("pages_max", &Pagination::pages_max,
                           "More pages than this in one poll are an error of the answer.", "100")
                  .Between(1, 1'000'000),
          },
      .by_name = true};
}

constexpr int64_t kDayMicros = 86'400'000'000;

std::vector<Field> LimitFields() {
  return {
      DurationField("connect_timeout", &HttpSource::connect_timeout_us,
                    "How long a connection may take.", "5 s")
          .Between(1'000, kDayMicros),
      DurationField("timeout", &HttpSource::timeout_us, "How long an answer may take.", "30 s")
          .Between(1'000, kDayMicros),
      SizeField("response_size_max", &HttpSource::response_bytes_max, "A larger answer is refused.",
                "256 MiB")
          .Between(1, int64_t{1} << 34),
      IntegerField("redirects_max", &HttpSource::redirects_max, "How many redirects are followed.",
                   "0")
          .Between(0, 50),
      IntegerField("retries_max", &HttpSource::retries_max,
                   "How often a failed request is tried again within one poll.", "10")
          .Between(0, 1000),
      DurationField("retry_backoff", &HttpSource::retry_backoff_us,
                    "The pause before the first retry; it doubles with each, with jitter, up to a "
                    "minute. A `Retry-After` of the server counts more.",
                    "1 s")
          .Between(1'000, 60'000'000),
  };
}

}  // namespace

Table HttpSourceTable() {
  Table table{
      .name = "http",
      .title = "sources.NAME.http",
      .description =
          "Polls a URL that answers with JSON. ETag and Last-Modified are used where the "
          "server sends them; a bad answer is counted and tried again.",
      .fields = {
          TextField("url", &HttpSource::url, "What to get: `http://` or `https://`.",
                    "https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary/all_day.geojson")
              .Required(),
          DurationField("every", &HttpSource::every_us, "The time between two polls.", "1 min")
              .Required()
              .Between(1'000, 366 * kDayMicros),
          TextField("records", &HttpSource::records,
                    "JSON Pointer (RFC 6901) to the array of records in the answer. Without "
                    "it: the whole answer, an array or one record.",
                    "/features"),
          TextsField("headers", &HttpSource::headers, "Headers to send.",
                     "{Accept: application/json}"),
          SecretField("bearer_token", &HttpSource::bearer_token,
                      "Token for `Authorization: Bearer`.", "${API_TOKEN}"),
          TableField<HttpSource, Pagination>(
              "pagination", PaginationTable(),
              [](HttpSource& source) -> Pagination& { return source.pagination; }),
          ChoiceField("on_error", &HttpSource::fail_on_error, {{"retry", false}, {"fail", true}},
                      "What follows when a poll fails after all its retries: the next poll, or "
                      "the end of the run.",
                      "fail"),
      }};
  for (Field& field : LimitFields()) table.fields.push_back(std::move(field));
  return table;
}

}  // namespace headrace::pipeline

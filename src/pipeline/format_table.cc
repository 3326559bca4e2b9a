#include "pipeline/tables.h"

namespace headrace::pipeline {
namespace {

Table JsonFormatTable() {
  return {.name = "json_format",
          .title = "sources.NAME.format.json",
          .description = "Each record is a JSON object. It has no keys.",
          .fields = {}};
}

Field Character(std::string key, std::string CsvFormat::*member, std::string description,
                std::string example) {
  Field field = TextField(std::move(key), member, std::move(description), std::move(example));
  field.default_text = CsvFormat{}.*member;
  return field;
}

Table CsvFormatTable() {
  return {
      .name = "csv_format",
      .title = "sources.NAME.format.csv",
      .description =
          "Each record is a row of fields with delimiters between them (RFC 4180). A field that is "
          "empty is NULL; an empty text is written as a pair of quotes.",
      .fields = {
          Character("delimiter", &CsvFormat::delimiter, "The character between two fields.",
                    "\"\\t\""),
          Character("quote", &CsvFormat::quote,
                    "The character around a field that holds delimiters; doubled it stands for "
                    "itself.",
                    "\"'\""),
          BooleanField("header", &CsvFormat::header,
                       "Whether the first line (of each file, or of each message) names the "
                       "columns, in any order. Otherwise a row has the columns of `schema`.",
                       "false"),
          TextField("null_text", &CsvFormat::null_text,
                    "What stands for NULL, without quotes around it. An empty field is an empty "
                    "text then.",
                    "NA"),
          BooleanField("multiline", &CsvFormat::multiline,
                       "Whether a field in quotes may hold line breaks. Then a quote that isn't "
                       "closed takes what follows it into its row.",
                       "true"),
      }};
}

Table DebeziumFormatTable() {
  return {.name = "debezium_format",
          .title = "sources.NAME.format.debezium",
          .description =
              "Each record is a change event of Debezium, in JSON, with or without its schema: an "
              "insert "
              "or update (`op` c, r, u) replaces the row of its key by `after`, a delete (d) "
              "removes that "
              "of `before`. The source needs a `key`.",
          .fields = {
              TextsField(
                  "columns", &DebeziumFormat::columns,
                  "Columns of `schema` that the envelope has, and not the row, each with its path.",
                  "{lsn: source.lsn, changed: source.ts_ms}"),
          }};
}

}  // namespace

Table FormatTable() {
  return {
      .name = "format",
      .title = "sources.NAME.format",
      .description = "How the bytes of a record are read. `format: json` is the default.",
      .fields =
          {
              TableField<Source, JsonFormat>(
                  "json", JsonFormatTable(),
                  [](Source& source) -> JsonFormat& { return source.format.emplace<JsonFormat>(); })
                  .InGroup("format"),
              TableField<Source, CsvFormat>(
                  "csv", CsvFormatTable(),
                  [](Source& source) -> CsvFormat& { return source.format.emplace<CsvFormat>(); })
                  .InGroup("format"),
              TableField<Source, DebeziumFormat>("debezium", DebeziumFormatTable(),
                                                 [](Source& source) -> DebeziumFormat& {
                                                   return source.format.emplace<DebeziumFormat>();
                                                 })
                  .InGroup("format"),
          },
      .by_name = true};
}

}  // namespace headrace::pipeline

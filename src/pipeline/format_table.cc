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

std::vector<Field> RegistryFields() {
  return {
      TextField("registry", &AvroFormat::registry,
                "The URL of the schema registry, below which `/schemas/ids/1` answers.",
                "https://registry.example:8081")
          .Required(),
      TextField("username", &AvroFormat::username, "The user of the registry.", "headrace"),
      SecretField("password", &AvroFormat::password, "The password of the registry.",
                  "${REGISTRY_PASSWORD}"),
      SecretField("bearer_token", &AvroFormat::bearer_token,
                  "Token for `Authorization: Bearer`, instead of user and password.",
                  "${REGISTRY_TOKEN}"),
      TextField("ca_file", &AvroFormat::ca_file,
                "The authorities to trust of the registry, as PEM. Without it: those of the "
                "system.",
                "/etc/ssl/registry.pem"),
      DurationField("timeout", &AvroFormat::timeout_us, "How long an answer may take.", "30 s")
          .Between(1'000, 3'600'000'000),
  };
}

Table AvroFormatTable() {
  return {.name = "avro_format",
          .title = "sources.NAME.format.avro",
          .description =
              "Each message is an Avro record as Confluent's serializers write it, with the number "
              "of its schema in a schema registry. The fields of that schema are matched with "
              "`schema` by their names.",
          .fields = RegistryFields()};
}

Table AvroSinkFormatTable() {
  Table table{.name = "avro_sink_format",
              .title = "sinks.NAME.format.avro",
              .description =
                  "Keys and values are Avro records, with the numbers of their schemas in a schema "
                  "registry: the subjects TOPIC`-key` and TOPIC`-value`.",
              .fields = RegistryFields()};
  table.fields.push_back(
      BooleanField("auto_register", &AvroFormat::auto_register,
                   "Whether a run registers the schemas that the columns of the relation make when "
                   "it starts. Otherwise it writes by the latest of each subject.",
                   "false"));
  return table;
}

}  // namespace

Table SinkFormatTable() {
  Table json = JsonFormatTable();
  json.name = "json_sink_format";
  json.title = "sinks.NAME.format.json";
  json.description = "Keys and values are JSON objects. It has no keys.";
  return {.name = "sink_format",
          .title = "sinks.NAME.format",
          .description =
              "How rows become messages, of a sink that is a topic. `format: json` is the default.",
          .fields =
              {
                  TableField<Sink, JsonFormat>(
                      "json", std::move(json),
                      [](Sink& sink) -> JsonFormat& { return sink.format.emplace<JsonFormat>(); })
                      .InGroup("format"),
                  TableField<Sink, AvroFormat>(
                      "avro", AvroSinkFormatTable(),
                      [](Sink& sink) -> AvroFormat& { return sink.format.emplace<AvroFormat>(); })
                      .InGroup("format"),
              },
          .by_name = true};
}

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
              TableField<Source, AvroFormat>(
                  "avro", AvroFormatTable(),
                  [](Source& source) -> AvroFormat& { return source.format.emplace<AvroFormat>(); })
                  .InGroup("format"),
          },
      .by_name = true};
}

}  // namespace headrace::pipeline

#include <cstdio>
#include <utility>
#include <variant>

#include "sink/blackhole_sink.h"
#include "sink/console_sink.h"
#include "sink/hudi_sink.h"
#include "sink/influx_sink.h"
#include "sink/kafka_sink.h"
#include "sink/sink.h"

namespace headrace::sink {

Result<std::unique_ptr<Sink>> MakeSink(const pipeline::Pipeline& pipeline,
                                       const pipeline::Sink& definition,
                                       std::shared_ptr<arrow::Schema> schema, log::Log& log,
                                       metrics::Registry& registry) {
  if (std::holds_alternative<pipeline::HudiSink>(definition.connector))
    return MakeHudiSink(pipeline, definition, std::move(schema), registry);
  if (const auto* influx = std::get_if<pipeline::InfluxSink>(&definition.connector))
    return MakeInfluxSink(pipeline.name, definition.name, *influx, std::move(schema), log,
                          registry);
  if (std::holds_alternative<pipeline::KafkaSink>(definition.connector))
    return MakeKafkaSink(pipeline.name, definition, std::move(schema), registry);
  if (std::holds_alternative<pipeline::BlackholeSink>(definition.connector))
    return MakeBlackholeSink(definition.name, registry);
  return MakeConsoleSink(definition.name, registry, stdout);
}

}  // namespace headrace::sink

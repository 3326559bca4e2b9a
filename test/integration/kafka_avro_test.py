"""Avro messages with a schema registry, against a real broker and a real registry; what headrace reads was written by
Confluent's serializer, and what it writes is read by Confluent's deserializer.
"""
import datetime
import decimal
import json
import signal
import time
import unittest
import uuid

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from kafka_harness import Broker, Pipeline, wait_until
from servers import Server

READ = """
name: read
state: @STATE@
commit_every: 100 ms
metrics: {listen: "off"}
sources:
  orders:
    kafka: {bootstrap_servers: @ADDRESS@, topics: [@IN@]}
    format: {avro: {registry: "@REGISTRY@"}}
    schema: |
      id BIGINT NOT NULL, price DOUBLE, note STRING, status STRING, amount DECIMAL(12,4), day DATE, at TIMESTAMP,
      local TIMESTAMP_NTZ, code STRING, raw BINARY, tags ARRAY<STRING>, counts MAP<STRING, INT>,
      place STRUCT<x: DOUBLE, y: DOUBLE>
sinks:
  out:
    from: orders
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@}
"""

MIRROR = """
name: mirror
state: @STATE@
commit_every: 100 ms
metrics: {listen: "off"}
sources:
  accounts:
    kafka: {bootstrap_servers: @ADDRESS@, topics: [@IN@]}
    format: {avro: {registry: "@REGISTRY@"}}
    key: [id]
    schema: id BIGINT NOT NULL, town STRING, balance DECIMAL(12,2)
sinks:
  rows:
    from: accounts
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@, key: [id], partitions: 2}
    format: {avro: {registry: "@REGISTRY@"}}
"""

WRITE = """
name: write
state: @STATE@
metrics: {listen: "off"}
sources:
  rows:
    kafka: {bootstrap_servers: @ADDRESS@, topics: [@IN@]}
    schema: |
      @SCHEMA@
views:
  chosen:
    sql: |
      @SQL@
sinks:
  out:
    from: chosen
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@}
    format: {avro: {registry: "@REGISTRY@"@MORE@}}
"""


def record(*fields):
    return json.dumps(
        {"type": "record", "name": "Order", "namespace": "shop",
         "fields": [{"name": name, "type": kind, **more} for name, kind, more in fields]}
    )


def optional(name, kind):
    return (name, ["null", kind], {"default": None})


class KafkaAvroTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.registry = Server("schema_registry").start()
        cls.addClassCleanup(cls.registry.close)
        cls.client = SchemaRegistryClient({"url": cls.registry.address})

    def pipeline(self, text, topic, out="none", **names):
        return Pipeline(
            self, text, ADDRESS=self.broker.address, REGISTRY=self.registry.address, IN=topic, OUT=out, **names
        )

    def encode(self, topic, schema, value, part=MessageField.VALUE):
        """The bytes that Confluent's serializer makes of a value; it registers the schema."""
        return AvroSerializer(self.client, schema)(value, SerializationContext(topic, part))

    def decode(self, topic, data, part=MessageField.VALUE):
        return AvroDeserializer(self.client)(data, SerializationContext(topic, part))

    def reasons(self, pipeline, source):
        return [{h["name"]: h["value"] for h in bad["headers"]}["reason"] for bad in pipeline.quarantine(source)]

    # -- The source ---------------------------------------------------------------------------------------------------

    def test_each_version_of_a_schema_is_read_by_the_columns(self):
        topic, out = self.broker.create("in"), self.broker.create("out")
        utc = datetime.timezone.utc
        plain = [("id", "int", {}), ("price", "float", {}), ("note", "string", {})]
        every = [
            ("id", "long", {}), ("price", ["null", "double"], {}), ("note", ["string", "null"], {}),
            ("status", {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}, {}),
            ("amount", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}, {}),
            ("day", {"type": "int", "logicalType": "date"}, {}),
            ("at", {"type": "long", "logicalType": "timestamp-millis"}, {}),
            ("local", {"type": "long", "logicalType": "local-timestamp-micros"}, {}),
            ("code", {"type": "string", "logicalType": "uuid"}, {}),
            ("raw", {"type": "fixed", "name": "Raw", "size": 2}, {}),
            ("tags", {"type": "array", "items": "string"}, {}),
            ("counts", {"type": "map", "values": "int"}, {}),
            ("place", ["null", {"type": "record", "name": "Place", "fields": [
                {"name": "z", "type": "string"}, {"name": "x", "type": "int"}]}], {}),
        ]
        versions = [
            (record(*plain), {"id": 1, "price": 0.5, "note": "v1"}),
            (record(*plain, ("extra", "string", {"default": "e"})), {"id": 2, "price": 1.5, "note": "v2", "extra": "x"}),
            (record(plain[0], plain[1]), {"id": 3, "price": 2.5}),  # dropped
            (record(("id", "long", {}), ("price", "double", {}), plain[2]), {"id": 4, "price": 0.1, "note": "v4"}),  # promoted
            (record(plain[0], ("cost", "float", {})), {"id": 5, "cost": 9.0}),  # renamed
            (record(*every), {
                "id": 6, "price": 0.25, "note": "é", "status": "PAID", "amount": decimal.Decimal("-12.34"),
                "day": datetime.date(2026, 11, 22), "at": datetime.datetime(2026, 11, 22, 8, 0, 0, 123000, utc),
                "local": datetime.datetime(2026, 11, 22, 8, 0, 0, 123456), "code": uuid.UUID(int=5), "raw": b"\x00\xff",
                "tags": ["a", "b"], "counts": {"k": 7}, "place": {"z": "skipped", "x": 3},
            }),
        ]
        self.broker.produce(topic, [{"value": self.encode(topic, *version)} for version in versions * 2])
        report = self.pipeline(READ, topic, out).until_caught_up()
        self.assertEqual(report["records_quarantined"], 0)
        empty = {name: None for name, *_ in every}
        expected = [
            {**empty, "id": 1, "price": 0.5, "note": "v1"}, {**empty, "id": 2, "price": 1.5, "note": "v2"},
            {**empty, "id": 3, "price": 2.5}, {**empty, "id": 4, "price": 0.1, "note": "v4"}, {**empty, "id": 5},
            {"id": 6, "price": 0.25, "note": "é", "status": "PAID", "amount": -12.34, "day": "2026-11-22",
             "at": "2026-11-22T08:00:00.123000Z", "local": "2026-11-22T08:00:00.123456", "code": str(uuid.UUID(int=5)),
             "raw": "AP8=", "tags": ["a", "b"], "counts": {"k": 7}, "place": {"x": 3.0, "y": None}},
        ]
        self.assertEqual(self.broker.rows(out), expected * 2)

    def test_what_does_not_fit_goes_to_the_quarantine(self):
        topic, out = self.broker.create("in"), self.broker.create("out")
        good = self.encode(topic, record(("id", "long", {})), {"id": 1})
        text = self.encode(topic, record(("id", "string", {})), {"id": "x"})
        other = self.encode(topic, record(("other", "long", {})), {"other": 1})
        bare = self.encode(topic, '"string"', "x")
        protobuf = self.client.register_schema(
            f"{topic}-other", Schema('syntax = "proto3"; message M { int64 id = 1; }', "PROTOBUF")
        )
        bad = [
            b'{"id": 1}', b"", b"\x00\x00", good[:-1], good + b"x", text, other, bare, b"\x00" + (99999).to_bytes(4, "big"),
            b"\x00\xff\xff\xff\xff\x02", b"\x00" + protobuf.to_bytes(4, "big") + b"\x02",
        ]
        self.broker.produce(topic, [{"value": value} for value in [good, *bad, good]])
        pipeline = self.pipeline(READ, topic, out)
        report = pipeline.until_caught_up()
        self.assertEqual(report["records_quarantined"], len(bad))
        self.assertEqual([row["id"] for row in self.broker.rows(out)], [1, 1])
        reasons = self.reasons(pipeline, "orders")
        for reason, expected in zip(reasons, [
            "expected the byte 0", "is empty", "ends within", "end too early", "1 bytes follow", "expected BIGINT, found",
            "no field 'id'", "expected a record", "the registry says", "no schema has the number", "it is PROTOBUF",
        ], strict=True):
            self.assertIn(expected, reason)

    def test_schemas_may_refer_to_others(self):
        topic, out = self.broker.create("in"), self.broker.create("out")
        place = {"type": "record", "name": "Place", "namespace": "geo", "fields": [{"name": "x", "type": "double"}]}
        self.client.register_schema(f"{topic}-place", Schema(json.dumps(place), "AVRO"))
        references = [SchemaReference("geo.Place", f"{topic}-place", 1)]
        schema = record(("id", "long", {}), ("place", "geo.Place", {}))
        number = self.client.register_schema(f"{topic}-value", Schema(schema, "AVRO", references))
        value = b"\x00" + number.to_bytes(4, "big") + b"\x02" + bytes.fromhex("000000000000f83f")
        self.broker.produce(topic, [{"value": value}])
        self.pipeline(READ, topic, out).until_caught_up()
        self.assertEqual(self.broker.rows(out)[0]["place"], {"x": 1.5, "y": None})

    def test_an_epoch_waits_for_the_registry(self):
        topic, out = self.broker.create("in"), self.broker.create("out")
        first = self.encode(topic, record(("id", "long", {})), {"id": 1})
        second = self.encode(topic, record(("id", "long", {}), optional("note", "string")), {"id": 2, "note": "n"})
        self.broker.produce(topic, [{"value": first}])
        pipeline = self.pipeline(READ, topic, out)

        def ids():
            return [row["id"] for row in self.broker.rows(out)]

        process = pipeline.start()
        self.addCleanup(lambda: process.poll() is None and process.kill())
        wait_until(self, "the first record", lambda: ids() == [1])
        self.registry.kill()
        try:
            self.broker.produce(topic, [{"value": first}])  # its schema is known
            wait_until(self, "the second record", lambda: ids() == [1, 1])
            self.broker.produce(topic, [{"value": second}])
            process.send_signal(signal.SIGTERM)  # while it waits, or before
            status, _, errors = pipeline.finish(process)
            self.assertEqual(status, 0, errors)
            process = pipeline.start()
            time.sleep(3)
            self.assertIsNone(process.poll())
            self.assertEqual(ids(), [1, 1])
        finally:
            self.registry.start()
        wait_until(self, "the record that waited", lambda: ids() == [1, 1, 2])
        process.send_signal(signal.SIGTERM)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertIn("the epoch waits", errors)

    def test_an_address_that_is_no_registry_ends_the_run(self):
        topic = self.broker.create("in")
        self.broker.produce(topic, [{"value": self.encode(topic, record(("id", "long", {})), {"id": 1})}])
        text = READ.replace("@REGISTRY@", self.registry.address + "/nowhere")
        pipeline = self.pipeline(text, topic, self.broker.create("out"))
        status, _, errors = pipeline.finish(pipeline.start("--until-caught-up"))
        self.assertEqual(status, 2, errors)
        self.assertIn("'registry' is the URL below which", errors)

    # -- The sink -----------------------------------------------------------------------------------------------------

    def test_upserts_and_tombstones_go_through(self):
        topic, out = self.broker.create("in", 2), self.broker.create("out", 2)
        key, value = '"long"', record(
            ("id", "long", {}), optional("town", "string"),
            optional("balance", {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}),
        )
        changes = [(1, "a"), (2, "b"), (3, None), (1, "c"), (2, None), (4, "d")]
        rows = {}
        for id, town in changes:
            row = {"id": id, "town": town, "balance": decimal.Decimal(f"{id}.25")}
            removed = town is None and id == 2
            self.broker.produce(topic, [{
                "key": self.encode(topic, key, id, MessageField.KEY), "partition": id % 2,
                "value": None if removed else self.encode(topic, value, row),
            }])
            rows[id] = None if removed else row
        pipeline = self.pipeline(MIRROR, topic, out)
        for _ in range(2):
            report = pipeline.until_caught_up()
            self.assertEqual(report["records_quarantined"], 0)
        found = {}
        for message in self.broker.read(out):
            id = self.decode(out, message.key(), MessageField.KEY)["id"]
            found[id] = message.value() and self.decode(out, message.value())
        # What was deleted before it was ever written may have a tombstone or not.
        self.assertEqual({k: v for k, v in found.items() if v}, {k: v for k, v in rows.items() if v})
        # And what headrace wrote it reads.
        again = self.pipeline(MIRROR.replace("name: mirror", "name: again"), out, self.broker.create("again"))
        self.assertEqual(again.until_caught_up()["records_quarantined"], 0)

    def write(self, rows, schema, sql, out=None, more=""):
        topic = self.broker.create("in")
        self.out = out or self.broker.create("out")
        self.broker.produce(topic, [{"value": json.dumps(row).encode()} for row in rows])
        pipeline = self.pipeline(WRITE, topic, self.out, SCHEMA=schema, SQL=sql, MORE=more)
        status, _, errors = pipeline.finish(pipeline.start("--until-caught-up"))
        return status, errors

    def written(self):
        return [self.decode(self.out, message.value()) for message in self.broker.read(self.out)]

    def test_every_type_is_written(self):
        schema = (
            "a BOOLEAN, b TINYINT, c SMALLINT, d INT, e BIGINT NOT NULL, f FLOAT, g DOUBLE, h DECIMAL(38,3), i STRING, "
            "j BINARY, k DATE, l TIMESTAMP, m TIMESTAMP_NTZ, n ARRAY<STRUCT<x: INT>>, o MAP<STRING, DECIMAL(5,1)>, "
            "p STRUCT<q: STRUCT<r: TINYINT>>"
        )
        row = {
            "a": True, "b": -128, "c": -32768, "d": 2**31 - 1, "e": -(2**63), "f": 0.5, "g": 0.1,
            "h": "-99999999999999999999999999999999999.999", "i": "é☂", "j": "AP8=", "k": "0001-01-01",
            "l": "2026-11-22T08:00:00.123456Z", "m": "1969-12-31T23:59:59.999999", "n": [{"x": 1}, None], "o": {"k": 1.5, "n": None},
            "p": {"q": {"r": 7}},
        }
        status, errors = self.write([row, {"e": 1}], schema, "SELECT * FROM rows")
        self.assertEqual(status, 0, errors)
        full, empty = self.written()
        utc = datetime.timezone.utc
        self.assertEqual(full, {
            **row, "h": decimal.Decimal(row["h"]), "j": b"\x00\xff", "k": datetime.date(1, 1, 1),
            "l": datetime.datetime(2026, 11, 22, 8, 0, 0, 123456, utc),
            "m": datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), "o": {"k": decimal.Decimal("1.5"), "n": None},
        })
        self.assertEqual(empty, {**dict.fromkeys(row), "e": 1})

    def test_an_incompatible_view_is_refused(self):
        status, errors = self.write([{"n": 1}], "n BIGINT", "SELECT n FROM rows")
        self.assertEqual(status, 0, errors)
        self.client.set_compatibility(f"{self.out}-value", level="BACKWARD")
        status, errors = self.write([{"n": 2}], "n BIGINT", "SELECT n, n + 1 AS m FROM rows", self.out)
        self.assertEqual(status, 0, errors)  # a column that may be null
        status, errors = self.write([{"n": 3}], "n BIGINT", "SELECT CAST(n AS STRING) AS n FROM rows", self.out)
        self.assertEqual(status, 2, errors)
        self.assertIn("answered 409", errors)
        self.assertIn("change the view", errors)
        self.assertEqual(self.written(), [{"n": 1}, {"n": 2, "m": 3}])

    def test_a_schema_that_is_there_is_written_by(self):
        out = self.broker.create("out")
        more = ", auto_register: false"
        sql = "SELECT id, CAST(id AS INT) AS price, status FROM rows"
        status, errors = self.write([{"id": 1}], "id BIGINT, status STRING", sql, out, more)
        self.assertEqual(status, 2, errors)
        self.assertIn(f"the subject '{out}-value' has no schema to write by", errors)
        schema = record(
            ("price", "double", {}), ("status", {"type": "enum", "name": "S", "symbols": ["NEW", "PAID"]}, {}),
            ("note", ["string", "null"], {"default": "n"}), ("id", ["null", "long"], {}),
        )
        number = self.client.register_schema(f"{out}-value", Schema(schema, "AVRO"))
        rows = [{"id": 1, "status": "PAID"}, {"id": 2, "status": "NEW"}]
        status, errors = self.write(rows, "id BIGINT, status STRING", sql, out, more)
        self.assertEqual(status, 0, errors)
        self.assertEqual(self.written(), [
            {"id": 1, "price": 1.0, "status": "PAID", "note": None}, {"id": 2, "price": 2.0, "status": "NEW", "note": None},
        ])
        self.assertEqual({int.from_bytes(m.value()[1:5], "big") for m in self.broker.read(out)}, {number})
        for bad, reason in (
            ([{"id": 3, "status": "LOST"}], "has no symbol 'LOST'"), ([{"id": 3}], "'status': the value is NULL"),
        ):
            status, errors = self.write(bad, "id BIGINT, status STRING", sql, out, more)
            self.assertEqual(status, 2, errors)
            self.assertIn(reason, errors)
        status, errors = self.write(rows, "id BIGINT, status STRING", "SELECT id, status FROM rows", out, more)
        self.assertEqual(status, 2, errors)
        self.assertIn("needs a field 'price'", errors)
        self.assertEqual(len(self.broker.read(out)), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

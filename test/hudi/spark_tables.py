"""What the tests with Apache Spark share: a session, a folder for tables, and reading and writing them with Hudi's own bundle."""
import datetime
import unittest

from spark_session import spark_session  # continues in the Python that has PySpark

import pyarrow as pa
from pyspark.sql.pandas.types import from_arrow_schema

from histories import scratch_folder


def plain(value):
    """A value of PySpark as PyArrow would give it."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.timezone.utc)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def rows_of(frame):
    return [plain(row.asDict(recursive=True)) for row in frame.collect()]


def spark_schema(schema):
    """The columns of an Arrow schema as Hudi keeps them: it has no integers of fewer than 32 bits."""
    narrow = (pa.int8(), pa.int16())
    return from_arrow_schema(pa.schema([field.with_type(pa.int32()) if field.type in narrow else field for field in schema]))


# For many small queries: none is worth the time to compile it well, or to be split.
SMALL = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1", "spark.sql.codegen.wholeStage": "false",
         "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": "false",
         "spark.sql.shuffle.partitions": "1", "spark.sql.files.minPartitionNum": "1", "spark.ui.showConsoleProgress": "false"}


class SparkTables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = spark_session(SMALL)

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()

    def setUp(self):
        self.scratch = scratch_folder()
        self.addCleanup(self.scratch.cleanup)

    def read(self, folder, **options):
        reader = self.spark.read.format("hudi").option("hoodie.metadata.enable", "false")
        for key, value in options.items():
            reader = reader.option(key, value)
        return reader.load(folder)

    def incremental(self, folder, begin, end):
        return (self.spark.read.format("hudi").option("hoodie.metadata.enable", "false")
                .option("hoodie.datasource.query.type", "incremental")
                .option("hoodie.datasource.read.begin.instanttime", begin)
                .option("hoodie.datasource.read.end.instanttime", end).load(folder))

    def write(self, folder, history, rows, operation, **options):
        """Lets Spark write `rows`, told of the table what hoodie.properties doesn't say."""
        generator = "NonpartitionedKeyGenerator" if not history.partition_by else \
            "ComplexKeyGenerator" if len(history.key) > 1 or len(history.partition_by) > 1 else "SimpleKeyGenerator"
        settings = {
            "hoodie.table.name": history.name,
            "hoodie.datasource.write.operation": operation,
            "hoodie.datasource.write.table.type": history.kind.upper(),
            "hoodie.datasource.write.hive_style_partitioning": str(history.hive_style).lower(),
            "hoodie.datasource.write.partitionpath.field": ",".join(history.partition_by),
            "hoodie.datasource.write.keygenerator.class": f"org.apache.hudi.keygen.{generator}",
            "hoodie.metadata.enable": "false",
            "hoodie.write.table.version": str(history.version),
            "hoodie.upsert.shuffle.parallelism": "1",
            "hoodie.insert.shuffle.parallelism": "1",
            "hoodie.delete.shuffle.parallelism": "1",
            "hoodie.embed.timeline.server": "false",
            "hoodie.compact.inline": "false",
        }
        if history.key:
            settings["hoodie.datasource.write.recordkey.field"] = ",".join(history.key)
            settings["hoodie.index.type"] = "BUCKET"
            settings["hoodie.bucket.index.num.buckets"] = str(history.buckets)
        if history.order_by:
            settings["hoodie.datasource.write.precombine.field"] = history.order_by
        settings.update(options)
        schema = spark_schema(history.schema)
        for row in rows:
            if row["counts"] is not None:
                row["counts"] = dict(row["counts"])
        frame = self.spark.createDataFrame([tuple(row[name] for name in history.schema.names) for row in rows], schema)
        frame.write.format("hudi").options(**settings).mode("append").save(folder)

"""Spark, one query at a time: reads a JSON object a line ({"sql", "address", "topic", "out"}), runs the query over
all that the topic holds, and answers {"error": ...}."""
import json
import os
import pathlib
import shutil
import sys

from pyspark.sql import SparkSession, functions as F

import nexmark

FOLDER = pathlib.Path(os.environ["BENCH_FOLDER"])
ROWS_A_BATCH = 500_000
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what the JVM prints is no answer


def session():
    cores = os.cpu_count()
    settings = {
        "spark.driver.memory": "3g",
        "spark.driver.extraClassPath": os.environ["BENCH_JARS"] + "/*",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.streaming.stateStore.providerClass":
            "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
        "spark.local.dir": str(FOLDER / "spark-local"),
        "spark.sql.warehouse.dir": str(FOLDER / "spark-warehouse"),
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName("nexmark")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def views(spark, address, topic):
    events = (
        spark.readStream.format("kafka").option("kafka.bootstrap.servers", address).option("subscribe", topic)
        .option("startingOffsets", "earliest").option("maxOffsetsPerTrigger", ROWS_A_BATCH).load()
        .select(F.from_json(F.col("value").cast("string"), nexmark.SCHEMA).alias("event")).select("event.*")
    )
    for number, name in enumerate(("person", "auction", "bid")):
        rows = events.where(F.col("event_type") == number).select(f"{name}.*")
        rows.withWatermark("dateTime", "4 seconds").createOrReplaceTempView(name)


def run(spark, sql, address, topic, out):
    views(spark, address, topic)
    checkpoint = FOLDER / "spark-checkpoint"
    shutil.rmtree(checkpoint, ignore_errors=True)
    frame = spark.sql(sql)
    closes = "GROUP BY" not in sql or "window(" in sql
    if out:
        frame = frame.select(F.to_json(F.struct("*")).alias("value"))
    writer = (
        frame.writeStream.outputMode("append" if closes else "update").trigger(availableNow=True)
        .option("checkpointLocation", str(checkpoint))
    )
    if out:
        writer = writer.format("kafka").option("kafka.bootstrap.servers", address).option("topic", out)
        writer = writer.option("kafka.linger.ms", "50").option("kafka.batch.size", "524288")
    else:
        writer = writer.format("noop")
    writer.start().awaitTermination()


def main():
    spark = session()
    spark.sparkContext.setLogLevel("WARN")
    for line in sys.stdin:
        try:
            run(spark, **json.loads(line))
            error = ""
        except Exception as exception:  # whatever Spark says of a query is the answer
            error = str(exception).splitlines()[0] or type(exception).__name__
        answers.write(json.dumps({"error": error}) + "\n")
    spark.stop()


if __name__ == "__main__":
    main()

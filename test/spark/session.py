"""One session of the real Spark whose answers are compared with headrace's."""

import logging
import re
import sys

from pyspark.sql import SparkSession

VERSION = "4.1.3"


def start_spark(master, settings=None):
    """Returns a session of small jobs in UTC that listens on nothing but loopback."""
    builder = (
        SparkSession.builder.master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
    )
    for name, value in (settings or {}).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    if spark.version != VERSION:
        sys.exit(f"Spark is {spark.version}, the answers are of {VERSION}")
    spark.sparkContext.setLogLevel("OFF")
    logging.getLogger("SQLQueryContextLogger").disabled = True
    return spark


def error_class(error):
    """The class of an error of Spark, or of Java where it has none."""
    condition = getattr(error, "getCondition", lambda: None)()
    return condition or type(error).__name__


def error_text(error):
    """The class of an error, and what it says where the class doesn't tell."""
    name = error_class(error)
    if not name.startswith("_LEGACY") and name != "STREAM_FAILED":
        return name
    lines = str(error).split("JVM stacktrace")[0].strip().splitlines()
    said = lines[0].removeprefix(f"[{name}]").strip()
    if name == "STREAM_FAILED" and " exception: " in said:
        said = said.split(" exception: ")[1]
    return f"{name}: {re.split(r'[;.] ?|$', said)[0]}"

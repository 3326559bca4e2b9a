"""A local Spark that knows Hudi, for tests. Importing this module continues the script in the Python that has PySpark.

Environment (set by ctest): HEADRACE_SPARK_HUDI, that Python; HEADRACE_JARS, the folder of the Hudi bundle and of Hadoop's
client for S3. Where AWS_ENDPOINT_URL names a server, tables may be in it: s3://bucket/path.
"""
import glob
import os
import sys

SPARK_PYTHON = os.environ["HEADRACE_SPARK_HUDI"]
if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(SPARK_PYTHON))):
    os.execvpe(SPARK_PYTHON, [SPARK_PYTHON] + sys.argv, {**os.environ, "TZ": "UTC"})

from pyspark.sql import SparkSession

S3 = os.environ.get("AWS_ENDPOINT_URL", "")
CONF = {
    "spark.driver.memory": "2g",
    "spark.jars": ",".join(glob.glob(os.path.join(os.environ["HEADRACE_JARS"], "*.jar" if S3 else "hudi-spark3.5-bundle_*.jar"))),
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
    "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.hudi.catalog.HoodieCatalog",
    "spark.hadoop.parquet.avro.write-old-list-structure": "false",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.endpoint": S3,
}


def spark_session(conf={}):
    builder = SparkSession.builder.master("local[2]").appName("headrace")
    for key, value in {**CONF, **conf}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session

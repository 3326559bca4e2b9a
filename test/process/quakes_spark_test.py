"""The quakes table, read by Apache Spark with Hudi's own bundle and compared with the recording."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hudi"))
from spark_session import spark_session  # continues in the Python that has PySpark

import harness


class QuakesSparkTest(unittest.TestCase):
    def test_spark_reads_what_the_recording_holds(self):
        with tempfile.TemporaryDirectory(prefix="headrace-quakes-spark-") as folder:
            with harness.feed_server("--step", "6h") as url:
                harness.Run(folder, url).until_caught_up()
            spark = spark_session()
            self.addCleanup(spark.stop)
            table = spark.read.format("hudi").option("hoodie.metadata.enable", "false").load(f"{folder}/lake/quakes")
            rows = [row.asDict() for row in table.collect()]
            for row in rows:
                row["time"], row["updated"] = row["time"].isoformat(), row["updated"].isoformat()
            harness.check_table(self, rows)


if __name__ == "__main__":
    unittest.main(verbosity=2)

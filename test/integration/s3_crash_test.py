"""Kills headrace at each fault point of commit, rollback, compaction, cleaning, archival, merging of small files and restore, twice
at each, with its table in MinIO. After every death headrace and hudi-rs read what the history says, after the first of each also
Spark; the next run goes on, and after cleaning no file is left of an action that did not complete.
"""
import os
import pathlib
import re
import sys

STARTER = str(pathlib.Path(__file__).resolve().parent / "s3")
if "HEADRACE_S3" not in os.environ:  # the servers, and this again with them, in the Python that has Spark
    os.execv(STARTER, [STARTER, os.environ["HEADRACE_SPARK_HUDI"], *sys.argv])

import copy
import unittest

import pyarrow.fs

ENDPOINT = dict(word.split("=", 1) for word in os.environ["HEADRACE_S3"].split())["minio"]
os.environ |= {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_ACCESS_KEY_ID": "headrace",
    "AWS_SECRET_ACCESS_KEY": "headrace-secret",
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",  # hudi-rs asks for leave to do without TLS
}
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "hudi"))
from spark_tables import SparkTables, rows_of

from history_table import FAULT_POINTS, HistoryTable
from hudi_rs_read import HudiRs
from layers import Layers

POINTS = [point for point in FAULT_POINTS if point.startswith("hudi.")]
DATA_FILE = re.compile(r"_(\d{17})\.(?:log\.\d+_|parquet$)")


class S3HistoryTable(HistoryTable):
    """A table in the bucket, listed by a client that isn't headrace's: Arrow's, which is the AWS SDK."""

    def __init__(self, test, history, scratch):
        self.prefix = f"contract/crashes/{history.name}"
        self.store = pyarrow.fs.S3FileSystem(access_key="headrace", secret_key="headrace-secret", endpoint_override=ENDPOINT)
        super().__init__(test, history, f"s3://{self.prefix}", scratch)

    def objects(self, folder=""):
        selector = pyarrow.fs.FileSelector(self.prefix + folder, recursive=True, allow_not_found=True)
        return [info.path.removeprefix(self.prefix + "/") for info in self.store.get_file_info(selector) if info.is_file]

    def timeline(self):
        return [name.removeprefix(".hoodie/timeline/") for name in self.objects("/.hoodie/timeline")]

    def check_no_orphans(self):
        """Each data file is of an action that completed, be it archived, and no markers are left."""
        completed = {action["instant"] for action in self.headrace("history", "--all") if action["state"] in ("completed", "archived")}
        names = self.objects()
        data = [name for name in names if (found := DATA_FILE.search(name))]
        self.test.assertTrue(data)
        for name in data:
            self.test.assertIn(DATA_FILE.search(name).group(1), completed, name)
        self.test.assertEqual([name for name in names if name.startswith(".hoodie/.temp/")], [])
        self.test.assertEqual(self.findings(), [])


class S3CrashTest(SparkTables):
    def setUp(self):
        super().setUp()
        self.seen_by_spark = set()
        self.hudi_rs = HudiRs(self.scratch.name)
        self.addCleanup(self.hudi_rs.close)

    def check(self, table):
        """By Spark the first time only: what the first death left, or a restore."""
        others = [lambda: rows_of(self.read(table.place))] if table.place not in self.seen_by_spark else []
        table.check(self.hudi_rs, *others)
        self.seen_by_spark.add(table.place)

    def make(self, point, **options):
        history = Layers(POINTS.index(point), point.replace("hudi.", ""), ids=20, buckets=2, **options)
        table = S3HistoryTable(self, history, self.scratch.name)
        table.write(history.random_commit(history.ids))
        return table

    def until_done(self, table, point, action):
        """Does `action(fault)`, which is killed at the point, and once more; returns how often it was."""
        for deaths, fault in enumerate((f"{point}:1", f"{point}:1", None)):
            if not action(fault):
                return deaths
            self.check(table)

    def test_killed_at_every_point(self):
        for point in [point for point in POINTS if not point.startswith("hudi.restore_")]:
            with self.subTest(point):
                merges = point.startswith("hudi.clustering_")
                table = self.make(point, **({"key": (), "order_by": "", "kind": "copy_on_write"} if merges else {}))
                some_rows = lambda: table.history.random_commit(12)
                deaths = 0
                for step in ("write", "write", "cluster" if merges else "compact", "write", "clean", "archive"):
                    if step == "write":
                        table.write(some_rows(), "hudi.before_complete:1")  # for it to roll back
                    deaths += self.until_done(table, point, lambda fault: table.write(some_rows(), fault) if step == "write" else
                                              table.serve(step, fault))
                self.assertGreaterEqual(deaths, 1)
                table.write(some_rows())
                for service in ("cluster" if merges else "compact", "clean", "archive", "clean"):
                    table.serve(service)
                self.check(table)
                table.check_no_orphans()

    def test_killed_in_a_restore(self):
        for point in [point for point in POINTS if point.startswith("hudi.restore_")]:
            with self.subTest(point):
                table = self.make(point)
                saved, target = copy.deepcopy(table.history), max(table.completed())
                for _ in range(3):
                    table.write(table.history.random_commit(12))
                deaths = [table.restore(target, f"{point}:1"), table.restore(target, f"{point}:1"), table.restore(target)]
                self.assertEqual(deaths, [True, True, False])
                table.history = saved
                self.check(table)
                table.write(saved.random_commit(12))
                table.serve("clean")
                self.check(table)
                table.check_no_orphans()


if __name__ == "__main__":
    unittest.main(verbosity=2)

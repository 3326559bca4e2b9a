"""Tables that headrace writes, read by hudi-rs (PyPI package `hudi`), an implementation of its own in Rust."""
import os
import sys

READERS = os.environ["HEADRACE_READERS"]
if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(READERS))):
    os.execv(READERS, [READERS] + sys.argv)  # a Python that has the package

import unittest

import pyarrow as pa
from hudi import HudiReadOptions, HudiTableBuilder

from histories import History, kinds, read_by_headrace, scratch_folder, serve_by_headrace


def read_by_hudi_rs(folder, options=None):
    return pa.Table.from_batches(HudiTableBuilder.from_base_uri(folder).build().read(options)).to_pylist()


class HudiRsTest(unittest.TestCase):
    def setUp(self):
        self.scratch = scratch_folder()
        self.addCleanup(self.scratch.cleanup)

    def check(self, history, **options):
        folder = f"{self.scratch.name}/{history.name}"
        times = history.write(folder, self.scratch.name, **options)
        state = len(times) - 1
        history.check(self, read_by_headrace(folder, self.scratch.name), state)
        history.check(self, read_by_hudi_rs(folder), state)
        return folder, times

    def test_versions_and_orderings(self):
        for version in (8, 9):
            for order_kind in ("bigint", "int", "timestamp", "date", "string", "double"):
                with self.subTest(version=version, ordering=order_kind):
                    self.check(History(version, f"ordered_{version}_{order_kind}", version, order_kind=order_kind))

    def test_the_later_commit_wins_without_an_ordering_column(self):
        for version in (8, 9):
            with self.subTest(version=version):
                self.check(History(3, f"unordered_{version}", version, order_by=""))

    def test_partitions_and_keys(self):
        self.check(History(4, "unpartitioned", partition_by=()))
        self.check(History(5, "by_day", partition_by=("day",)))
        self.check(History(6, "two_keys", key=("id", "region")))
        self.check(History(7, "two_levels", 9, key=("id", "region"), partition_by=("region", "day")))
        self.check(History(8, "named_key", 9, key=("id",), partition_by=("region", "day")))

    def test_parquet_blocks(self):
        self.check(History(9, "large_blocks", rows=600, ids=2000, buckets=2))

    def test_base_files(self):
        self.check(History(10, "base_files", rows=15_000, ids=30_000, buckets=1, partition_by=(), commits=3))

    def test_after_table_services(self):
        history = History(11, "served")
        folder, _ = self.check(history)
        # Without archival: hudi-rs leaves out the files of archived commits, whoever archived them.
        serve_by_headrace(folder, "compact,clean")
        again = history.successor(3)
        again.write(folder, self.scratch.name)
        serve_by_headrace(folder, "compact,clean")
        again.check(self, read_by_headrace(folder, self.scratch.name))
        again.check(self, read_by_hudi_rs(folder))

    def test_kinds(self):
        for history in kinds(40):
            with self.subTest(history.name):
                self.check(history)

    def test_a_commit_in_flight_is_not_seen(self):
        self.check(History(11, "aborted"), abort_last=True)

    def test_time_travel(self):
        history = History(12, "travel")
        folder, times = self.check(history)
        for state, (_, completed) in enumerate(times):
            history.check(self, read_by_hudi_rs(folder, HudiReadOptions().with_as_of_timestamp(completed)), state)
            history.check(self, read_by_headrace(folder, self.scratch.name, "as_of", completed), state)

    def test_a_table_with_one_more_column_and_a_not_null_fewer(self):
        # Of old files it reads no wider numbers, no structs with fewer fields, and no lists in Avro blocks.
        for name, options in (("parquet_blocks", {"rows": 600, "ids": 2000, "buckets": 2}),
                              ("base_files", {"rows": 15_000, "ids": 30_000, "buckets": 1, "partition_by": ()})):
            with self.subTest(name):
                history = History(13, f"evolved_{name}", commits=2, name_required=True, **options)
                history.add_column()
                history.allow_null_names()
                history.add_commit(rows=400)
                self.check(history)


if __name__ == "__main__":
    unittest.main()

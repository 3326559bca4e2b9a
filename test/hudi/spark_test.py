"""Tables that headrace writes, read and written by Apache Spark with Apache Hudi's own bundle; then read by headrace."""
import copy
import glob
import math
import os
import unittest

from spark_tables import SparkTables, rows_of  # continues in the Python that has PySpark

import pyarrow.parquet

from histories import History, kinds, read_by_headrace, serve_by_headrace


def files_of(folder, instant):
    return [path for path in glob.glob(f"{folder}/**/*{instant}*", recursive=True, include_hidden=True) if "/.hoodie/" not in path]


class SparkTest(SparkTables):
    def make(self, history, **options):
        folder = f"{self.scratch.name}/{history.name}"
        return folder, history.write(folder, self.scratch.name, **options)

    def test_snapshot(self):
        for version in (8, 9):
            for order_kind in ("bigint", "int", "timestamp", "date", "string", "double"):
                with self.subTest(version=version, ordering=order_kind):
                    history = History(21, f"spark_{version}_{order_kind}", version, order_kind=order_kind)
                    folder, times = self.make(history, abort_last=True)
                    history.check(self, rows_of(self.read(folder)), len(times) - 1)

    def test_keys_and_partitions(self):
        for history in (History(22, "unordered", order_by=""), History(23, "unpartitioned", partition_by=()),
                        History(24, "by_day", partition_by=("day",)), History(25, "two_keys", key=("id", "region")),
                        History(26, "two_levels", 9, key=("id", "region"), partition_by=("region", "day")),
                        History(27, "large", rows=600, ids=2000, buckets=2),
                        History(29, "late_texts", rows=120, ids=150, buckets=1, partition_by=(), order_kind="string"),
                        History(28, "base", rows=15_000, ids=30_000, buckets=1, partition_by=(), commits=3)):
            with self.subTest(history.name):
                folder, _ = self.make(history)
                history.check(self, rows_of(self.read(folder)))

    def test_kinds(self):
        """Every kind of table, read by Spark; then written by Spark, and by headrace again."""
        for history in kinds(40):
            with self.subTest(history.name):
                folder, _ = self.make(history)
                history.check(self, rows_of(self.read(folder)))
                upserts, deletes = history.random_commit(20)
                self.write(folder, history, upserts, "upsert" if history.key else "insert")
                history.apply(upserts, [])
                if deletes:
                    self.write(folder, history, deletes, "delete")
                    history.delete_for_good(deletes)
                history.states.append(history.rows())
                history.check(self, read_by_headrace(folder, self.scratch.name))
                overwritten = [row for row in history.random_commit(12)[0] if row["region"] in ("us", None)]
                if history.partition_by and history.name.startswith(("cow_hive", "added", "overwritten")):
                    self.write(folder, history, overwritten, "insert_overwrite")
                    history.overwrite(overwritten)
                    history.check(self, read_by_headrace(folder, self.scratch.name))
                again = history.successor(1, compacted=False)
                again.write(folder, self.scratch.name)
                again.check(self, read_by_headrace(folder, self.scratch.name))
                again.check(self, rows_of(self.read(folder)))

    def test_bloom_filters(self):
        """The filters of base files are, byte by byte, what Hudi's own class makes of the same keys, and Hudi finds them."""
        jvm = self.spark._jvm
        hudi, factory = jvm.org.apache.hudi, jvm.org.apache.hudi.common.bloom.BloomFilterFactory
        error = math.exp(-8 * math.log(2) ** 2) * (1 + 1e-12)  # of 8 bits a key
        compacted = History(33, "filters_compacted", key=("id", "region"), rows=100, ids=150, buckets=2)
        for history in (History(33, "filters_cow", kind="copy_on_write"), History(33, "filters_added", key=(), order_by=""), compacted):
            folder, _ = self.make(history)
            if history is compacted:
                serve_by_headrace(folder, "compact")
            storage = hudi.storage.HoodieStorageUtils.getStorage(folder, hudi.hadoop.fs.HadoopFSUtils.getStorageConf(
                self.spark.sparkContext._jsc.hadoopConfiguration()))
            reader = hudi.io.storage.HoodieIOFactory.getIOFactory(storage).getFileFormatUtils(hudi.common.model.HoodieFileFormat.PARQUET)
            files = glob.glob(f"{folder}/**/*.parquet", recursive=True)
            self.assertTrue(files)
            for path in files:
                footer = pyarrow.parquet.read_metadata(path).metadata
                text = footer[b"org.apache.hudi.bloomfilter"].decode()
                keys = pyarrow.parquet.read_table(path, columns=["_hoodie_record_key"])[0].to_pylist()
                size = max(8, 1 << (len(keys) - 1).bit_length())
                made = factory.createBloomFilter(size, error, size, "SIMPLE")
                found = reader.readBloomFilterFromMetadata(storage, hudi.storage.StoragePath(path))
                for key in keys:
                    made.add(key)
                    self.assertTrue(found.mightContain(key), key)
                self.assertEqual(text, made.serializeToString(), path)
                self.assertEqual(text, found.serializeToString(), path)

    def test_incremental_and_time_travel(self):
        history = History(29, "incremental")
        folder, times = self.make(history)
        for state in range(len(times)):
            history.check(self, rows_of(self.read(folder, **{"as.of.instant": times[state][1]})), state)
            history.check(self, read_by_headrace(folder, self.scratch.name, "as_of", times[state][1]), state)
        later = History(29, "later", commits=0)
        for commit in history.commits[2:]:
            later.apply(*commit)
        later.states.append(later.rows())
        later.check(self, rows_of(self.incremental(folder, times[1][1], times[-1][1])))
        # Spark shows every record of the range, headrace those that the table holds.
        history.states.append({identity: row for identity, row in later.states[-1].items() if history.states[-1].get(identity) == row})
        history.check(self, read_by_headrace(folder, self.scratch.name, "between", times[1][1], times[-1][1]))

    def test_a_table_with_more_and_wider_columns(self):
        for name, options in (("logs", {}), ("base_files", {"rows": 15_000, "ids": 30_000, "buckets": 1, "partition_by": ()})):
            with self.subTest(name):
                history = History(31, f"evolved_{name}", commits=2, array_nulls=False, name_required=True, **options)
                history.evolve()
                history.allow_null_names()
                history.add_commit()
                folder, _ = self.make(history)
                history.check(self, rows_of(self.read(folder)))

    def test_spark_adds_a_column(self):
        history = History(32, "spark_adds", array_nulls=False, commits=2)
        folder, _ = self.make(history)
        history.add_column()
        upserts, _ = history.random_commit(25)
        self.write(folder, history, upserts, "upsert", **{"hoodie.compact.inline": "true", "hoodie.compact.inline.max.delta.commits": "1"})
        history.apply(upserts, [])
        history.states.append(history.rows())
        history.check(self, read_by_headrace(folder, self.scratch.name))
        history.check(self, rows_of(self.read(folder)))
        history.check(self, read_by_headrace(folder, self.scratch.name, "read_optimized"))
        again = history.successor(2)
        again.write(folder, self.scratch.name)
        again.check(self, read_by_headrace(folder, self.scratch.name))
        again.check(self, rows_of(self.read(folder)))

    def test_spark_goes_on_where_headrace_stopped(self):
        for version, order_kind, block in ((8, "bigint", "avro"), (9, "timestamp", "parquet"), (8, "string", "avro"),
                                           (9, "date", "avro")):
            with self.subTest(version=version, ordering=order_kind, block=block):
                history = History(30, f"shared_{version}_{order_kind}", version, order_kind=order_kind, array_nulls=False)
                folder, times = self.make(history, abort_last=True)
                dead = [name.split(".")[0] for name in os.listdir(f"{folder}/.hoodie/timeline") if name.endswith(".inflight")
                        and name.split(".")[0] not in {time for time, _ in times}]
                self.assertTrue(files_of(folder, dead[0]))
                history.forget_last()
                form = {"hoodie.logfile.data.block.format": block}
                for step in range(2):
                    upserts, deletes = history.random_commit(25)
                    self.write(folder, history, upserts, "upsert", **form)
                    self.write(folder, history, deletes, "delete", **form)
                    history.apply(upserts, [])
                    history.delete_for_good(deletes)
                    history.states.append(history.rows())
                    with self.subTest(step=step):
                        history.check(self, read_by_headrace(folder, self.scratch.name))
                        history.check(self, rows_of(self.read(folder)))
                self.assertEqual(files_of(folder, dead[0]), [], "Spark did not find the files of headrace's dead commit")
                upserts, _ = history.random_commit(25)
                self.write(folder, history, upserts, "upsert", **{"hoodie.compact.inline": "true", "hoodie.compact.inline.max.delta.commits": "1", **form})
                history.apply(upserts, [])
                history.states.append(history.rows())
                self.assertTrue(glob.glob(f"{folder}/**/*.parquet", recursive=True), "Spark compacted nothing")
                history.check(self, read_by_headrace(folder, self.scratch.name))
                # And headrace goes on where Spark stopped.
                again = history.successor(3)
                again.write(folder, self.scratch.name)
                again.check(self, read_by_headrace(folder, self.scratch.name))
                again.check(self, rows_of(self.read(folder)))


    def test_table_services_of_both_engines(self):
        history = History(31, "served", array_nulls=False)
        folder, _ = self.make(history)

        def check():
            history.check(self, rows_of(self.read(folder)))
            history.check(self, read_by_headrace(folder, self.scratch.name))

        def upsert_by_spark(**options):
            upserts, _ = history.random_commit(25)
            self.write(folder, history, upserts, "upsert", **options)
            history.apply(upserts, [])
            history.states.append(history.rows())

        serve_by_headrace(folder, "compact")
        history.forget_deletes()
        history.check(self, rows_of(self.read(folder, **{"hoodie.datasource.query.type": "read_optimized"})))
        check()
        for _ in range(2):
            upsert_by_spark(**{"hoodie.clean.automatic": "false", "hoodie.archive.automatic": "false"})
        serve_by_headrace(folder, "compact,clean,archive")
        history.forget_deletes()
        self.assertTrue(glob.glob(f"{folder}/.hoodie/timeline/history/*.parquet"), "headrace archived nothing")
        check()
        for _ in range(6):
            upsert_by_spark(**{"hoodie.compact.inline": "true", "hoodie.compact.inline.max.delta.commits": "1",
                               "hoodie.clean.commits.retained": "1", "hoodie.keep.min.commits": "2", "hoodie.keep.max.commits": "3"})
        check()
        history.forget_deletes()
        serve_by_headrace(folder, "savepoint")
        saved = len(history.states) - 1
        upsert_by_spark()
        serve_by_headrace(folder, "compact,clean,archive")
        check()
        serve_by_headrace(folder, "restore")
        history.check(self, rows_of(self.read(folder)), saved)
        history.check(self, read_by_headrace(folder, self.scratch.name), saved)
        later = copy.copy(history)
        later.versions = {identity: (row[history.order_by], row) for identity, row in history.states[saved].items()}
        history = later
        upsert_by_spark()
        check()

    def test_small_files_are_merged(self):
        history = History(32, "merged", key=(), order_by="", kind="copy_on_write", array_nulls=False)
        folder, _ = self.make(history)
        before = len(glob.glob(f"{folder}/**/*.parquet", recursive=True))
        serve_by_headrace(folder, "cluster,clean")
        history.check(self, rows_of(self.read(folder)))
        history.check(self, read_by_headrace(folder, self.scratch.name))
        self.assertLess(len(glob.glob(f"{folder}/**/*.parquet", recursive=True)), 2 * before)


if __name__ == "__main__":
    unittest.main()

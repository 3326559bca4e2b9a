"""One table, written in turn by headrace and by Spark with Hudi's own bundle: random histories of upserts, deletes, appended and
overwritten rows, more and wider columns, dead writers and table services by either; after every step headrace, Spark and
hudi-rs read what the merge rules say and `headrace table validate` finds no error, at the end not even a trace of the dead.

HEADRACE_HISTORIES (default 20) histories; HEADRACE_FIRST_HISTORY (default 0) is the seed of the first.
"""
import os
import random
import unittest

from spark_tables import SparkTables, rows_of  # continues in the Python that has PySpark

from history_table import FAULT_POINTS, HistoryTable
from hudi_rs_read import HudiRs
from layers import Layers

HISTORIES = int(os.environ.get("HEADRACE_HISTORIES", "20"))
FIRST = int(os.environ.get("HEADRACE_FIRST_HISTORY", "0"))
COMPACT = {"hoodie.compact.inline": "true", "hoodie.compact.inline.max.delta.commits": "1"}
CLEAN = {"hoodie.clean.automatic": "true", "hoodie.clean.commits.retained": "1"}
ARCHIVE = {**CLEAN, "hoodie.keep.min.commits": "2", "hoodie.keep.max.commits": "3"}
SERVICES = {"compacts": "compact", "cleans": "clean", "archives": "archive", "merges": "cluster"}
WRITING = ("hudi.after_", "hudi.before_", "hudi.between_")  # fault points


def actions(history):
    """What may happen to a table, each as often as it is listed."""
    common = ["headrace writes"] * 3 + [
        "headrace overwrites", "headrace evolves", "headrace dies", "headrace dies", "headrace cleans", "headrace archives",
        "Spark writes", "Spark writes", "Spark overwrites", "Spark adds a column", "Spark cleans", "Spark archives"]
    if not history.key:
        return common + ["headrace merges"] * 2
    if history.kind == "copy_on_write":
        return common + ["Spark deletes"]
    return common + ["Spark deletes"] + ["headrace compacts", "Spark compacts"] * 2


class TurnsTest(SparkTables):
    def setUp(self):
        super().setUp()
        self.hudi_rs = HudiRs(self.scratch.name)
        self.addCleanup(self.hudi_rs.close)

    def make(self, seed, choice):
        """A table of some kind, with its first commit: every key."""
        kind, key = [("merge_on_read", ("id",)), ("copy_on_write", ("id",)), ("merge_on_read", ("id", "region")),
                     ("merge_on_read", ("id",)), ("copy_on_write", ())][seed % 5]
        history = Layers(seed, f"turns{seed}", version=8 + seed % 2, kind=kind, key=key, ids=30,
                         buckets=choice.choice([1, 2, 3]), order_by="" if seed % 3 == 0 or not key else "updated",
                         order_kind=choice.choice(["bigint", "timestamp", "string"] + ["date"] * (kind == "merge_on_read")),
                         partition_by=() if seed % 7 == 6 else ("region",), hive_style=seed % 4 == 3)
        table = HistoryTable(self, history, f"{self.scratch.name}/{history.name}", self.scratch.name)
        table.write(history.random_commit(history.ids))
        return table

    def by_spark(self, table, what):
        history = table.history
        # Spark doesn't read right what it orders by text in Parquet blocks: docs/HUDI_FORMAT.md
        blocks = ["avro"] if history.order_kind == "string" else ["avro", "parquet"]
        form = {"hoodie.logfile.data.block.format": history.random.choice(blocks)}
        more = {"compacts": COMPACT, "cleans": CLEAN, "archives": ARCHIVE}.get(what, {})
        if what == "overwrites":
            rows = history.whole_partitions()
            self.write(table.place, history, rows, "insert_overwrite", **form)
            history.overwrite_by_spark(rows)
        elif what == "deletes":
            rows = history.random_commit(20)[1]
            self.write(table.place, history, rows, "delete", **form)
            history.delete_for_good(rows)
        else:
            if what == "adds a column" and not history.is_evolved:
                history.add_column()
            rows = history.random_commit(15)[0]
            self.write(table.place, history, rows, "upsert" if history.key else "insert", **form, **more)
            history.apply(rows, [])
            if what == "compacts":
                history.compact_all()

    def by_headrace(self, table, what):
        history = table.history
        if what in SERVICES:  # and dies every other time
            service = SERVICES[what]
            fault = self.fault(history.random, f"hudi.{service[:5]}")
            table.serve(service, fault if history.random.random() < 0.5 else None)
        elif what == "overwrites":
            table.write((history.whole_partitions(), None))
        else:
            if what == "evolves" and not history.is_evolved:
                history.evolve(wider=history.random.random() < 0.5)
            table.write(history.random_commit(20), self.fault(history.random, WRITING) if what == "dies" else None)

    def fault(self, choice, prefixes):
        """A point where headrace is to die."""
        named = choice.choice([point for point in FAULT_POINTS if point.startswith(prefixes)])
        return f"{named}:1" if choice.random() < 0.7 else f"storage.before_rename:{choice.randrange(1, 8)}"

    def step(self, table, action):
        engine, what = action.split(" ", 1)
        self.by_spark(table, what) if engine == "Spark" else self.by_headrace(table, what)
        self.check(table)

    def check(self, table):
        table.check(self.hudi_rs, lambda: rows_of(self.read(table.place)))

    def finish(self, table):
        """Lets headrace take back and carry on what the dead left."""
        table.write(table.history.random_commit(20))
        for service in ["compact", "clean", "archive"] if table.history.key else ["cluster", "clean", "archive"]:
            table.serve(service)
        self.check(table)
        self.assertEqual(table.findings(), [])

    def test_random_histories(self):
        for seed in range(FIRST, FIRST + HISTORIES):
            done = []
            with self.subTest(seed=seed, actions=done):
                choice = random.Random(seed)
                table = self.make(seed, choice)
                for _ in range(7):
                    done.append(choice.choice(actions(table.history)))
                    self.step(table, done[-1])
                self.finish(table)


if __name__ == "__main__":
    unittest.main()

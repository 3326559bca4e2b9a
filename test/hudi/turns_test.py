"""One table, written in turn by headrace and by Spark with Hudi's own bundle: random histories of upserts, deletes, dead
writers and table services by either; after every step headrace, Spark and hudi-rs read what the merge rules say, and at the
end `headrace table validate` finds nothing wrong."""
import json
import os
import random
import re
import subprocess
import unittest

from spark_session import spark_session  # continues in the Python that has PySpark

import spark_test
from histories import History, read_by_headrace, scratch_folder
from hudi_rs_read import read_by_hudi_rs

HISTORIES = int(os.environ.get("HEADRACE_HISTORIES", "4"))
FIRST = int(os.environ.get("HEADRACE_FIRST_HISTORY", "0"))
COMPACT = {"hoodie.compact.inline": "true", "hoodie.compact.inline.max.delta.commits": "1"}
CLEAN = {"hoodie.clean.automatic": "true", "hoodie.clean.commits.retained": "1"}
ARCHIVE = {**CLEAN, "hoodie.keep.min.commits": "2", "hoodie.keep.max.commits": "3"}


class Layers(History):
    """A history whose rows are merged as file slices are: a base, and what came in log files since it was made. The log
    records are merged among each other first, so a natural delete doesn't save an older version that comes after it."""

    def __init__(self, seed, name, **options):
        self.base = {}
        super().__init__(seed, name, commits=0, array_nulls=False, **options)

    def rows(self):
        merged = dict(self.base)
        for identity, (ordering, row) in self.versions.items():
            known = merged.get(identity)
            if self.order_by and known is not None and ordering is not None and ordering < known[0]:
                continue
            merged[identity] = (ordering, row)
        return {identity: row for identity, (_, row) in merged.items() if row is not None}

    def compact(self):
        self.base = {identity: (row["updated"], row) for identity, row in self.rows().items()}
        self.versions = {}

    def commit(self):
        """The next commit of random rows, which becomes the newest state of the table."""
        change = self.random_commit(self.random.randrange(1, 30))
        self.apply(*change)
        return change


class TurnsTest(unittest.TestCase):
    read = spark_test.SparkTest.read
    write = spark_test.SparkTest.write

    @classmethod
    def setUpClass(cls):
        cls.spark = spark_session()

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()

    def setUp(self):
        self.scratch = scratch_folder()
        self.addCleanup(self.scratch.cleanup)

    def by_headrace(self, history, folder, change, abort=False):
        history.commits = [change]
        history.schemas = [history.schema]
        history.write(folder, self.scratch.name, abort_last=abort)

    def step(self, history, folder, action):
        form = {"hoodie.logfile.data.block.format": history.random.choice(["avro", "parquet"])}
        if action == "headrace writes":
            self.by_headrace(history, folder, history.commit())
        elif action == "headrace dies":
            self.by_headrace(history, folder, history.random_commit(20), abort=True)
        elif action == "Spark deletes":
            _, deletes = history.random_commit(40)
            self.write(folder, history, deletes, "delete", **form)
            history.delete_for_good(deletes)
        else:
            upserts, _ = history.random_commit(25)
            more = {"Spark compacts": COMPACT, "Spark cleans": {**COMPACT, **CLEAN}, "Spark archives": ARCHIVE}.get(action, {})
            self.write(folder, history, upserts, "upsert", **form, **more)
            history.apply(upserts, [])
            if COMPACT.items() <= more.items():
                history.compact()

    def check(self, history, folder):
        history.states = [history.rows()]
        history.check(self, read_by_headrace(folder, self.scratch.name))
        history.check(self, spark_test.rows_of(self.read(folder)))
        if not self.archived_files(folder):
            history.check(self, read_by_hudi_rs(folder, self.scratch.name))

    def archived_files(self, folder):
        """The files that readers take of commits that are no longer on the active timeline: hudi-rs 0.5.0 leaves those
        out, as if they had never been committed, whoever wrote and archived them."""
        active = {name[:17] for name in os.listdir(f"{folder}/.hoodie/timeline")}
        lines = self.headrace("files", folder).stdout.splitlines()
        return [line for line in lines if re.search(r"(?<=_)\d{17}(?=\.)", json.loads(line)["file"])[0] not in active]

    def headrace(self, command, folder):
        return subprocess.run([os.environ["HEADRACE"], "table", command, "--json", folder], stdout=subprocess.PIPE, text=True)

    def validate(self, folder):
        done = self.headrace("validate", folder)
        self.assertEqual(json.loads(done.stdout)["findings"], [])
        self.assertEqual(done.returncode, 0)

    ACTIONS = ["headrace writes"] * 4 + ["headrace dies", "Spark upserts", "Spark upserts", "Spark deletes", "Spark compacts",
                                         "Spark cleans", "Spark archives"]

    def test_random_histories(self):
        for seed in range(FIRST, FIRST + HISTORIES):
            choice = random.Random(seed)
            history = Layers(seed, f"turns{seed}", version=8 + seed % 2, buckets=choice.choice([1, 2, 4]),
                             order_by="" if seed % 3 == 0 else "updated",
                             order_kind=choice.choice(["bigint", "timestamp", "string", "date"]),
                             partition_by=() if seed % 5 == 4 else ("region",),
                             key=("id", "region") if seed % 4 == 1 else ("id",))
            folder = f"{self.scratch.name}/{history.name}"
            actions = ["headrace writes"] + [choice.choice(self.ACTIONS) for _ in range(6)] + ["headrace writes"]
            for number, action in enumerate(actions):
                with self.subTest(seed=seed, step=number, actions=actions[:number + 1]):
                    self.step(history, folder, action)
                    self.check(history, folder)
            with self.subTest(seed=seed, actions=actions):
                self.validate(folder)


if __name__ == "__main__":
    unittest.main()

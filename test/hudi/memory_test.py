"""Table services keep to their budget of memory, whatever is in the log files: a table is compacted with all the memory it wants
and with little, and holds the same rows afterwards."""
import os
import sys

READERS = os.environ["HEADRACE_READERS"]
if os.path.realpath(sys.prefix) != os.path.realpath(os.path.dirname(os.path.dirname(READERS))):
    os.execv(READERS, [READERS] + sys.argv)  # a Python that has PyArrow

import json
import random
import shutil
import unittest

import pyarrow as pa
import pyarrow.ipc

from histories import TOOL, run, scratch_folder

MIB = 1 << 20
COMMITS = 5
BUDGET = 128  # MiB; the least that a pipeline may declare
SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("updated", pa.int64()), pa.field("note", pa.string())])


def rows_of(commit, count):
    """Of keys that half were in the commit before, with text that doesn't repeat."""
    noise = random.Random(commit)
    ids = range(commit * count // 2, commit * count // 2 + count)
    return pa.table([pa.array(ids, pa.int64()), pa.array([commit] * count, pa.int64()),
                     pa.array([noise.randbytes(160).hex() for _ in ids])], schema=SCHEMA)


class MemoryTest(unittest.TestCase):
    def setUp(self):
        scratch = scratch_folder()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name

    def make(self, name, count):
        """A table of one file group: a base file, and a log file a commit."""
        steps = []
        for commit in range(COMMITS):
            step = {kind: f"{self.scratch}/{name}.{commit}.{kind}.arrow" for kind in ("upserts", "deletes")}
            for kind, rows in (("upserts", rows_of(commit, count)), ("deletes", SCHEMA.empty_table())):
                with pa.ipc.new_file(step[kind], SCHEMA) as writer:
                    writer.write_table(rows, max_chunksize=16384)
            steps.append(step)
        with open(f"{self.scratch}/{name}.json", "w") as file:
            json.dump({"name": name, "key": ["id"], "partition_by": [], "order_by": "updated", "buckets": 1, "version": 8,
                       "commits": steps}, file)
        run(TOOL, "write", f"{self.scratch}/{name}", f"{self.scratch}/{name}.json")
        return f"{self.scratch}/{name}"

    def compact(self, folder, mebibytes):
        """Returns the peak of resident memory, in MiB."""
        return int(run(TOOL, "serve", folder, f"compact:{mebibytes}").split()[-1]) / 1024

    def rows(self, folder):
        run(TOOL, "read", folder, f"{self.scratch}/rows.arrow")
        return pa.ipc.open_file(f"{self.scratch}/rows.arrow").read_all().select(SCHEMA.names).sort_by("id")

    def test_compaction_keeps_to_its_memory(self):
        idle = self.compact(self.make("small", 100), BUDGET)
        count = 200_000
        ample = self.make("large", count)
        scarce = shutil.copytree(ample, f"{ample}_scarce")
        peaks = {"ample": self.compact(ample, 4096) - idle, "scarce": self.compact(scarce, BUDGET) - idle}
        rows = self.rows(scarce)
        self.assertEqual(rows.num_rows, count // 2 * (COMMITS + 1))
        self.assertTrue(rows.equals(self.rows(ample)))
        with self.subTest(peaks):
            self.assertGreater(peaks["ample"], 2 * BUDGET, "there was nothing to keep to")
            # What is resident is more than what is in use: the allocator gives freed pages back later.
            self.assertLess(peaks["scarce"], 1.25 * BUDGET)


if __name__ == "__main__":
    unittest.main()

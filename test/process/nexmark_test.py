"""The Nexmark queries in headrace's SQL: what comes out, record by record, is what DuckDB makes of all events at once."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["HEADRACE_SOURCE"])
HEADRACE = os.environ["HEADRACE"]
sys.path.insert(0, str(SOURCE / "bench/peers"))
import nexmark

EVENTS = 30_000
EVENTS_PER_SECOND = 500  # no two events at the same time, and minutes for the windows
KINDS = ("person", "auction", "bid")


def run(file):
    process = subprocess.run([HEADRACE, "run", file, "--until-caught-up"], capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, f"exit {process.returncode}\n{process.stderr[-4000:]}"
    return process.stdout


def plain(value):
    """A value as both sides print it alike: DuckDB has other types for sums and times."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", value):
        return value.rstrip("Z")
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return round(float(value), 4)
    return round(float(value), 4) if isinstance(value, (int, float)) else value


def fold(lines):
    """Rows that appeared and did not disappear again, each with its count."""
    rows = collections.Counter()
    for line in lines:
        if line.startswith('{"op"'):
            change = json.loads(line)
            rows[tuple(map(plain, change["row"].values()))] += 1 if change["op"] == "+" else -1
    return +rows


class NexmarkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        # All events as tables, which DuckDB reads.
        views = "".join(
            f"  {kind}:\n    sql: SELECT {kind}.* FROM nexmark WHERE event_type = {number}\n"
            for number, kind in enumerate(KINDS)
        )
        sinks = "".join(f"  {kind}_table: {{from: {kind}, hudi: {{path: {cls.folder}/{kind}}}}}\n" for kind in KINDS)
        cls.inputs = cls.folder / "inputs.yaml"
        cls.inputs.write_text(
            f'name: inputs\nstate: {cls.folder}/inputs\nmetrics: {{listen: "off"}}\n'
            f"sources:\n  nexmark:\n{nexmark.indent(cls.generated())}views:\n{views}sinks:\n{sinks}"
        )
        run(cls.inputs)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @staticmethod
    def generated(partitions=1):
        return nexmark.generated(EVENTS, 7, EVENTS_PER_SECOND, partitions)

    def by_duckdb(self, query):
        tables = ", ".join(
            f"{kind} AS (SELECT * REPLACE (dateTime::TIMESTAMP AS dateTime"
            f"{', expires::TIMESTAMP AS expires' if kind == 'auction' else ''}) FROM {kind}_table)"
            for kind in KINDS
        )
        output = subprocess.run(
            [HEADRACE, "query", "--file", self.inputs, "--json", f"WITH {tables} {query.statement('duckdb')}"],
            capture_output=True, text=True, timeout=300,
        )
        self.assertEqual(output.returncode, 0, output.stderr)
        return collections.Counter(
            tuple(map(plain, json.loads(line).values())) for line in output.stdout.splitlines()
        )

    def check(self, query, partitions):
        file = self.folder / f"{query.name}-{partitions}.yaml"
        state = self.folder / f"state-{query.name}-{partitions}"
        file.write_text(query.pipeline(state, self.generated(partitions), "console:", "100 ms"))
        found, expected = fold(run(file).splitlines()), self.by_duckdb(query)
        self.assertTrue(expected, "nothing is expected: the query tests nothing")
        missing, extra = expected - found, found - expected
        self.assertFalse(missing or extra, f"missing {list(missing.items())[:3]}\nextra {list(extra.items())[:3]}")


def add(name, partitions):
    query = nexmark.Query(name)
    suffix = "" if partitions == 1 else f"_of_{partitions}_partitions"
    setattr(NexmarkTest, f"test_{name}{suffix}", lambda self: self.check(query, partitions))


for name in nexmark.names():
    add(name, 1)
# One partition is read some way before the others: nothing is late because of that.
for name in ("q5", "q7", "q8", "q11"):
    add(name, 3)

if __name__ == "__main__":
    unittest.main()

"""What the process tests share: a feed server, the headrace program, and readers of what it wrote that share no code
with it.

Environment (set by ctest): HEADRACE, the program; HEADRACE_SOURCE, the checkout; HEADRACE_DEPS, the fetched packages;
HEADRACE_READERS, a Python that has the packages `hudi` and `pyarrow`.
"""
import contextlib
import datetime
import json
import math
import os
import pathlib
import re
import subprocess
import sys

HEADRACE = os.environ["HEADRACE"]
SOURCE = pathlib.Path(os.environ["HEADRACE_SOURCE"])
READERS = os.environ["HEADRACE_READERS"]
FEED = pathlib.Path(os.environ["HEADRACE_FEED"])
PIPELINE = SOURCE / "examples/quakes/quakes.yaml"
HOUR_MS = 3_600_000


@contextlib.contextmanager
def feed_server(*options):
    """Runs the example's feed server on a free port; yields its URL."""
    command = [sys.executable, str(SOURCE / "examples/quakes/feed_server"), "--data", str(FEED), "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+\S*", line):
                yield found.group(0)
                return
        raise AssertionError(f"the feed server ended with {process.wait()} before it said where it listens")
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


class Run:
    """One folder in which the quakes pipeline runs, again and again."""

    def __init__(self, folder, url):
        self.folder = pathlib.Path(folder)
        self.pipeline = PIPELINE
        self.table = str(self.folder / "lake/quakes")
        self.environment = {
            **os.environ,
            "QUAKE_FEED": url,
            "QUAKE_POLL": "20 ms",
            "QUAKE_DIR": str(self.folder),
            "QUAKE_METRICS": "127.0.0.1:0",
        }

    def command(self, *arguments):
        return [HEADRACE, "run", str(self.pipeline), *arguments]

    def start(self, *arguments, fault=None):
        environment = {**self.environment, **({"HEADRACE_FAULT": fault} if fault else {})}
        return subprocess.Popen(
            self.command(*arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def until_caught_up(self, timeout=120):
        """Runs until everything is processed and returns the report; fails where the run does."""
        process = self.start("--until-caught-up", "--json")
        output, errors = process.communicate(timeout=timeout)
        assert process.returncode == 0, f"exit {process.returncode}\n{errors[-4000:]}"
        return json.loads(output.splitlines()[-1])

    def query(self, statement):
        """Rows of a statement over the pipeline's tables, by headrace's own reader."""
        output = subprocess.run(
            [HEADRACE, "query", "--file", str(self.pipeline), "--json", statement],
            env=self.environment, check=True, capture_output=True, text=True, timeout=60,
        ).stdout
        return [json.loads(line) for line in output.splitlines()]

    def table_by_hudi_rs(self):
        return rows_by_hudi_rs(self.table, self.environment)

    def series(self):
        """The points that a time series database would hold after it read the file of lines."""
        return fold_lines((self.folder / "series/activity.lp").read_text().splitlines())


def rows_by_hudi_rs(table, environment):
    """Rows of a table, read by hudi-rs (PyPI package `hudi`)."""
    script = (
        "import json, sys, pyarrow as pa\n"
        "from hudi import HudiTableBuilder\n"
        "batches = HudiTableBuilder.from_base_uri(sys.argv[1]).build().read()\n"
        "for row in pa.Table.from_batches(batches).to_pylist():\n"
        "    print(json.dumps({k: v.isoformat() if hasattr(v, 'isoformat') else v for k, v in row.items()}))\n"
    )
    output = subprocess.run(
        [READERS, "-c", script, table],
        check=True, capture_output=True, text=True, timeout=120, env={**environment, "TZ": "UTC"},
    ).stdout
    return [json.loads(line) for line in output.splitlines()]


def fold_lines(lines):
    """Line protocol to {(series, timestamp): fields}: a later point of one series and time replaces the earlier one."""
    points = {}
    for line in lines:
        if deleted := re.fullmatch(r"# delete (\S+) (-?\d+)", line):
            points.pop((deleted.group(1), int(deleted.group(2))), None)
        elif line and not line.startswith("#"):
            series, fields, time = line.rsplit(" ", 2)
            points[series, int(time)] = dict(field.split("=", 1) for field in fields.split(","))
    return points


def recorded_quakes():
    """What the table must hold: the final version of each earthquake, straight from the recorded feed."""
    rows = {}
    for event in json.loads(FEED.read_text())["features"]:
        properties = event["properties"]
        if properties["type"] != "earthquake":
            continue
        longitude, latitude, depth = event["geometry"]["coordinates"]
        rows[event["id"]] = {
            "id": event["id"],
            "time": properties["time"],
            "updated": properties["updated"],
            "mag": properties["mag"],
            "place": properties["place"],
            "longitude": longitude,
            "latitude": latitude,
            "depth": depth,
        }
    return rows


def recorded_activity():
    """What the series must hold: per hour and whole magnitude, how many earthquakes and the strongest."""
    points = {}
    for quake in recorded_quakes().values():
        hour = quake["time"] // HOUR_MS * HOUR_MS
        magnitude = "" if quake["mag"] is None else f",magnitude={math.floor(quake['mag'])}"
        count, strongest = points.get((f"activity{magnitude}", hour * 1_000_000), (0, None))
        known = [m for m in (strongest, quake["mag"]) if m is not None]
        points[f"activity{magnitude}", hour * 1_000_000] = (count + 1, max(known) if known else None)
    return points


def epoch_ms(timestamp):
    """An ISO 8601 timestamp, UTC where it has no zone, as milliseconds since 1970."""
    parsed = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.timezone.utc)
    return round(parsed.timestamp() * 1000)


def check_table(test, rows):
    """Fails unless `rows` are the recorded earthquakes, each once and equal in every column."""
    expected = recorded_quakes()
    test.assertEqual(len(rows), len({row["id"] for row in rows}), "a key comes twice")
    found = {}
    for row in rows:
        kept = {name: row[name] for name in next(iter(expected.values()))}
        found[row["id"]] = {**kept, "time": epoch_ms(row["time"]), "updated": epoch_ms(row["updated"])}
    missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
    test.assertFalse(missing or extra, f"missing: {sorted(missing)[:5]}, not expected: {sorted(extra)[:5]}")
    for key, row in expected.items():
        test.assertEqual(found[key], row)


def check_series(test, points):
    """Fails unless `points` are the activity of the recorded earthquakes."""
    expected = recorded_activity()
    found = {
        place: (int(fields["quakes"].rstrip("i")), float(fields["strongest"]) if "strongest" in fields else None)
        for place, fields in points.items()
    }
    test.assertEqual(found, expected)

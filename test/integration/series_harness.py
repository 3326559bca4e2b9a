"""What the tests of the `influxdb:` sink share: rows, what each server must hold of them, and how it is read back."""
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

HEADRACE = os.environ["HEADRACE"]

PIPELINE = """
name: readings
state: @FOLDER@/state
commit_every: 100 ms
metrics: {listen: "off"}
sources:
  readings:
    file: {path: "@FOLDER@/in/*.json", every: 50 ms}
    schema: sensor STRING, at TIMESTAMP, value DOUBLE, count BIGINT, note STRING
sinks:
"""


def fetch(url, parameters=None, post=None):
    """The body that a server answers with."""
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(urllib.request.Request(url, data=post), timeout=60) as answer:
        return answer.read().decode()


def rows(first, count, note="say \"hi\", = \\ ok"):
    """Rows with a time in whole milliseconds each, of three sensors."""
    for number in range(first, first + count):
        yield {
            "sensor": ["north wall", "a,b=c", "Zürich"][number % 3],
            "at": datetime.datetime.fromtimestamp(1_700_000_000 + number / 1000, datetime.timezone.utc).isoformat(),
            "value": number / 8,
            "count": number,
            "note": note,
        }


def time_ms(row):
    return round(datetime.datetime.fromisoformat(row["at"]).timestamp() * 1000)


def points(some_rows, fields=("value", "count", "note")):
    """What a series holds of rows: {(sensor, milliseconds): fields}."""
    return {(row["sensor"], time_ms(row)): tuple(row[name] for name in fields) for row in some_rows}


def influxdb_points(url, database, policy, since_ms=0):
    query = f'SELECT value, count, note FROM {policy}."m" WHERE time >= {since_ms}ms GROUP BY sensor'
    answer = json.loads(fetch(url + "/query", {"db": database, "epoch": "ms", "q": query}))
    found = {}
    for series in answer["results"][0].get("series", []):
        for at, *fields in series["values"]:
            found[series["tags"]["sensor"], at] = tuple(fields)
    return found


LINE = re.compile(r'm,bucket=(\w+),sensor=((?:\\.|[^\\ ])+) (.*) (\d+)')
FIELD = re.compile(r'(\w+)=("(?:\\.|[^"\\])*"|[^,]+)')


def telegraf_points(folder):
    """What Telegraf has written to its file, and how many lines there are."""
    found, lines = {}, 0
    path = pathlib.Path(folder) / "telegraf/lines"
    for line in path.read_text().splitlines() if path.exists() else []:
        bucket, sensor, fields, at = LINE.fullmatch(line).groups()
        values = {}
        for name, text in FIELD.findall(fields):
            if text.startswith('"'):
                values[name] = re.sub(r"\\(.)", r"\1", text[1:-1])
            else:
                values[name] = int(text[:-1]) if text.endswith("i") else float(text)
        assert bucket == "readings", bucket
        found[re.sub(r"\\(.)", r"\1", sensor), int(at) // 1_000_000] = tuple(values.get(n) for n in ("value", "count", "note"))
        lines += 1
    return found, lines


def victoriametrics_points(url, measurement):
    """Numbers only, for it has no texts; fails where a point is there with two values."""
    fetch(url + "/internal/force_flush")
    found = {}
    text = fetch(url + "/api/v1/export", {"match[]": f'{{__name__=~"{measurement}_(value|count)"}}'})
    for line in text.splitlines():
        series = json.loads(line)
        field = series["metric"]["__name__"].removeprefix(measurement + "_")
        for at, value in zip(series["timestamps"], series["values"]):
            fields = found.setdefault((series["metric"]["sensor"], at), {})
            assert fields.setdefault(field, value) == value, f"two values of {series['metric']} at {at}"
    return {place: (fields["value"], fields["count"]) for place, fields in found.items()}


class Run:
    """A pipeline that reads files of a folder, run again and again."""

    def __init__(self, test, **sinks):
        folder = tempfile.TemporaryDirectory(prefix="headrace-series-")
        test.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "in").mkdir()
        self.file = self.folder / "pipeline.yaml"
        self.write(**sinks)

    def write(self, **sinks):
        text = PIPELINE.replace("@FOLDER@", str(self.folder))
        for name, keys in sinks.items():
            text += f"  {name}:\n    from: readings\n    influxdb: {{tags: [sensor], time: at, {keys}}}\n"
        self.file.write_text(text)

    def feed(self, some_rows, name="rows"):
        with open(self.folder / f"in/{name}.json", "a") as file:
            file.writelines(json.dumps(row) + "\n" for row in some_rows)

    def start(self, *arguments, fault=None, token="headrace"):
        environment = {**os.environ, "TOKEN": token, **({"HEADRACE_FAULT": fault} if fault else {})}
        with open(self.folder / "log", "a") as log:
            return subprocess.Popen([HEADRACE, "run", str(self.file), *arguments], env=environment,
                                    stdout=subprocess.PIPE, stderr=log, text=True)

    def log(self):
        return (self.folder / "log").read_text()

    def finish(self, process, timeout=300):
        """(exit status, report or None) of a run that ends by itself."""
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError("the run didn't end: " + self.log()[-3000:]) from None
        lines = output.splitlines()
        return process.returncode, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None

    def until_caught_up(self, **more):
        status, report = self.finish(self.start("--until-caught-up", "--json", **more))
        assert status == 0, f"exit {status}\n{self.log()[-4000:]}"
        return report

    def dies_at(self, fault):
        """A run until it is killed at a fault point."""
        status, _ = self.finish(self.start("--until-caught-up", fault=fault))
        assert status == -signal.SIGKILL, f"exit {status}, not killed at {fault}\n{self.log()[-4000:]}"

    def quarantine(self, sink):
        """[(line, reason)] that the sink has put aside."""
        output = subprocess.run([HEADRACE, "topic", "tail", str(self.file), f"{sink}.quarantine", "-n", "100000", "--json"],
                                check=True, capture_output=True, text=True, env={**os.environ, "TOKEN": "headrace"}).stdout
        found = [json.loads(line) for line in output.splitlines()]
        return [(row["value"], next(h["value"] for h in row["headers"] if h["name"] == "reason")) for row in found]


def wait_until(test, what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            test.fail(f"not within {seconds} s: {what}")
        time.sleep(0.3)


def resident_bytes(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))

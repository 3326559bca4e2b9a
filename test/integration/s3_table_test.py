"""The quakes table in real S3 servers, which restart, vanish and refuse while it is written, under a writer that is
killed: afterwards it equals the recording, by headrace's reader and by hudi-rs, and no file of a dead commit is left.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

STARTER = str(pathlib.Path(__file__).resolve().parent / "s3")
if "HEADRACE_S3" not in os.environ:
    os.execv(STARTER, [STARTER, sys.executable, *sys.argv])  # the servers, and this again with them

import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "process"))
import harness

SERVERS = dict(word.split("=", 1) for word in os.environ["HEADRACE_S3"].split())
FOLDER = os.environ["HEADRACE_S3_FOLDER"]

# Every object of the bucket below a prefix, by a client of its own (Arrow's, which is the AWS SDK).
LIST = """
import json, sys
import pyarrow.fs as fs
store = fs.S3FileSystem(access_key="headrace", secret_key="headrace-secret", endpoint_override=sys.argv[1])
found = store.get_file_info(fs.FileSelector(sys.argv[2], recursive=True))
print(json.dumps([info.path for info in found if info.is_file]))
"""
DATA_FILE = re.compile(r"(?:\.\S+_(\d{17})\.log\.\d+_\S+|\S+_(\d{17})\.parquet)")


def service(server, action, **environment):
    subprocess.run([harness.SOURCE / "services" / server, action, FOLDER], check=True, capture_output=True, timeout=120,
                   env={**os.environ, **environment})


class S3Run(harness.Run):
    """The quakes pipeline with its table in a bucket, each in a prefix of its own."""

    count = 0

    def __init__(self, server, folder, url):
        super().__init__(folder, url)
        S3Run.count += 1
        self.server = server
        self.prefix = f"contract/lake {S3Run.count}/quakes"
        self.table = f"s3://{self.prefix}"
        text = harness.PIPELINE.read_text()
        place = "${QUAKE_DIR:-var/quakes}/lake/quakes"
        assert text.count(place) == 1
        self.pipeline = self.folder / "quakes.yaml"
        self.pipeline.write_text(text.replace(place, f'"{self.table}"'))
        self.environment |= {
            "AWS_ENDPOINT_URL": SERVERS[server],
            "AWS_ACCESS_KEY_ID": "headrace",
            "AWS_SECRET_ACCESS_KEY": "headrace-secret",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",  # hudi-rs asks for leave to do without TLS
        }

    def objects(self):
        output = subprocess.run(
            [harness.READERS, "-c", LIST, SERVERS[self.server], self.prefix],
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout
        return [path.removeprefix(self.prefix + "/") for path in json.loads(output)]

    def query_by_place(self):
        output = subprocess.run(
            [harness.HEADRACE, "query", "--json", f"SELECT * FROM '{self.table}'"],
            env=self.environment, check=True, capture_output=True, text=True, timeout=60,
        ).stdout
        return [json.loads(line) for line in output.splitlines()]


class S3TableTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="headrace-s3-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def on_each_server(self):
        """Yields each server's name and a fresh folder."""
        for server in SERVERS:
            folder = self.folder / server
            folder.mkdir()
            yield server, folder

    def check(self, run):
        harness.check_table(self, run.query("SELECT * FROM quakes_table"))
        harness.check_table(self, run.query_by_place())
        harness.check_table(self, run.table_by_hudi_rs())
        harness.check_series(self, run.series())
        self.check_files(run.objects())

    def check_files(self, names):
        """Each data file belongs to a completed commit, and nothing is left of the others. A table service that an outage cut
        off is carried on, or taken back, by the next run."""
        timeline = [name.removeprefix(".hoodie/timeline/") for name in names if name.startswith(".hoodie/timeline/")]
        completed = {found.group(1) for name in timeline if (found := re.match(r"(\d{17})_\d{17}\.", name))}
        begun = {found.group(1) for name in timeline if (found := re.match(r"(\d{17})\.", name))}
        services = {name[:17] for name in timeline if re.match(r"\d{17}\.(compaction|clustering|clean)\.", name)}
        self.assertEqual(begun - completed - services, set(), "commits that neither completed nor were rolled back")
        data = [name for name in names if not name.startswith(".hoodie")]
        self.assertTrue(data)
        for name in data:
            found = DATA_FILE.fullmatch(name)
            self.assertIsNotNone(found, name)
            self.assertIn(found.group(1) or found.group(2), completed | services, name)
        # A writer that is killed right after a commit completed leaves that commit's markers, which no reader looks at.
        marked = {name.split("/")[2] for name in names if name.startswith(".hoodie/.temp/")}
        self.assertLessEqual(marked, completed | services, "markers of commits that are dead")

    def test_the_table_equals_the_recording(self):
        for server, folder in self.on_each_server():
            with harness.feed_server("--step", "6h") as url:
                run = S3Run(server, folder, url)
                report = run.until_caught_up()
                self.check(run)
                print(f"{server}: {report['sinks']['quakes_table']}", file=sys.stderr)

    def test_the_server_restarts(self):
        """Stopped in good order and killed, in turn, while commits are under way; gone for up to two seconds."""
        for server, folder in self.on_each_server():
            with harness.feed_server("--step", "20m") as url:
                run = S3Run(server, folder, url)
                process = run.start("--until-caught-up", "--json")
                for pause, action in ((0.3, "stop"), (1, "kill"), (2, "kill"), (0.1, "stop")):
                    time.sleep(0.7)
                    service(server, action)
                    time.sleep(pause)
                    service(server, "start")
                output, errors = process.communicate(timeout=240)
                self.assertEqual(process.returncode, 0, errors[-3000:])
                self.assertIn("next attempt in", errors)
                run.until_caught_up()
                self.check(run)

    def test_the_writer_is_killed(self):
        """At each point of a commit twice, also in the roll-back of what the first left."""
        points = [
            point for point in subprocess.run([harness.HEADRACE, "faults"], check=True, capture_output=True, text=True)
            .stdout.split() if point.startswith("hudi.")
        ]
        self.assertIn("hudi.before_complete", points)
        for server, folder in self.on_each_server():
            killed = set()
            with harness.feed_server("--step", "12h") as url:
                run = S3Run(server, folder, url)
                for point in points:
                    process = run.start("--until-caught-up", fault=f"{point}:1")
                    _, errors = process.communicate(timeout=120)
                    self.assertIn(process.returncode, (0, -signal.SIGKILL), errors[-2000:])
                    if process.returncode != 0:
                        killed.add(point)
                run.until_caught_up()
                self.check(run)
            self.assertLessEqual({"hudi.after_requested", "hudi.after_inflight", "hudi.before_complete"}, killed)

    def test_a_refusal_is_told_and_mended(self):
        """Wrong credentials end the run with what to do; with the right ones it goes on from where it was."""
        for server, folder in self.on_each_server():
            with harness.feed_server("--step", "12h") as url:
                run = S3Run(server, folder, url)
                right = run.environment
                run.environment = {**right, "AWS_SECRET_ACCESS_KEY": "not the secret"}
                process = run.start("--until-caught-up", "--json")
                _, errors = process.communicate(timeout=60)
                self.assertNotEqual(process.returncode, 0)
                self.assertIn("the secret key is another than the store's", errors)
                self.assertNotIn("not the secret", errors)
                run.environment = right
                run.until_caught_up()
                self.check(run)

    def test_the_server_refuses_in_the_middle(self):
        """While commits are under way the store gets another secret key: it refuses, and the run ends with what to do. When
        the store knows the key again, the next run goes on from where it was."""
        for server, folder in self.on_each_server():
            with harness.feed_server("--step", "20m") as url:
                run = S3Run(server, folder, url)
                process = run.start("--until-caught-up", "--json")
                self.addCleanup(process.kill)
                time.sleep(1)
                service(server, "stop")
                service(server, "start", HEADRACE_S3_SECRET="another-secret")
                _, errors = process.communicate(timeout=240)
                service(server, "stop")
                service(server, "start")
                self.assertNotEqual(process.returncode, 0)
                self.assertIn("the secret key is another than the store's", errors)
                run.until_caught_up()
                self.check(run)


if __name__ == "__main__":
    unittest.main(verbosity=2)

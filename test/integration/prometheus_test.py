"""`headrace deploy prometheus` on real servers: a pipeline from files into Hudi on MinIO, InfluxDB and Kafka, watched by a real
Prometheus with what the command wrote. promtool accepts and tests it, every rule answers, and alerts fire while a sink is
away and end when it is back.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

from series_harness import fetch, rows, wait_until
from servers import Server

HEADRACE = os.environ["HEADRACE"]
SOURCE = pathlib.Path(os.environ["HEADRACE_SOURCE"])
PORT = int(os.environ.get("HEADRACE_PROMETHEUS_PORT", "21730"))
METRICS, EXPORTER = f"127.0.0.1:{PORT + 1}", f"127.0.0.1:{PORT + 2}"
# What has not happened yet has no series, or waits for a first run of the services.
NOT_YET = {"headrace_source_errors_total", "headrace_hudi_service_failures_total"}

PIPELINE = """
name: watched
state: @FOLDER@/state
commit_every: 200 ms
metrics: {listen: "@METRICS@"}
storage: {s3: {endpoint: "@S3@", region: us-east-1}}
sources:
  readings:
    file: {path: "@FOLDER@/in/*.json", every: 50 ms}
    schema: sensor STRING, at TIMESTAMP, value DOUBLE, count BIGINT, note STRING
views:
  timed:
    sql: SELECT sensor, at, value, count FROM readings
    watermark: {column: at, delay: 1 second}
sinks:
  table: {from: timed, hudi: {path: "s3://watched/table", key: [sensor, at], compact_after: 2}}
  series: {from: timed, influxdb: {url: "@INFLUXDB@", database: watched, measurement: m, tags: [sensor], time: at}}
  topic: {from: timed, kafka: {bootstrap_servers: "@KAFKA@", topic: watched, key: [sensor]}}
"""


class ObserveTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kafka = Server("kafka", HEADRACE_KAFKA_JMX_PORT=EXPORTER.split(":")[1])
        cls.minio, cls.influxdb = Server("minio"), Server("influxdb")
        for server in (cls.kafka, cls.minio, cls.influxdb):
            cls.addClassCleanup(server.close)
            server.start()
        subprocess.run(["curl", "-fsS", "--retry", "20", "--retry-delay", "1", "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "headrace:headrace-secret", "-H",
                        "x-amz-content-sha256: UNSIGNED-PAYLOAD", "-X", "PUT", f"{cls.minio.address}/watched"], check=True)
        fetch(cls.influxdb.address + "/query", {"q": "CREATE DATABASE watched"}, b"")

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="headrace-observe-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "in").mkdir()
        text = PIPELINE
        for name, value in (("FOLDER", str(self.folder)), ("METRICS", METRICS), ("S3", self.minio.address),
                            ("INFLUXDB", self.influxdb.address), ("KAFKA", self.kafka.address)):
            text = text.replace(f"@{name}@", value)
        (self.folder / "watched.yaml").write_text(text)
        self.out = self.folder / "prometheus"
        self.environment = {**os.environ, "AWS_ACCESS_KEY_ID": "headrace", "AWS_SECRET_ACCESS_KEY": "headrace-secret"}
        self.fed = 0

    def deploy(self, *arguments):
        done = subprocess.run(
            [HEADRACE, "deploy", "prometheus", self.folder / "watched.yaml", "--out", self.out, "--every", "1s", "--json",
             *arguments], capture_output=True, text=True, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, cwd=self.out)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        return done.stdout

    def feed(self, count=50):
        with open(self.folder / "in/rows.json", "a") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows(self.fed, count))
        self.fed += count

    def ask(self, path, **parameters):
        answer = json.loads(fetch(f"{self.prometheus.address}/api/v1/{path}", parameters))
        self.assertEqual(answer["status"], "success", answer)
        return answer["data"]

    def value(self, expression):
        result = self.ask("query", query=expression)["result"]
        return float(result[0]["value"][1]) if result else None

    def alerts(self):
        """Names and sinks of the alerts that fire."""
        return {(alert["labels"]["alertname"], alert["labels"].get("sink", alert["labels"].get("job", "")))
                for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"}

    def start(self):
        self.log = open(self.folder / "log", "w")
        self.addCleanup(self.log.close)
        process = subprocess.Popen([HEADRACE, "run", self.folder / "watched.yaml"], env=self.environment,
                                   stdout=self.log, stderr=self.log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.prometheus = Server("prometheus", HEADRACE_PROMETHEUS_CONFIG=str(self.out / "prometheus.yml"))
        self.addCleanup(self.prometheus.close)
        self.prometheus.start()
        return process

    def check_rules(self):
        """Each rule was evaluated without an error, and the metrics that it speaks of are there."""
        groups = self.ask("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        self.assertGreater(len(found), 15)
        names = set(self.ask("label/__name__/values"))
        for rule in found:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
            self.ask("query", query=rule["query"])
            spoken_of = set(re.findall(r"\b((?:headrace|kafka|minio|up)(?:_[a-z0-9_]+)?)\{", rule["query"]))
            self.assertLessEqual(spoken_of - NOT_YET, names, rule["query"])
            if rule["type"] == "recording":
                self.assertIsNotNone(self.value(rule["name"]), rule["name"])

    def check_page(self):
        """docs/METRICS.md has every metric with its help and its labels."""
        page = {row[0]: row for row in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$",
                                                  (SOURCE / "docs/METRICS.md").read_text(), re.M)}
        text = urllib.request.urlopen(f"http://{METRICS}/metrics", timeout=30).read().decode()
        told = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
        self.assertGreater(len(told), 30)
        for name, about in told.items():
            self.assertIn(name, page)
            self.assertEqual(page[name][3], about)
        for name, names in re.findall(r"^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} ", text, re.M):
            labels = re.findall(r"`(\w+)`", page[name][2])
            self.assertLessEqual(set(re.findall(r'(\w+)="', names)) - {"le"}, set(labels), name)

    def test_a_pipeline_is_watched(self):
        made = self.deploy("--kafka", EXPORTER)
        self.assertEqual([target["component"] for target in made["targets"]], ["headrace", "kafka", "minio", "influxdb"])
        self.assertEqual({file["state"] for file in made["files"]}, {"written"})
        self.assertEqual({file["state"] for file in self.deploy("--kafka", EXPORTER)["files"]}, {"unchanged"})
        self.promtool("check", "config", "prometheus.yml")
        self.assertIn("SUCCESS", self.promtool("test", "rules", "watched.tests.yml"))

        process = self.start()
        fails = lambda: self.assertIsNone(process.poll(), (self.folder / "log").read_text()[-4000:])

        def until(what, condition, feeding=True):
            def tried():
                fails()
                if feeding:
                    self.feed()
                return condition()
            wait_until(self, what, tried, 240)

        until("all targets are up", lambda: self.value("count(up == 1)") == 4)
        until("epochs", lambda: (self.value("headrace_engine_epoch") or 0) > 10)
        until("no alert", lambda: not self.alerts())
        until("all rules have data", lambda: self.value("pipeline_sink:headrace_sink_commit_seconds:p99") is not None)
        self.check_rules()
        self.check_page()

        self.influxdb.stop()
        expected = {("HeadraceFreshnessMissed", ""), ("HeadraceCommitFailing", "series"), ("HeadraceComponentDown", "influxdb")}
        until("the alerts of a sink that is away", lambda: expected <= self.alerts())
        until("the lag grows", lambda: ("HeadraceLagGrowing", "") in self.alerts())
        self.assertLessEqual({name for name, _ in self.alerts()}, {name for name, _ in expected} | {"HeadraceLagGrowing"})
        self.influxdb.start()
        until("no alert any more", lambda: not self.alerts(), feeding=False)

        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0, (self.folder / "log").read_text()[-4000:])
        wait_until(self, "headrace is missed", lambda: ("HeadraceDown", "") in self.alerts(), 120)


if __name__ == "__main__":
    unittest.main()

"""Everything at once: a misbehaving HTTP feed and the changes of a database, by Kafka and SQL into Hudi tables on MinIO, a series
in InfluxDB and a topic; all of it watched by Prometheus. Headrace is killed at random moments, and each server in turn is killed
or stands still (SIGSTOP) for some seconds; at the end tables, series and topic equal what the feed and the database hold, and no
alert is left.

HEADRACE_ROUNDS (default 10): how often; HEADRACE_SEED (default 1): of what is drawn.
"""
import json
import os
import random
import signal
import subprocess
import time
import unittest
import urllib.parse
import urllib.request
import uuid

# Before the servers' ports are read.
METRICS, KAFKA, CONNECT = (f"127.0.0.1:{port}" for port in range(21751, 21754))
os.environ["HEADRACE_KAFKA_JMX_PORT"] = KAFKA.split(":")[1]
os.environ["HEADRACE_CONNECT_JMX_PORT"] = CONNECT.split(":")[1]

from connect_harness import Broker, Database, Pipeline, Server, Worker, harness, rows_by_hudi_rs, wait_until  # noqa: E402
from debezium_test import ACCOUNTS, PASSWORD, Accounts, make_bucket, store_environment  # noqa: E402

ROUNDS = int(os.environ.get("HEADRACE_ROUNDS", "10"))
SEED = int(os.environ.get("HEADRACE_SEED", "1"))

PIPELINE = """
name: @NAME@
state: @STATE@
commit_every: 500 ms
log: {kafka: {bootstrap_servers: @ADDRESS@, topic_prefix: @NAME@.}}
metrics: {listen: "@METRICS@"}
storage: {s3: {endpoint: "@STORE@", region: us-east-1}}
sources:
  feed:
    http: {url: "@FEED@", every: 500 ms, records: /features}
    key: [id]
    order_by: properties.updated
    schema: |
      id STRING NOT NULL,
      properties STRUCT<mag: DOUBLE, place: STRING, time: BIGINT, updated: BIGINT, type: STRING>,
      geometry STRUCT<coordinates: ARRAY<DOUBLE>>
@ACCOUNTS@views:
  quakes:
    sql: |
      SELECT id, timestamp_millis(properties.time) AS time, timestamp_millis(properties.updated) AS updated,
             properties.mag AS mag, properties.place AS place, geometry.coordinates[0] AS longitude,
             geometry.coordinates[1] AS latitude, geometry.coordinates[2] AS depth
      FROM feed WHERE properties.type = 'earthquake'
    watermark: {column: time, delay: 7 days}
  activity:
    sql: |
      SELECT window.start AS time, floor(mag) AS magnitude, count(*) AS quakes, max(mag) AS strongest
      FROM quakes GROUP BY window(time, '1 hour'), floor(mag)
  rows:
    sql: SELECT id, owner, balance, note FROM accounts
  owners:
    sql: SELECT owner, count(*) AS accounts, sum(balance) AS balance FROM accounts GROUP BY owner
sinks:
  quakes_table:
    from: quakes
    hudi: {path: "s3://lake/@NAME@/quakes", key: [id], buckets: 2}
  accounts_table:
    from: rows
    hudi: {path: "s3://lake/@NAME@/accounts", key: [id], buckets: 2}
  activity_series:
    from: activity
    influxdb: {url: "@INFLUX@", database: @NAME@, measurement: activity, tags: [magnitude], time: time}
  owners_topic:
    from: owners
    kafka: {bootstrap_servers: @ADDRESS@, topic: @NAME@-owners, key: [owner]}
"""


class EndToEndTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = {}
        for name, make in (("broker", Broker), ("worker", Worker), ("database", Database), ("store", lambda: Server("minio").start()),
                           ("series", lambda: Server("influxdb").start())):
            cls.servers[name] = make()
            setattr(cls, name, cls.servers[name])
            cls.addClassCleanup(cls.servers[name].close)
        make_bucket(cls.store.address)
        cls.environment = store_environment(cls.store.address)

    def influxdb(self, statement):
        query = urllib.parse.urlencode({"db": self.name, "epoch": "ns", "q": statement}).encode()
        with urllib.request.urlopen(f"{self.series.address}/query", data=query, timeout=60) as answer:
            return json.loads(answer.read())["results"][0].get("series", [])

    def start(self):
        with open(self.pipeline.folder / "log", "a") as log:
            return subprocess.Popen([harness.HEADRACE, "run", str(self.pipeline.file)], stdout=log, stderr=log,
                                    env={**os.environ, **self.environment})

    def check_alive(self, process):
        if process.poll() is not None:
            self.fail(f"the run ended with {process.returncode}: {self.log()[-4000:]}")

    def log(self):
        return (self.pipeline.folder / "log").read_text()

    # -- What there is, and what there has to be ----------------------------------------------------------------------

    def table(self, name):
        return rows_by_hudi_rs(f"s3://lake/{self.name}/{name}", {**os.environ, **self.environment})

    def accounts_found(self):
        kept = [{name: row[name] for name in ("id", "owner", "balance", "note")} for row in self.table("accounts")]
        return sorted(kept, key=lambda row: row["id"])

    def points(self):
        points = {}
        for series in self.influxdb("SELECT quakes, strongest FROM activity GROUP BY magnitude"):
            magnitude = series["tags"]["magnitude"]
            for at, quakes, strongest in series["values"]:
                fields = {"quakes": f"{quakes}i", **({} if strongest is None else {"strongest": str(strongest)})}
                points["activity" + (f",magnitude={magnitude}" if magnitude else ""), at] = fields
        return points

    def owners(self):
        """By owner: how many accounts, and their sum, straight from the table of the database."""
        owners = {}
        for row in self.accounts.rows():
            count, balance = owners.get(row["owner"], (0, 0))
            owners[row["owner"]] = (count + 1, balance + row["balance"])
        return owners

    def owners_found(self):
        rows = self.broker.state(f"{self.name}-owners").values()
        return {row["owner"]: (row["accounts"], row["balance"]) for row in rows}

    def is_there(self):
        """Whether all has arrived; what differs is for check() to say."""
        try:
            return (
                self.accounts_found() == self.accounts.rows()
                and self.owners_found() == self.owners()
                and {row["id"] for row in self.table("quakes")} == harness.recorded_quakes().keys()
                and self.points().keys() == harness.recorded_activity().keys()
            )
        except (OSError, subprocess.CalledProcessError):
            return False

    def check(self):
        self.assertEqual(self.accounts_found(), self.accounts.rows())
        self.assertEqual(self.owners_found(), self.owners())
        harness.check_table(self, self.table("quakes"))
        harness.check_series(self, self.points())

    # -- Prometheus ---------------------------------------------------------------------------------------------------

    def watch(self):
        """Starts a Prometheus with what headrace writes for it."""
        out = self.pipeline.folder / "prometheus"
        done = subprocess.run(
            [harness.HEADRACE, "deploy", "prometheus", str(self.pipeline.file), "--out", out, "--every", "1s", "--kafka", KAFKA,
             "--connect", CONNECT], capture_output=True, text=True, env={**os.environ, **self.environment})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.prometheus = Server("prometheus", HEADRACE_PROMETHEUS_CONFIG=str(out / "prometheus.yml"))
        self.addCleanup(self.prometheus.close)
        self.prometheus.start()

    def ask(self, path, **parameters):
        url = f"{self.prometheus.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)["data"]

    def values(self, expression):
        """By job."""
        return {row["metric"].get("job"): float(row["value"][1]) for row in self.ask("query", query=expression)["result"]}

    def firing(self):
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"}

    def check_watched(self):
        """Every system is scraped, its rules answer, and no alert is left."""
        systems = {"headrace", "kafka", "connect", "minio", "influxdb"}
        wait_until(self, "every system is scraped", lambda: {job for job, up in self.values("up").items() if up} == systems, 60)
        wait_until(self, "no alert", lambda: not self.firing(), 240)
        for group in self.ask("rules")["groups"]:
            for rule in group["rules"]:
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
        for metric in ("headrace_engine_epoch", "kafka_topic_messages_in_total", "kafka_connect_source_records_total"):
            self.assertGreater(max(self.values(f"max by (job) (max_over_time({metric}[1h]))").values(), default=0), 0, metric)

    # -- The rounds ---------------------------------------------------------------------------------------------------

    def trouble(self, chance, round):
        """One server dies, or stands still, for some seconds. Returns which."""
        name = list(self.servers)[round % len(self.servers)]
        server = self.servers[name]
        if round // len(self.servers) % 2 == 0:
            server.kill()
            time.sleep(chance.uniform(0, 5))
            server.start()
            return f"{name} killed"
        server.signal(signal.SIGSTOP)
        time.sleep(chance.uniform(1, 10))
        server.signal(signal.SIGCONT)
        return f"{name} stood still"

    def test_everything_equals_the_oracles_whatever_dies(self):
        chance = random.Random(SEED)
        self.name = f"e{uuid.uuid4().hex[:8]}"
        self.influxdb(f"CREATE DATABASE {self.name}")
        self.accounts = Accounts(self.database, self.name)
        self.addCleanup(self.database.run, f"DROP TABLE {self.name}")
        self.addCleanup(self.worker.remove, f"headrace.{self.name}.accounts")
        with harness.feed_server("--step", "6h", "--misbehave", "0.2", "--seed", str(SEED)) as feed:
            self.pipeline = Pipeline(
                self, PIPELINE.replace("@ACCOUNTS@", ACCOUNTS.lstrip("\n")), NAME=self.name, FEED=feed, WORKER=self.worker.address, ADDRESS=self.broker.address, HOST=self.database.host,
                PORT=self.database.port, INFLUX=self.series.address,
                STORE=self.store.address, METRICS=METRICS,
            )
            self.watch()
            for round in range(ROUNDS):
                process = self.start()
                self.accounts.change(30)
                time.sleep(chance.uniform(0, 15))
                what = self.trouble(chance, round)
                self.accounts.change(30)
                time.sleep(chance.uniform(0, 15))
                self.check_alive(process)
                process.kill()
                process.communicate()
                print(f"round {round}: {what}", flush=True)
            process = self.start()
            self.addCleanup(process.kill)

            def settled():
                self.check_alive(process)
                return self.is_there()

            try:
                wait_until(self, "all has arrived", settled, 900)
            except AssertionError:
                self.check()  # says what is missing
                raise
            self.check_watched()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(120), 0, self.log()[-4000:])
            self.check()
            self.assertNotIn(PASSWORD, self.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)

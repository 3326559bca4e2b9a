"""A table of PostgreSQL as a Hudi table on MinIO, by way of Debezium, Kafka and headrace: rows that are inserted, updated and
deleted in the one are so in the other, whatever dies meanwhile.
"""
import os
import random
import signal
import subprocess
import time
import unittest
import uuid

from connect_harness import Broker, Database, Pipeline, Server, Worker, rows_by_hudi_rs, wait_until

# A table of the database as a source.
ACCOUNTS = """
  accounts:
    connect:
      url: @WORKER@
      bootstrap_servers: @ADDRESS@
      topics: [@NAME@.public.@NAME@]
      partitions: 3
      start_timeout: 10 min
      restarts_max: 1000
      config:
        connector.class: io.debezium.connector.postgresql.PostgresConnector
        plugin.name: pgoutput
        database.hostname: @HOST@
        database.port: @PORT@
        database.user: postgres
        database.password: ${PASSWORD}
        database.dbname: postgres
        topic.prefix: @NAME@
        table.include.list: public.@NAME@
        slot.name: @NAME@
        publication.name: @NAME@
        publication.autocreate.mode: filtered
        retriable.restart.connector.wait.ms: 1000
        errors.max.retries: 2
    format: {debezium: {columns: {lsn: source.lsn}}}
    key: [id]
    order_by: lsn
    schema: id BIGINT NOT NULL, owner STRING, balance BIGINT, note STRING, lsn BIGINT
"""
MIRROR = f"""
name: @NAME@
state: @STATE@
commit_every: 500 ms
metrics: {{listen: "off"}}
sources:{ACCOUNTS}
views:
  rows:
    sql: SELECT id, owner, balance, note FROM accounts
sinks:
  table:
    from: rows
    hudi: {{path: "s3://lake/@NAME@", key: [id], buckets: 2}}
"""
PASSWORD = "a-password-that-no-log-may-hold"
ROUNDS = int(os.environ.get("HEADRACE_DEBEZIUM_ROUNDS", "5"))


class Accounts:
    """The table, changed at random by one writer: batches in transactions, some of which are rolled back."""

    def __init__(self, database, name):
        self.database = database
        self.name = name
        self.random = random.Random(name)
        self.ids = []
        self.next = 1
        database.run(f"CREATE TABLE {name} (id bigint PRIMARY KEY, owner text, balance bigint, note text)")

    def change(self, count):
        ids, following = list(self.ids), self.next
        statements = []
        for _ in range(count):
            kind = self.random.choice("iiiuuuudk") if ids else "i"
            if kind == "i":
                balance, note = self.random.randrange(1000), self.random.choice(["NULL", "'it''s'", "'ärger ☂'", "''"])
                statements.append(f"INSERT INTO {self.name} VALUES ({following}, 'o{following % 7}', {balance}, {note})")
                ids.append(following)
                following += 1
                continue
            chosen = self.random.choice(ids)
            if kind == "u":
                statements.append(f"UPDATE {self.name} SET balance = balance + {self.random.randrange(99)} WHERE id = {chosen}")
            elif kind == "d":
                statements.append(f"DELETE FROM {self.name} WHERE id = {chosen}")
                ids.remove(chosen)
            else:
                statements.append(f"UPDATE {self.name} SET id = {following} WHERE id = {chosen}")
                ids[ids.index(chosen)] = following
                following += 1
        if self.random.random() < 0.2:
            self.database.run(";\n".join([*statements, "SELECT 1"]) + ";\nROLLBACK;\nBEGIN;")
            return
        self.database.run(";\n".join(statements) + ";")
        self.ids, self.next = ids, following

    def rows(self):
        return self.database.rows(self.name)


def make_bucket(address):
    """Makes the bucket `lake` where it isn't there, not by headrace's own client."""
    done = subprocess.run(
        ["curl", "-sS", "--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "headrace:headrace-secret", "-X", "PUT", "-o", os.devnull,
         "-w", "%{http_code}", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", f"{address}/lake"],
        check=True, capture_output=True, text=True,
    )
    assert done.stdout in ("200", "409"), done.stdout  # 409: it is there


def store_environment(address):
    return {
        "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "headrace", "AWS_SECRET_ACCESS_KEY": "headrace-secret",
        "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true", "PASSWORD": PASSWORD,
    }


class DebeziumTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name, make in (("broker", Broker), ("worker", Worker), ("database", Database), ("store", lambda: Server("minio").start())):
            setattr(cls, name, make())
            cls.addClassCleanup(getattr(cls, name).close)
        make_bucket(cls.store.address)
        cls.environment = store_environment(cls.store.address)

    def setUp(self):
        self.name = f"d{uuid.uuid4().hex[:8]}"
        self.accounts = Accounts(self.database, self.name)
        self.addCleanup(self.database.run, f"DROP TABLE {self.name}")
        self.pipeline = Pipeline(
            self, MIRROR, NAME=self.name, WORKER=self.worker.address, ADDRESS=self.broker.address, HOST=self.database.host,
            PORT=self.database.port,
        )
        self.addCleanup(self.worker.remove, f"headrace.{self.name}.accounts")

    def start(self, *arguments):
        return self.pipeline.start(*arguments, environment=self.environment)

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        status, report, errors = self.pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertNotIn(PASSWORD, errors)
        return report

    def table(self):
        try:
            rows = rows_by_hudi_rs(f"s3://lake/{self.name}", {**os.environ, **self.environment})
        except Exception:  # it isn't there yet
            return []
        kept = [{name: row[name] for name in ("id", "owner", "balance", "note")} for row in rows]
        return sorted(kept, key=lambda row: row["id"])

    def wait_until_equal(self, process, seconds=240):
        def equal():
            self.assertIsNone(process.poll(), "the run ended")
            return self.table() == self.accounts.rows()

        wait_until(self, "the table equals the database", equal, seconds)
        self.assertTrue(self.accounts.rows())

    def test_inserts_updates_and_deletes_arrive(self):
        self.accounts.change(200)  # what the connector takes a snapshot of
        process = self.start("--json")
        self.wait_until_equal(process)
        for _ in range(5):
            self.accounts.change(100)
        self.wait_until_equal(process)
        self.database.run(f"DELETE FROM {self.name} WHERE id <> (SELECT max(id) FROM {self.name})")
        self.wait_until_equal(process)
        self.assertEqual(len(self.table()), 1)
        report = self.end(process)
        self.assertEqual(report["records_quarantined"], 0)
        self.assertEqual(report["connectors"]["accounts"]["state"], "running")

    def test_whatever_dies(self):
        self.accounts.change(200)
        process = self.start()
        for round in range(ROUNDS):
            for _ in range(3):
                self.accounts.change(30)
                time.sleep(self.accounts.random.random())
            victim = (None, self.worker, self.database, self.store, self.broker)[round % 5]
            if victim is None:
                process.kill()
                process.communicate()
                process = self.start()
            else:
                victim.kill()
                time.sleep(2)
                victim.start()
            for _ in range(3):
                self.accounts.change(30)
            self.wait_until_equal(process)
        self.end(process)


if __name__ == "__main__":
    unittest.main(verbosity=2)

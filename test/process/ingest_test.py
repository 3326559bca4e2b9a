"""Files and webhooks under kill -9: what writers wrote and senders sent is in the table, each record once.

The table has no key, so a record that came twice would be there twice. HEADRACE_CRASH_ROUNDS (default 100) and
HEADRACE_CRASH_SEED (default 1) are those of crash_test; a third of the rounds is for each test here.
"""
import gzip
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness

ROUNDS = max(1, int(os.environ.get("HEADRACE_CRASH_ROUNDS", "100")) // 3)
SEED = int(os.environ.get("HEADRACE_CRASH_SEED", "1"))
SECRET = "only for this test"

FILES = """
name: files
state: ${DIR}/state
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  lines:
    file: {path: "${DIR}/in/app.log*", every: 10 ms}
    schema: n BIGINT NOT NULL, text STRING
  rows:
    file: {path: "${DIR}/in/*.csv*", every: 10 ms}
    format: csv
    schema: n BIGINT NOT NULL, text STRING
sinks:
  lines_table:
    from: lines
    hudi: {path: "${DIR}/lines"}
  rows_table:
    from: rows
    hudi: {path: "${DIR}/rows"}
"""

WEBHOOK = """
name: hooks
state: ${DIR}/state
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  hooks:
    webhook:
      listen: ${LISTEN}
      path: /numbers
      hmac_secret: ${SECRET}
      id_header: X-Delivery
    schema: n BIGINT NOT NULL
sinks:
  hooks_table:
    from: hooks
    hudi: {path: "${DIR}/hooks"}
"""

CHANGES = """
name: changes
state: ${DIR}/state
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  orders:
    file: {path: "${DIR}/in", every: 10 ms}
    format: {debezium: {columns: {lsn: source.lsn}}}
    key: [id]
    order_by: lsn
    schema: id BIGINT NOT NULL, amount BIGINT NOT NULL, lsn BIGINT
sinks:
  orders_table:
    from: orders
    hudi: {path: "${DIR}/orders", key: [id]}
"""


class Run(harness.Run):
    """One folder in which a pipeline of this test runs, again and again."""

    def __init__(self, folder, text, **environment):
        self.folder = pathlib.Path(folder)
        self.pipeline = self.folder / "pipeline.yaml"
        self.pipeline.write_text(text)
        self.environment = {**os.environ, "DIR": str(folder), **environment}

    def rows(self, table):
        """The rows of a table, read by hudi-rs."""
        self.table = str(self.folder / table)
        return self.table_by_hudi_rs()


class Background(threading.Thread):
    """A thread whose exception fails the test that joins it."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.error, self.ending = work, None, threading.Event()
        self.start()

    def run(self):
        try:
            self.work(self.ending)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def finish(self):
        self.ending.set()
        self.join(timeout=120)
        if self.error:
            raise self.error


class Writer:
    """Writes numbers as lines of JSON into a log that is rotated, and as CSV into ever new files, some packed."""

    def __init__(self, folder):
        self.folder = folder
        self.chance = random.Random(SEED)
        self.lines = self.rows = self.bad = self.files = 0
        folder.mkdir()

    def __call__(self, ending):
        while not ending.is_set():
            self.write_lines()
            self.write_rows()
            time.sleep(0.01)

    def write_lines(self):
        with open(self.folder / "app.log", "a", encoding="utf-8", newline="") as log:
            for _ in range(self.chance.randint(1, 200)):
                line = json.dumps({"n": self.lines, "text": "x" * self.chance.randint(0, 50)}) + "\n"
                cut = self.chance.randrange(len(line))
                log.write(line[:cut])
                if self.chance.random() < 0.05:
                    log.flush()
                log.write(line[cut:])
                self.lines += 1
        if self.chance.random() < 0.2:
            (self.folder / "app.log").rename(self.folder / f"app.log.{self.lines}")

    def write_rows(self):
        columns = self.chance.choice((("n", "text"), ("text", "other", "n")))
        rows = [",".join(columns)]
        for _ in range(self.chance.randint(1, 50)):
            values = {"n": str(self.rows), "text": f'"a ""quoted"", text {self.rows}"', "other": ""}
            rows.append(",".join(values[name] for name in columns))
            self.rows += 1
        if self.chance.random() < 0.3:
            rows.append("one field")
            self.bad += 1
        text = "\n".join(rows).encode() + b"\n"
        self.files += 1
        if self.chance.random() < 0.3:
            (self.folder / f"part-{self.files}.csv.gz").write_bytes(gzip.compress(text))
        else:
            (self.folder / f"part-{self.files}.csv").write_bytes(text)


class Database:
    """Writes what Debezium tells of a table's rows; now and then, as it does after a crash, the last events again."""

    def __init__(self, folder):
        self.file = folder / "orders.jsonl"
        self.chance = random.Random(SEED)
        self.rows, self.lsn, self.last = {}, 0, []
        folder.mkdir()

    def __call__(self, ending):
        while not ending.is_set():
            events = [self.change() for _ in range(self.chance.randint(1, 50))]
            self.last = (self.last + events)[-50:]
            if self.chance.random() < 0.2:
                events += self.last[-self.chance.randint(1, 50):]
            with open(self.file, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(event) + "\n" for event in events)
            time.sleep(0.01)

    def change(self):
        self.lsn += 1
        key = self.chance.randrange(200)
        before = self.rows.get(key)
        if before and self.chance.random() < 0.3:
            del self.rows[key]
            event = {"before": {"id": key, "amount": None}, "after": None, "op": "d"}
        else:
            self.rows[key] = {"id": key, "amount": self.lsn}
            event = {"before": before, "after": self.rows[key], "op": "u" if before else "c"}
        event["source"] = {"connector": "postgresql", "lsn": self.lsn}
        return {"schema": {"type": "struct"}, "payload": event} if self.chance.random() < 0.5 else event


class Sender:
    """Sends numbers, a request again and again until it is answered with 202."""

    def __init__(self, address, name, base):
        self.address, self.name, self.base = address, name, base
        self.chance = random.Random(f"{SEED} {name}")
        self.sent, self.repeats = 0, 0

    def __call__(self, ending):
        number = 0
        while not ending.is_set():
            count = self.chance.randint(1, 5)
            body = json.dumps([{"n": self.base + self.sent + i} for i in range(count)]).encode()
            number += 1
            while not self.deliver(f"{self.name}-{number}", body):
                self.repeats += 1
                time.sleep(0.02)
            self.sent += count

    def deliver(self, identity, body):
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            headers = {"X-Delivery": identity, "X-Hub-Signature-256": f"sha256={signature}"}
            connection.request("POST", "/numbers", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False  # killed before it answered, perhaps after it kept the records
        finally:
            connection.close()
        if answer.status not in (202, 429, 503):
            raise AssertionError(f"status {answer.status}")
        return answer.status == 202


def free_address():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


class IngestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="headrace-ingest-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def kill_again_and_again(self, run):
        chance = random.Random(SEED)
        for fault in ("source.before_append:2", "source.after_append:2", "log.before_write:3", "log.after_write:3"):
            process = run.start(fault=fault)
            _, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, -signal.SIGKILL, errors[-2000:])
        for _ in range(ROUNDS):
            process = run.start()
            try:
                _, errors = process.communicate(timeout=chance.uniform(0.05, 1.0))
                self.fail(f"exit {process.returncode}\n{errors[-2000:]}")
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

    def check(self, rows, count):
        self.assertGreater(count, 0)
        self.assertEqual(sorted(row["n"] for row in rows), list(range(count)))

    def test_files_that_grow_are_rotated_and_packed(self):
        run = Run(self.folder, FILES)
        writer = Writer(self.folder / "in")
        writing = Background(writer)
        self.kill_again_and_again(run)
        writing.finish()
        run.until_caught_up()
        self.check(run.rows("lines"), writer.lines)
        rows = run.rows("rows")
        self.check(rows, writer.rows)
        for row in rows:
            self.assertEqual(row["text"], f'a "quoted", text {row["n"]}')
        topics = subprocess.run(
            [harness.HEADRACE, "topic", "list", str(run.pipeline), "--json"],
            env=run.environment, check=True, capture_output=True, text=True,
        ).stdout
        sizes = {topic["topic"]: topic["partitions"][0]["next"] for topic in map(json.loads, topics.splitlines())}
        self.assertEqual(sizes["rows.quarantine"], writer.bad)

    def test_changes_of_a_database(self):
        run = Run(self.folder, CHANGES)
        database = Database(self.folder / "in")
        writing = Background(database)
        self.kill_again_and_again(run)
        writing.finish()
        run.until_caught_up()
        self.assertGreater(len(database.rows), 0)
        found = {row["id"]: row["amount"] for row in run.rows("orders")}
        self.assertEqual(found, {key: row["amount"] for key, row in database.rows.items()})

    def test_requests_are_repeated_until_they_are_answered(self):
        run = Run(self.folder, WEBHOOK, LISTEN=free_address(), SECRET=SECRET)
        senders = [Sender(run.environment["LISTEN"], str(i), i * 1_000_000) for i in range(3)]
        sending = [Background(sender) for sender in senders]
        self.kill_again_and_again(run)
        process = run.start()
        for thread in sending:
            thread.finish()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors[-2000:])
        run.until_caught_up()
        numbers = sorted(row["n"] for row in run.rows("hooks"))
        self.assertEqual(numbers, [sender.base + i for sender in senders for i in range(sender.sent)])
        self.assertGreater(sum(sender.repeats for sender in senders), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""`log: {kafka: ...}` against a real broker: every record once in the topics and in what is made of them, read by a
client that shares no code with headrace, whatever is killed, paused, restarted or moved to another machine.

Another machine is another, empty, state folder. HEADRACE_KAFKA_LOG_ROUNDS (default 18) and HEADRACE_KAFKA_LOG_SEED
(default 1) are those of the random kills.
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest
import urllib.request

from confluent_kafka import Producer

from kafka_harness import HEADRACE, Broker, Pipeline, wait_until

ROUNDS = int(os.environ.get("HEADRACE_KAFKA_LOG_ROUNDS", "18"))
SEED = int(os.environ.get("HEADRACE_KAFKA_LOG_SEED", "1"))

# Twice the numbers below a bound, to the topic `out`; lines that don't fit go to the quarantine.
LINES = """
name: lines
state: ${STATE}
log:
  kafka: {bootstrap_servers: "@ADDRESS@", topic_prefix: "@PREFIX@"@LOG@}
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  lines:
    file: {path: "@IN@/*.jsonl", every: 10 ms}
    schema: n BIGINT NOT NULL
views:
  doubled:
    sql: SELECT n, 2 * n AS twice FROM lines
sinks:
  out:
    from: doubled
    kafka: {bootstrap_servers: "@ADDRESS@", topic: "@PREFIX@out"}
"""

HOOKS = """
name: hooks
state: ${STATE}
log:
  kafka: {bootstrap_servers: "@ADDRESS@", topic_prefix: "@PREFIX@"}
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  hooks:
    webhook: {listen: "127.0.0.1:@PORT@", id_header: X-Id}
    schema: n BIGINT NOT NULL
sinks:
  table:
    from: hooks
    hudi: {path: "${STATE}-lake", key: [n]}
"""


class Writer(threading.Thread):
    """Appends numbers as lines, now and then one that is no number."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.chance = folder, random.Random(SEED)
        self.lines, self.bad, self.ending = 0, 0, threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.write(self.chance.randint(1, 40))
            time.sleep(0.02)

    def write(self, count):
        with open(self.folder / "numbers.jsonl", "a", encoding="utf-8") as file:
            for _ in range(count):
                file.write(json.dumps({"n": self.lines}) + "\n")
                self.lines += 1
            if self.chance.random() < 0.1:
                file.write(f'{{"n": "bad {self.bad}"}}\n')
                self.bad += 1

    def finish(self):
        self.ending.set()
        self.join()


class Lines(Pipeline):
    """The pipeline LINES, whose halves run apart, each wherever it likes."""

    def __init__(self, test, broker, log=""):
        self.test, self.broker = test, broker
        self.prefix = f"t{random.getrandbits(32):08x}."
        super().__init__(test, LINES, ADDRESS=broker.address, PREFIX=self.prefix, LOG=log, IN="@IN@")
        self.input = self.folder / "in"
        self.input.mkdir()
        self.file.write_text(self.file.read_text().replace("@IN@", str(self.input)))
        self.writer = Writer(self.input)
        self.machines = 0

    def place(self):
        """The state folder of a new machine."""
        self.machines += 1
        return str(self.folder / f"machine-{self.machines}")

    def half(self, half, *arguments, state=None, fault=None):
        state = state or (self.place() if half == "ingest" else str(self.folder / "processor"))
        process = self.start("--only", half, *arguments, fault=fault, environment={"STATE": state})
        self.test.addCleanup(process.kill)
        return process

    def done(self, half, *arguments, state=None):
        process = self.half(half, "--until-caught-up", "--json", *arguments, state=state)
        status, report, errors = self.finish(process, 240)
        self.test.assertEqual(status, 0, errors[-4000:])
        return report

    def topic(self, name):
        return self.prefix + name

    def log_numbers(self):
        """The good records of the log, as an independent consumer sees them."""
        rows = [json.loads(message.value()) for message in self.broker.read(self.topic("lines"))]
        return [row["n"] for row in rows if isinstance(row["n"], int)]

    def check(self):
        """Everything that was written is in the log, in order, and what is made of it is complete; each once."""
        written = list(range(self.writer.lines))
        self.test.assertGreater(len(written), 0)
        self.test.assertEqual(self.log_numbers(), written)
        rows = self.broker.rows(self.topic("out"))
        self.test.assertEqual(sorted(row["n"] for row in rows), written)
        self.test.assertTrue(all(row["twice"] == 2 * row["n"] for row in rows))
        bad = []
        if self.writer.bad:
            bad = [json.loads(m.value())["n"] for m in self.broker.read(self.topic("lines.quarantine"))]
        self.test.assertEqual(bad, [f"bad {i}" for i in range(self.writer.bad)])

    def catch_up_and_check(self, state=None):
        self.done("ingest")
        self.done("process", state=state)
        self.check()


class KafkaLogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)

    def lines(self, log=""):
        return Lines(self, self.broker, log)

    def kill(self, process):
        process.kill()
        process.communicate()

    def end(self, pipeline, process):
        process.send_signal(signal.SIGTERM)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors[-4000:])

    def refused(self, pipeline, process, *texts):
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 2, errors[-4000:])
        for text in texts:
            self.assertIn(text, errors)

    def written(self, pipeline):
        wait_until(self, "all in the log", lambda: len(pipeline.log_numbers()) >= pipeline.writer.lines, 180)

    # -- What stands in the topics ------------------------------------------------------------------------------------

    def test_one_run_does_both_halves(self):
        pipeline = self.lines()
        for _ in range(3):
            pipeline.writer.write(500)
            pipeline.until_caught_up(environment={"STATE": str(pipeline.folder / "state")})
            pipeline.check()

    def test_records_are_messages_that_others_can_read(self):
        port = int(os.environ.get("HEADRACE_KAFKA_PORT", "21600")) + 40
        prefix = f"t{random.getrandbits(32):08x}."
        pipeline = Pipeline(self, HOOKS, ADDRESS=self.broker.address, PREFIX=prefix, PORT=str(port))
        environment = {"STATE": str(pipeline.folder / "state")}

        def post(identity, body):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/", body, {"X-Id": identity}, method="POST")
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)

        def up():
            try:
                return post("first", b'[{"n": 1}, {"n": 2}]')
            except OSError:
                return None

        before = int(time.time() * 1000)
        process = pipeline.start(environment=environment)
        wait_until(self, "the webhook", up)
        self.kill(process)
        # What was answered is known on another machine too.
        process = pipeline.start("--only", "ingest", environment={"STATE": str(pipeline.folder / "other")})
        wait_until(self, "the webhook", lambda: up() == {"records": 2, "repeated": True})
        self.assertEqual(post("second", b'{"n": 3}'), {"records": 1, "repeated": False})
        self.end(pipeline, process)
        messages = self.broker.read(prefix + "hooks")
        self.assertEqual([message.value() for message in messages], [b'{"n": 1}', b'{"n": 2}', b'{"n": 3}'])
        for message, identity in zip(messages, (b"first", b"first", b"second")):
            self.assertIsNone(message.key())
            self.assertGreaterEqual(message.timestamp()[1], before)
            self.assertEqual(dict(message.headers())["delivery"], identity)

        # `headrace topic` works on it, beside runs and without.
        def topic(*arguments):
            return subprocess.run([HEADRACE, "topic", *arguments, "--json"], check=True, capture_output=True, text=True,
                                  env={**os.environ, **environment}).stdout

        listed = [json.loads(line) for line in topic("list", str(pipeline.file)).splitlines()]
        self.assertEqual([(entry["topic"], entry["bytes"]) for entry in listed], [("hooks", None)])
        tail = [json.loads(line) for line in topic("tail", str(pipeline.file), "hooks", "-n", "2").splitlines()]
        self.assertEqual([json.loads(line["value"])["n"] for line in tail], [2, 3])
        self.assertEqual(tail[-1]["headers"][0], {"name": "delivery", "value": "second"})

        # The table says where Hudi Streamer would go on with the topic.
        pipeline.until_caught_up("--only", "process", environment=environment)
        commits = sorted(pathlib.Path(environment["STATE"] + "-lake/.hoodie/timeline").glob("*_*.deltacommit"))
        last = commits[-1].read_bytes()
        # An Avro map: the key, the length of the value (zigzag), the value.
        key = b"streamer.checkpoint.key.v2"
        self.assertIn(key, last)
        at = last.index(key) + len(key)
        checkpoint = last[at + 1:at + 1 + last[at] // 2].decode()
        self.assertRegex(checkpoint, "^" + re.escape(prefix + "hooks,0:") + r"\d+$")
        self.assertGreater(int(checkpoint.split(":")[1]), messages[-1].offset())

    def test_topics_have_the_partitions_that_the_file_says(self):
        pipeline = self.lines(log=", partitions: 3, replication: 1")
        pipeline.writer.write(10)
        pipeline.catch_up_and_check()
        # A source whose records have one order has one partition all the same.
        metadata = self.broker.admin.list_topics(pipeline.topic("lines"), 30).topics[pipeline.topic("lines")]
        self.assertEqual(len(metadata.partitions), 1)

    # -- Exactly once -------------------------------------------------------------------------------------------------

    def test_an_ingester_killed_at_every_fault_point_goes_on_elsewhere(self):
        pipeline = self.lines()
        for fault in ("source.before_append", "log.before_write", "log.before_commit", "log.after_write",
                      "source.after_append"):
            for count in (1, 2):
                with self.subTest(fault, count=count):
                    process = pipeline.half("ingest", fault=f"{fault}:{count}")
                    end = time.monotonic() + 60
                    while process.poll() is None and time.monotonic() < end:
                        pipeline.writer.write(30)
                        time.sleep(0.2)
                    status, _, errors = pipeline.finish(process)
                    self.assertEqual(status, -signal.SIGKILL, errors[-2000:])
        pipeline.catch_up_and_check()

    def test_a_processor_killed_at_every_fault_point(self):
        pipeline = self.lines()
        points = ("engine.after_plan", "engine.after_run", "topic_sink.before_append", "log.before_commit",
                  "topic_sink.after_append", "kafka_sink.before_commit", "kafka_sink.after_commit",
                  "engine.before_checkpoint", "engine.after_checkpoint")
        for fault in points:
            with self.subTest(fault):
                bad = pipeline.writer.bad
                while pipeline.writer.bad == bad:
                    pipeline.writer.write(30)
                pipeline.done("ingest")
                status, _, errors = pipeline.finish(pipeline.half("process", fault=f"{fault}:1"))
                self.assertEqual(status, -signal.SIGKILL, errors[-2000:])
        pipeline.catch_up_and_check()

    def test_killed_at_random_while_brokers_restart(self):
        pipeline = self.lines()
        chance = random.Random(SEED)
        pipeline.writer.start()
        self.addCleanup(pipeline.writer.finish)
        for number in range(ROUNDS):
            halves = [pipeline.half("ingest"), pipeline.half("process")]
            if number % 6 == 5:
                time.sleep(chance.uniform(1, 4))
                (self.broker.kill if number % 12 == 5 else self.broker.stop)()
                if chance.random() < 0.5:
                    self.kill(halves[0])
                time.sleep(chance.uniform(0, 2))
                self.broker.start()
            time.sleep(chance.uniform(0.2, 4))
            chance.shuffle(halves)
            for process in halves:
                early = process.poll()
                self.assertIn(early, (None, -signal.SIGKILL), early and process.log()[-4000:])
                self.kill(process)
                time.sleep(chance.uniform(0, 0.3))
        pipeline.writer.finish()
        pipeline.catch_up_and_check()

    # -- One run at a time --------------------------------------------------------------------------------------------

    def test_a_second_ingester_is_refused_until_the_first_ends(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        first = pipeline.half("ingest")
        self.written(pipeline)
        self.refused(pipeline, pipeline.half("ingest"), "ingestion of pipeline 'lines' is done by process "
                     f"{first.pid} on host")
        self.end(pipeline, first)
        pipeline.writer.write(100)
        pipeline.catch_up_and_check()

    def test_a_paused_ingester_is_replaced_and_may_not_write_any_more(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        first = pipeline.half("ingest")
        self.written(pipeline)
        first.send_signal(signal.SIGSTOP)
        pipeline.writer.write(100)
        second = pipeline.half("ingest")
        self.written(pipeline)
        first.send_signal(signal.SIGCONT)
        pipeline.writer.write(100)
        self.refused(pipeline, first, "ingestion of pipeline 'lines' was taken over by process "
                     f"{second.pid} on host", "may append nothing more")
        self.written(pipeline)
        self.end(pipeline, second)
        pipeline.catch_up_and_check()

    def test_a_second_processor_is_refused_whatever_state_it_has(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        pipeline.done("ingest")
        first = pipeline.half("process")
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 100, 180)
        holder = f"processing of pipeline 'lines' is done by process {first.pid} on host"
        self.refused(pipeline, pipeline.half("process", state=pipeline.place()), holder)
        self.refused(pipeline, pipeline.half("process"), "is in use by a running headrace")
        copy = pipeline.place()
        shutil.copytree(pipeline.folder / "processor", copy)
        self.refused(pipeline, pipeline.half("process", state=copy), holder)
        self.end(pipeline, first)
        pipeline.catch_up_and_check()

    def test_a_paused_processor_is_replaced_and_may_not_commit_any_more(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        pipeline.done("ingest")
        first = pipeline.half("process")
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 100, 180)
        time.sleep(1)
        first.send_signal(signal.SIGSTOP)
        copy = pipeline.place()  # as of a volume that was given to another machine
        shutil.copytree(pipeline.folder / "processor", copy)
        second = pipeline.half("process", state=copy)
        pipeline.writer.write(100)
        pipeline.done("ingest")
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 200, 180)
        first.send_signal(signal.SIGCONT)
        self.refused(pipeline, first, f"processing of pipeline 'lines' was taken over by process {second.pid}")
        self.end(pipeline, second)
        pipeline.writer.write(100)
        pipeline.catch_up_and_check(state=copy)
        # The folder of the first is an old copy now.
        self.refused(pipeline, pipeline.half("process"), "the log was processed up to epoch")

    def test_results_go_on_only_from_their_own_state(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        pipeline.catch_up_and_check()
        self.refused(pipeline, pipeline.half("process", state=pipeline.place()),
                     f"with the state in {pipeline.folder}/processor on host", "move that folder here")
        moved = pipeline.place()
        (pipeline.folder / "processor").rename(moved)
        pipeline.writer.write(100)
        pipeline.catch_up_and_check(state=moved)
        pipeline.done("process", "--reset-state", state=pipeline.place())
        numbers = sorted(row["n"] for row in self.broker.rows(pipeline.topic("out")))
        self.assertEqual(numbers, sorted(2 * list(range(200))))

    # -- The other side fails -----------------------------------------------------------------------------------------

    def test_the_broker_dies_and_comes_back(self):
        pipeline = self.lines()
        halves = [pipeline.half("ingest"), pipeline.half("process")]
        pipeline.writer.write(100)
        self.written(pipeline)
        for action in (self.broker.kill, self.broker.stop):
            action()
            pipeline.writer.write(100)
            time.sleep(3)
            self.broker.start()
            pipeline.writer.write(100)
            wait_until(self, "what came meanwhile",
                       lambda: len(self.broker.rows(pipeline.topic("out"))) == pipeline.writer.lines, 180)
        for process in halves:
            self.end(pipeline, process)
        pipeline.check()

    def test_an_outage_that_is_longer_than_a_transaction_may_take(self):
        pipeline = self.lines(log=", properties: {transaction.timeout.ms: 4000}")
        process = pipeline.half("ingest")
        pipeline.writer.start()
        self.addCleanup(pipeline.writer.finish)
        for number in range(4):
            time.sleep(3)
            if number % 2 == 0:
                self.broker.kill()
                time.sleep(7)
                self.broker.start()
            else:
                process.send_signal(signal.SIGSTOP)
                time.sleep(12)
                process.send_signal(signal.SIGCONT)
        time.sleep(3)
        pipeline.writer.finish()
        self.written(pipeline)
        self.end(pipeline, process)
        pipeline.catch_up_and_check()

    def test_a_run_that_was_fenced_off_but_not_replaced_goes_on(self):
        """As after a transaction that took too long: the cluster fences it off, and nobody has claimed its half."""
        pipeline = self.lines()
        process = pipeline.half("ingest")
        for _ in range(3):
            pipeline.writer.write(100)
            self.written(pipeline)
            Producer({"bootstrap.servers": self.broker.address,
                      "transactional.id": pipeline.topic("ingest")}).init_transactions(60)
        pipeline.writer.write(100)
        self.written(pipeline)
        process.send_signal(signal.SIGTERM)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors[-4000:])
        self.assertIn("a new producer goes on", errors)
        pipeline.catch_up_and_check()

    def test_both_halves_can_be_stopped_while_the_broker_is_gone(self):
        pipeline = self.lines()
        halves = [pipeline.half("ingest"), pipeline.half("process")]
        pipeline.writer.write(100)
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 100, 180)
        try:
            self.broker.stop()
            pipeline.writer.write(100)
            time.sleep(4)
            for process in halves:
                self.end(pipeline, process)
        finally:
            self.broker.start()
        pipeline.catch_up_and_check()

    def test_a_topic_that_is_deleted_ends_both_halves(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        halves = [pipeline.half("ingest"), pipeline.half("process")]
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 100, 180)
        self.broker.delete(pipeline.topic("lines"))
        self.refused(pipeline, halves[1], f"the Kafka topic '{pipeline.topic('lines')}'", "was deleted")
        pipeline.writer.write(100)
        self.refused(pipeline, halves[0], pipeline.topic("lines"))

    def test_a_record_that_is_too_large_ends_the_ingester_and_leaves_nothing(self):
        # A broker doesn't mind a batch that was large before it was compressed.
        pipeline = self.lines(log=", properties: {compression.codec: none}")
        pipeline.writer.write(10)
        pipeline.done("ingest")
        self.broker.configure(pipeline.topic("lines"), "max.message.bytes", "2000")
        noise = "".join(random.Random(1).choice("0123456789abcdef") for _ in range(9000))
        with open(pipeline.input / "large.jsonl", "w", encoding="utf-8") as file:
            file.write(json.dumps({"n": 1, "noise": noise}) + "\n")
        self.refused(pipeline, pipeline.half("ingest"), "a message of 90", pipeline.topic("lines"), "too large")
        self.assertEqual(pipeline.log_numbers(), list(range(10)))
        self.broker.configure(pipeline.topic("lines"), "max.message.bytes", "20000")
        pipeline.done("ingest")
        self.assertEqual(pipeline.log_numbers(), [*range(10), 1])

    def test_a_topic_that_grows_is_read_as_a_whole(self):
        pipeline = self.lines()
        pipeline.writer.write(100)
        halves = [pipeline.half("ingest"), pipeline.half("process")]
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 100, 180)
        self.broker.grow(pipeline.topic("lines"), 3)
        pipeline.writer.write(100)
        self.broker.produce(pipeline.topic("lines"), [{"value": b'{"n": -7}', "partition": 2}])
        wait_until(self, "the results", lambda: len(self.broker.rows(pipeline.topic("out"))) == 201, 180)
        for process in halves:
            self.end(pipeline, process)
        pipeline.writer.write(100)
        pipeline.done("ingest")
        pipeline.done("process")
        numbers = sorted(row["n"] for row in self.broker.rows(pipeline.topic("out")))
        self.assertEqual(numbers, [-7, *range(300)])

    def test_retention_deletes_only_what_was_processed(self):
        pipeline = self.lines(log=", retention: 1 ms")
        first = lambda: min(m.offset() for m in self.broker.read(pipeline.topic("lines")))  # noqa: E731
        pipeline.writer.write(100)
        pipeline.done("ingest")
        time.sleep(1)
        pipeline.done("ingest")
        self.assertEqual(first(), 0)
        pipeline.done("process")
        pipeline.writer.write(100)
        pipeline.done("ingest")
        pipeline.done("process")  # which begins with what may be deleted
        self.assertGreater(first(), 0)
        self.assertEqual(sorted(row["n"] for row in self.broker.rows(pipeline.topic("out"))), list(range(200)))

    def test_a_prefix_is_one_pipelines(self):
        pipeline = self.lines()
        pipeline.writer.write(10)
        pipeline.done("ingest")
        pipeline.file.write_text(pipeline.file.read_text().replace("name: lines", "name: others"))
        self.refused(pipeline, pipeline.half("ingest"), "are those of pipeline 'lines'")


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""The `kafka:` source and sink against a real broker: what arrives, exactly once whatever dies, and what happens when
the other side fails.
"""
import json
import random
import signal
import time
import unittest

from confluent_kafka import Producer
from confluent_kafka.admin import NewTopic

from kafka_harness import PASSWORD, SECURE, Broker, Pipeline, values, wait_until

COPY = """
name: copy
state: @STATE@
commit_every: 100 ms
metrics: {listen: "off"}
sources:
  numbers:
    kafka: {bootstrap_servers: @ADDRESS@, @TOPICS@}
    schema: n BIGINT NOT NULL
sinks:
  out:
    from: numbers
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@, partitions: 2}
"""

COLUMNS = """
name: columns
state: @STATE@
metrics: {listen: "off"}
sources:
  orders:
    kafka:
      bootstrap_servers: @ADDRESS@
      topics: [@IN@]
      columns: {key: id, headers: headers, timestamp: sent, topic: topic, partition: part, offset: position}
    schema: amount BIGINT
sinks:
  out:
    from: orders
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@}
"""

KEYED = """
name: keyed
state: @STATE@
commit_every: 50 ms
metrics: {listen: "off"}
sources:
  accounts:
    kafka: {bootstrap_servers: @ADDRESS@, topics: [@IN@], columns: {key: id}}
    key: [id]
    schema: town STRING, balance BIGINT
views:
  towns:
    sql: SELECT town, count(*) AS accounts, sum(balance) AS balance FROM accounts GROUP BY town
sinks:
  rows:
    from: accounts
    kafka: {bootstrap_servers: @ADDRESS@, topic: @ROWS@, key: [id], partitions: 3}
  towns_topic:
    from: towns
    kafka: {bootstrap_servers: @ADDRESS@, topic: @TOWNS@, key: [town]}
"""


def numbers(begin, end, **more):
    return values([{"n": n} for n in range(begin, end)], **more)


class KafkaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)

    def copy(self, topics, out=None):
        self.out = out or self.broker.create("out", 2)
        return Pipeline(self, COPY, ADDRESS=self.broker.address, TOPICS=topics, OUT=self.out)

    def copied(self):
        return [row["n"] for row in self.broker.rows(self.out)]

    # -- What arrives -------------------------------------------------------------------------------------------------

    def test_every_part_of_a_message_is_a_column(self):
        topic = self.broker.create("in", 3)
        for partition in range(3):
            self.broker.produce(
                topic,
                [
                    {"value": b'{"amount": 1}', "key": b"a", "partition": partition, "timestamp": 1_700_000_000_000,
                     "headers": [("trace", b"x"), ("trace", b"y")]},
                    {"value": b'{"amount": 2}', "partition": partition, "timestamp": 1_700_000_000_500},
                ],
            )
        self.broker.produce(topic, numbers(0, 5, partition=0), transaction="other", abort=True)
        self.broker.produce(topic, values([{"amount": 3}], partition=0, key=b"\xff\x00"), transaction="other")
        out = self.broker.create("out")
        pipeline = Pipeline(self, COLUMNS, ADDRESS=self.broker.address, IN=topic, OUT=out)
        report = pipeline.until_caught_up()
        self.assertEqual(report["records_processed"], 7)
        rows = sorted(self.broker.rows(out), key=lambda row: (row["part"], row["position"]))
        self.assertEqual(len(rows), 7)
        self.assertEqual(
            rows[0],
            {"amount": 1, "id": "a", "headers": {"trace": "y"}, "sent": "2023-11-14T22:13:20Z", "topic": topic,
             "part": 0, "position": 0},
        )
        self.assertEqual(rows[1]["id"], None)
        self.assertEqual(rows[1]["headers"], {})
        self.assertEqual(rows[1]["sent"], "2023-11-14T22:13:20.500000Z")
        last = [row for row in rows if row["amount"] == 3]
        self.assertEqual([(row["id"], row["position"] > 6) for row in last], [("/wA=", True)])

    def test_a_run_goes_on_where_the_last_one_ended(self):
        topic = self.broker.create("in", 4)
        pipeline = self.copy(f"topics: [{topic}]")
        for round in range(3):
            self.broker.produce(topic, numbers(round * 1000, round * 1000 + 1000))
            pipeline.until_caught_up()
            self.assertEqual(sorted(self.copied()), list(range(round * 1000 + 1000)))

    def test_start_latest_skips_what_was_there_and_nothing_later(self):
        topic = self.broker.create("in", 2)
        self.broker.produce(topic, numbers(0, 10))
        pipeline = self.copy(f"topics: [{topic}], start: latest")
        pipeline.until_caught_up()
        self.broker.produce(topic, numbers(10, 20))
        pipeline.until_caught_up()
        self.assertEqual(sorted(self.copied()), list(range(10, 20)))

    def test_start_at_a_time(self):
        topic = self.broker.create("in", 2)
        for partition in range(2):
            for n in range(10):
                self.broker.produce(
                    topic, numbers(n, n + 1, partition=partition, timestamp=1_700_000_000_000 + n * 60_000)
                )
        pipeline = self.copy(f'topics: [{topic}], start: "2023-11-14T22:18:20Z"')
        pipeline.until_caught_up()
        self.assertEqual(sorted(self.copied()), sorted([5, 6, 7, 8, 9] * 2))

    def test_topics_of_a_pattern_and_partitions_are_found_while_it_runs(self):
        first = self.broker.create("pattern-x", 1)
        self.broker.produce(first, numbers(0, 10))
        pipeline = self.copy(f'topic_pattern: "{first}(-more)?"')
        with pipeline.running():
            wait_until(self, "the first topic", lambda: len(self.copied()) == 10)
            self.broker.grow(first, 3)
            more = NewTopic(first + "-more", 1, 1)
            self.broker.admin.create_topics([more])[more.topic].result(30)
            time.sleep(1)
            self.broker.produce(first, numbers(10, 20, partition=2))
            self.broker.produce(more.topic, numbers(20, 30))
            wait_until(self, "what is new", lambda: len(self.copied()) == 30)
        self.assertEqual(sorted(self.copied()), list(range(30)))

    def test_what_does_not_fit_goes_to_the_quarantine(self):
        topic = self.broker.create("in")
        self.broker.produce(topic, numbers(0, 3) + [{"value": b"no JSON"}, {"value": None, "key": b"k"}] + numbers(3, 5))
        pipeline = self.copy(f"topics: [{topic}]")
        report = pipeline.until_caught_up()
        self.assertEqual(report["records_quarantined"], 2)
        self.assertEqual(sorted(self.copied()), [0, 1, 2, 3, 4])
        places = [dict((h["name"], h["value"]) for h in bad["headers"]) for bad in pipeline.quarantine("numbers")]
        self.assertEqual([(place["topic"], place["offset"]) for place in places],
                         [(f"numbers/{topic}", "3"), (f"numbers/{topic}", "4")])

    # -- Exactly once -------------------------------------------------------------------------------------------------

    def account_changes(self, count, seed):
        chance = random.Random(seed)
        for _ in range(count):
            key = f"k{chance.randrange(40)}"
            if chance.random() < 0.2:
                yield {"key": key.encode(), "value": None}
            else:
                row = {"town": f"t{chance.randrange(6)}", "balance": chance.randrange(1000)}
                yield {"key": key.encode(), "value": json.dumps(row).encode()}

    def keyed(self):
        self.topic = self.broker.create("in", 2)
        self.rows_topic = self.broker.create("rows", 3)
        self.towns_topic = self.broker.create("towns")
        self.accounts = {}
        return Pipeline(self, KEYED, ADDRESS=self.broker.address, IN=self.topic, ROWS=self.rows_topic,
                        TOWNS=self.towns_topic)

    def change(self, count, seed):
        changes = list(self.account_changes(count, seed))
        for change in changes:
            key = change["key"].decode()
            if change["value"] is None:
                self.accounts.pop(key, None)
            else:
                self.accounts[key] = json.loads(change["value"])
        self.broker.produce(self.topic, changes)

    def check_keyed(self):
        rows = {json.loads(key)["id"]: row for key, row in self.broker.state(self.rows_topic).items()}
        self.assertEqual(rows, {key: {**row, "id": key} for key, row in self.accounts.items()})
        towns = {}
        for row in self.accounts.values():
            count, balance = towns.get(row["town"], (0, 0))
            towns[row["town"]] = (count + 1, balance + row["balance"])
        found = {row["town"]: (row["accounts"], row["balance"])
                 for row in self.broker.state(self.towns_topic).values()}
        self.assertEqual(found, towns)

    def test_upserts_and_tombstones(self):
        pipeline = self.keyed()
        for seed in range(3):
            self.change(300, seed)
            pipeline.until_caught_up()
            self.check_keyed()

    def test_killed_at_every_fault_point(self):
        """Killed at the second time a point is reached and, restarted, at the first."""
        points = ["kafka_sink.after_send", "kafka_sink.before_commit", "kafka_sink.after_commit", "engine.after_plan",
                  "engine.after_run", "engine.between_sinks", "engine.before_checkpoint", "engine.after_checkpoint"]
        for point in points:
            with self.subTest(point):
                topic = self.broker.create("in", 2)
                pipeline = self.copy(f"topics: [{topic}]")
                self.broker.produce(topic, numbers(0, 50))
                pipeline.until_caught_up()
                for count, begin in ((2, 50), (1, 200)):
                    self.broker.produce(topic, numbers(begin, begin + 50))
                    process = pipeline.start(fault=f"{point}:{count}")
                    time.sleep(1)
                    self.broker.produce(topic, numbers(begin + 50, begin + 100))
                    status, _, errors = pipeline.finish(process)
                    self.assertEqual(status, -signal.SIGKILL, errors[-2000:])
                pipeline.until_caught_up()
                self.assertEqual(sorted(self.copied()), sorted([*range(150), *range(200, 300)]))

    def test_killed_at_random_moments(self):
        topic = self.broker.create("in", 3)
        pipeline = self.copy(f"topics: [{topic}]")
        chance = random.Random(7)
        for round in range(12):
            process = pipeline.start()
            for part in range(4):
                time.sleep(chance.uniform(0.05, 0.4))
                begin = (round * 4 + part) * 100
                self.broker.produce(topic, numbers(begin, begin + 100))
            process.kill()
            process.communicate()
        pipeline.until_caught_up()
        self.assertEqual(sorted(self.copied()), list(range(4800)))

    def test_a_second_run_elsewhere_takes_over_and_the_first_ends(self):
        topic = self.broker.create("in")
        first = self.copy(f"topics: [{topic}]")
        second = self.copy(f"topics: [{topic}]", out=self.out)
        self.broker.produce(topic, numbers(0, 10))
        process = first.start()
        wait_until(self, "the first run", lambda: len(self.copied()) == 10)
        with second.running():
            time.sleep(3)
            self.broker.produce(topic, numbers(10, 20))
            status, _, errors = first.finish(process)
            self.assertEqual(status, 2, errors)
            self.assertIn("another run has taken over 'headrace.copy.out'", errors)

    def fenced(self):
        """A run whose transactions the cluster ends after 4 s."""
        topic = self.broker.create("in")
        self.out = self.broker.create("out", 2)
        text = COPY.replace("topic: @OUT@", "topic: @OUT@, properties: {transaction.timeout.ms: 4000}")
        return topic, Pipeline(self, text, ADDRESS=self.broker.address, TOPICS=f"topics: [{topic}]", OUT=self.out)

    def test_a_run_that_was_fenced_off_but_not_replaced_goes_on(self):
        """As after a transaction that took too long: the cluster fences it off, and no other run is there."""
        topic, pipeline = self.fenced()
        with pipeline.running() as process:
            for round in range(3):
                self.broker.produce(topic, numbers(round * 10, round * 10 + 10))
                wait_until(self, "the records", lambda: len(self.copied()) == round * 10 + 10)
                Producer({"bootstrap.servers": self.broker.address,
                          "transactional.id": "headrace.copy.out"}).init_transactions(60)
        self.assertIn("a new producer goes on", process.log())
        self.assertEqual(sorted(self.copied()), list(range(30)))

    def test_a_run_that_is_paused_longer_than_a_transaction_may_take(self):
        topic, pipeline = self.fenced()
        begin, chance = 0, random.Random(5)
        with pipeline.running() as process:
            for _ in range(3):
                end = time.monotonic() + chance.uniform(0.5, 1.5)
                while time.monotonic() < end:
                    self.broker.produce(topic, numbers(begin, begin + 50))
                    begin += 50
                process.send_signal(signal.SIGSTOP)
                time.sleep(8)
                process.send_signal(signal.SIGCONT)
            wait_until(self, "the records", lambda: len(self.copied()) >= begin, 120)
        self.assertEqual(sorted(self.copied()), list(range(begin)))

    # -- TLS and passwords --------------------------------------------------------------------------------------------

    def secure(self, topic):
        properties = (
            "properties: {security.protocol: SASL_SSL, ssl.ca.location: %s, sasl.mechanism: PLAIN,"
            ' sasl.username: headrace, sasl.password: "${PASSWORD}"}' % self.broker.certificate
        )
        self.out = self.broker.create("out", 2)
        text = COPY.replace("@TOPICS@", "@TOPICS@, " + properties).replace("topic: @OUT@", "topic: @OUT@, " + properties)
        return Pipeline(self, text, ADDRESS=SECURE, TOPICS=f"topics: [{topic}]", OUT=self.out)

    def test_tls_and_a_password(self):
        topic = self.broker.create("in")
        pipeline = self.secure(topic)
        self.broker.produce(topic, numbers(0, 10))
        pipeline.until_caught_up(environment={"PASSWORD": PASSWORD})
        self.assertEqual(sorted(self.copied()), list(range(10)))

    def test_a_wrong_password_ends_the_run_and_is_not_shown(self):
        pipeline = self.secure(self.broker.create("in"))
        process = pipeline.start("--until-caught-up", environment={"PASSWORD": "wrong-" + PASSWORD})
        status, _, errors = pipeline.finish(process)
        self.assertNotEqual(status, 0)
        self.assertIn("uthentication", errors)
        self.assertNotIn(PASSWORD, errors)

    # -- The other side fails -----------------------------------------------------------------------------------------

    def test_the_broker_dies_and_comes_back(self):
        topic = self.broker.create("in", 2)
        pipeline = self.copy(f"topics: [{topic}]")
        self.broker.produce(topic, numbers(0, 1000))
        with pipeline.running():
            wait_until(self, "the first records", lambda: len(self.copied()) == 1000)
            for round in range(2):
                (self.broker.kill if round == 0 else self.broker.stop)()
                time.sleep(3)
                self.broker.start()
                self.broker.produce(topic, numbers(1000 * (round + 1), 1000 * (round + 2)))
                wait_until(self, "what came after", lambda: len(self.copied()) >= 1000 * (round + 2), 120)
        self.assertEqual(sorted(self.copied()), list(range(3000)))

    def test_a_run_that_starts_before_the_broker_waits_for_it(self):
        topic = self.broker.create("in")
        self.out = self.broker.create("out", 2)
        pipeline = Pipeline(self, COPY, ADDRESS=self.broker.address, TOPICS=f"topics: [{topic}]", OUT=self.out,
                            STATE="${STATE}")
        self.broker.produce(topic, numbers(0, 10))
        self.broker.stop()
        try:
            ending, stopped, process = (
                pipeline.start(*arguments, environment={"STATE": str(pipeline.folder / f"state-{number}")})
                for number, arguments in enumerate((["--until-caught-up"], [], []))
            )
            for waiting in (stopped, process):
                wait_until(self, "a try", lambda: "can't start yet" in waiting.log(), 90)
            stopped.send_signal(signal.SIGTERM)
            self.assertEqual(pipeline.finish(stopped)[0], 0)
            status, _, errors = pipeline.finish(ending)
            self.assertEqual(status, 1, errors)
            self.assertIn("no broker", errors)
        finally:
            self.broker.start()
        wait_until(self, "the records", lambda: len(self.copied()) == 10, 90)
        process.send_signal(signal.SIGTERM)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)

    def test_a_run_can_be_stopped_while_the_broker_is_gone(self):
        topic = self.broker.create("in")
        pipeline = self.copy(f"topics: [{topic}]")
        self.broker.produce(topic, numbers(0, 10))
        try:
            with pipeline.running():
                wait_until(self, "the records", lambda: len(self.copied()) == 10)
                self.broker.stop()
                time.sleep(3)
        finally:
            self.broker.start()

    def test_a_deleted_topic_ends_the_run(self):
        topic = self.broker.create("in")
        pipeline = self.copy(f"topics: [{topic}]")
        self.broker.produce(topic, numbers(0, 10))
        process = pipeline.start()
        wait_until(self, "the records", lambda: len(self.copied()) == 10)
        self.broker.delete(topic)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 2, errors)
        self.assertIn(f"the Kafka topic '{topic}' was deleted", errors)

    def test_a_topic_that_is_not_there_is_an_error(self):
        status, _, errors = self.copy("topics: [nosuchtopic]").finish(self.copy("topics: [nosuchtopic]").start())
        self.assertEqual(status, 2)
        self.assertIn("there is no Kafka topic 'nosuchtopic'", errors)

    def test_records_that_retention_took_before_they_were_read(self):
        topic = self.broker.create("in")
        pipeline = self.copy(f"topics: [{topic}]")
        self.broker.produce(topic, numbers(0, 10))
        pipeline.until_caught_up()
        self.broker.produce(topic, numbers(10, 30))
        self.broker.delete_records(topic, 0, 20)
        status, _, errors = pipeline.finish(pipeline.start("--until-caught-up"))
        self.assertEqual(status, 2, errors)
        self.assertIn("the records from offset 10 on are no longer kept", errors)
        pipeline.until_caught_up("--reset-state")
        self.assertEqual(sorted(self.copied()), [*range(10), *range(20, 30)])

    def test_a_message_that_is_too_large_ends_the_run_and_leaves_nothing(self):
        out = self.broker.create("small", 2, **{"max.message.bytes": "2000"})
        topic = self.broker.create("in")
        # A broker doesn't mind a batch that was large before it was compressed.
        text = COPY.replace("n BIGINT NOT NULL", "n STRING").replace(
            "topic: @OUT@", "topic: @OUT@, properties: {compression.codec: none}"
        )
        pipeline = Pipeline(self, text, ADDRESS=self.broker.address, TOPICS=f"topics: [{topic}]", OUT=out)
        noise = "".join(random.Random(1).choice("0123456789abcdef") for _ in range(8000))
        self.broker.produce(topic, values([{"n": "short"}, {"n": noise}]))
        status, _, errors = pipeline.finish(pipeline.start("--until-caught-up"))
        self.assertEqual(status, 2, errors)
        self.assertIn("a message of 80", errors)
        self.assertIn("too large", errors)
        self.assertEqual(self.broker.rows(out), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

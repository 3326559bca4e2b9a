"""What the tests against a real Kafka broker share: the broker, an independent client, and headrace runs.

Environment (set by ctest): HEADRACE, HEADRACE_SOURCE. HEADRACE_KAFKA_DIR: a folder whose broker is used, and left
running, instead of one of its own.
"""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, ResourceType,
)

HEADRACE = os.environ["HEADRACE"]
PORT = int(os.environ.get("HEADRACE_KAFKA_PORT", "21600"))
SECURE = f"127.0.0.1:{PORT + 2}"  # by TLS and password: user headrace
PASSWORD = "a-password-that-no-log-may-hold"
SERVICE = pathlib.Path(os.environ["HEADRACE_SOURCE"]) / "services/kafka"


class Broker:
    """A broker of the test run's own, on the ports of services/kafka."""

    def __init__(self):
        self.folder = os.environ.get("HEADRACE_KAFKA_DIR")
        self.temporary = None if self.folder else tempfile.TemporaryDirectory(prefix="headrace-kafka-")
        self.folder = self.folder or self.temporary.name
        self.certificate = self.make_certificate()
        self.address = self.start()
        self.admin = AdminClient({"bootstrap.servers": self.address, "log_level": 2})  # quiet while it is away

    def make_certificate(self):
        """A certificate of 127.0.0.1 that signs itself; returns its file."""
        folder = pathlib.Path(self.folder)
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        if not certificate.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
                 "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                check=True, capture_output=True,
            )
            (folder / "both.pem").write_text(key.read_text() + certificate.read_text())
        return certificate

    def service(self, action):
        plain, controller = f"127.0.0.1:{PORT}", f"127.0.0.1:{PORT + 1}"
        login = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_headrace="{PASSWORD}";'
        settings = f"""
listeners=PLAINTEXT://{plain},CONTROLLER://{controller},SECURE://{SECURE}
advertised.listeners=PLAINTEXT://{plain},SECURE://{SECURE}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config={login}
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={self.folder}/both.pem
"""
        return subprocess.run(
            [SERVICE, action, self.folder], check=True, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "HEADRACE_KAFKA_SETTINGS": settings},
        ).stdout.strip()

    def start(self):
        return self.service("start").splitlines()[-1]

    def stop(self):
        self.service("stop")

    def kill(self):
        self.service("kill")

    def signal(self, number):
        """Sends the broker a signal."""
        os.kill(int((pathlib.Path(self.folder) / "kafka/pid").read_text().split()[0]), number)

    def close(self):
        if self.temporary:
            self.stop()
            self.temporary.cleanup()

    def create(self, name, partitions=1, **config):
        topic = f"{name}-{uuid.uuid4().hex[:8]}"
        self.admin.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(30)
        return topic

    def delete(self, topic):
        self.admin.delete_topics([topic])[topic].result(30)

    def grow(self, topic, partitions):
        self.admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(30)

    def configure(self, topic, name, value):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        resource.add_incremental_config(ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET))
        self.admin.incremental_alter_configs([resource])[resource].result(30)

    def delete_records(self, topic, partition, before):
        place = TopicPartition(topic, partition, before)
        self.admin.delete_records([place])[place].result(30)

    def produce(self, topic, records, transaction=None, abort=False):
        """records: dicts with value (bytes or None) and maybe key, partition, timestamp (ms), headers."""
        settings = {"bootstrap.servers": self.address, "linger.ms": 5}
        if transaction:
            settings["transactional.id"] = transaction
        producer = Producer(settings)
        if transaction:
            producer.init_transactions(30)
            producer.begin_transaction()
        for record in records:
            while True:
                try:
                    producer.produce(topic, **record)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0
        if transaction:
            (producer.abort_transaction if abort else producer.commit_transaction)(30)

    def read(self, topic):
        """All committed messages, partition by partition."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": f"oracle-{uuid.uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            partitions = consumer.list_topics(topic, 30).topics[topic].partitions
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
            messages, ended = [], set()
            while len(ended) < len(partitions):
                message = consumer.poll(30)
                assert message is not None, f"nothing from {topic} for 30 s"
                if message.error():
                    assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                    ended.add(message.partition())
                else:
                    messages.append(message)
            return sorted(messages, key=lambda m: (m.partition(), m.offset()))
        finally:
            consumer.close()

    def rows(self, topic):
        return [json.loads(message.value()) for message in self.read(topic)]

    def state(self, topic):
        """What a reader of a keyed topic ends with: {key: row}, as compaction would leave it."""
        rows = {}
        for message in self.read(topic):
            if message.value() is None:
                rows.pop(message.key(), None)
            else:
                rows[message.key()] = json.loads(message.value())
        return rows


def values(rows, **more):
    return [{"value": json.dumps(row).encode(), **more} for row in rows]


class Run(subprocess.Popen):
    """A process whose log goes to a file: a pipe that nobody reads while it runs would stop it when it is full."""

    def __init__(self, command, environment, folder):
        handle, self.log_path = tempfile.mkstemp(dir=folder, prefix="log-")
        with open(handle, "w") as log:
            super().__init__(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)

    def log(self):
        return pathlib.Path(self.log_path).read_text()


class Pipeline:
    """A pipeline file in a folder of its own, run again and again."""

    def __init__(self, test, text, **names):
        folder = tempfile.TemporaryDirectory(prefix="headrace-kafka-run-")
        test.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "pipeline.yaml"
        for name, value in {"STATE": str(self.folder / "state"), **names}.items():
            text = text.replace(f"@{name}@", value)
        self.file.write_text(text)

    def start(self, *arguments, fault=None, environment=None):
        environment = {**os.environ, **(environment or {}), **({"HEADRACE_FAULT": fault} if fault else {})}
        return Run([HEADRACE, "run", str(self.file), *arguments], environment, self.folder)

    def finish(self, process, timeout=120):
        """(exit status, report or None, log) of a run that ends by itself."""
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError("the run didn't end: " + process.log()[-3000:]) from None
        lines = output.splitlines()
        report = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
        return process.returncode, report, process.log()

    def until_caught_up(self, *arguments, timeout=120, environment=None):
        process = self.start("--until-caught-up", "--json", *arguments, environment=environment)
        status, report, errors = self.finish(process, timeout)
        assert status == 0, f"exit {status}\n{errors[-4000:]}"
        return report

    @contextlib.contextmanager
    def running(self, *arguments):
        """Runs until the block ends, then SIGTERM; the run must have gone well."""
        process = self.start(*arguments)
        try:
            yield process
            assert process.poll() is None, f"the run ended: {process.log()[-4000:]}"
            process.send_signal(signal.SIGTERM)
            status, _, errors = self.finish(process)
            assert status == 0, f"exit {status}\n{errors[-4000:]}"
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def quarantine(self, source):
        output = subprocess.run(
            [HEADRACE, "topic", "tail", str(self.file), f"{source}.quarantine", "-n", "100", "--json"],
            check=True, capture_output=True, text=True,
        ).stdout
        return [json.loads(line) for line in output.splitlines()]


def wait_until(test, what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            test.fail(f"not within {seconds} s: {what}")
        time.sleep(0.3)

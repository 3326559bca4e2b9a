"""What the tests against Kafka Connect share: the servers of services/, the worker's REST API, and the database whose
changes Debezium reads.

Environment (set by ctest): HEADRACE, HEADRACE_SOURCE, HEADRACE_READERS, HEADRACE_FEED; HEADRACE_CONNECT_DIR as in servers.py.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "process"))
if "HEADRACE_CONNECT_DIR" in os.environ:
    os.environ["HEADRACE_KAFKA_DIR"] = os.environ["HEADRACE_CONNECT_DIR"]

import harness  # noqa: E402
from harness import rows_by_hudi_rs  # noqa: E402, F401
from kafka_harness import Broker, Pipeline, values, wait_until  # noqa: E402, F401
from servers import Server  # noqa: E402


class Worker(Server):
    """A worker of Kafka Connect, and its REST API as anybody may use it."""

    def __init__(self):
        super().__init__("connect")
        self.start()

    def ask(self, method, path, body=None):
        """The answer as JSON; None where there is no such connector."""
        request = urllib.request.Request(
            f"{self.address}{path}", method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        for _ in range(100):
            try:
                with urllib.request.urlopen(request, timeout=90) as answer:
                    text = answer.read()
                    return json.loads(text) if text else {}
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    return None
                if error.code != 409:
                    raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None
        raise AssertionError(f"{method} {path}: 409 for ever")

    def config(self, name):
        found = self.ask("GET", f"/connectors/{name}")
        return found and found["config"]

    def create(self, name, config):
        self.ask("POST", "/connectors", {"name": name, "config": config})

    def remove(self, name):
        self.ask("DELETE", f"/connectors/{name}")

    def states(self, name):
        """The state of the connector, then those of its tasks; empty where there is none."""
        status = self.ask("GET", f"/connectors/{name}/status")
        return status and [status["connector"]["state"], *(task["state"] for task in status["tasks"])]


class Database(Server):
    """PostgreSQL, by its own client."""

    def __init__(self):
        super().__init__("postgres")
        self.start()
        self.host, self.port = self.address.split("@")[1].split("/")[0].split(":")

    def run(self, statements):
        """Runs statements in one transaction; returns the last answer's lines."""
        done = subprocess.run(
            ["psql", self.address, "-X", "-q", "-A", "-t", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=statements, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def rows(self, table):
        return [json.loads(line) for line in self.run(f"SELECT row_to_json(t) FROM {table} t ORDER BY id")]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def metrics(port):
    """{series: value} of a run's /metrics; empty where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}

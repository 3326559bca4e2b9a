"""Connectors of Kafka Connect that headrace keeps, at a real worker: made, changed, watched, left alone."""
import json
import re
import subprocess
import time
import unittest
import uuid

from connect_harness import Broker, Pipeline, Worker, free_port, metrics, values, wait_until
from kafka_harness import HEADRACE

LINES = """
name: @NAME@
state: @STATE@
commit_every: 100 ms
metrics: {listen: "127.0.0.1:@METRICS@"}
sources:
  lines:
    connect:
      url: @WORKER@
      bootstrap_servers: @ADDRESS@
      topics: [@IN@]
      start_timeout: @TIMEOUT@
      config: {connector.class: FileStreamSource, file: @FILE@, topic: @IN@, @MORE@}
    schema: n BIGINT NOT NULL
sinks:
  out:
    from: lines
    kafka: {bootstrap_servers: @ADDRESS@, topic: @OUT@}
"""

ROWS = """
name: @NAME@
state: @STATE@
commit_every: 100 ms
metrics: {listen: "127.0.0.1:@METRICS@"}
sources:
  numbers:
    kafka: {bootstrap_servers: @ADDRESS@, topics: [@IN@]}
    schema: n BIGINT NOT NULL
sinks:
  out:
    from: numbers
    connect:
      url: @WORKER@
      bootstrap_servers: @ADDRESS@
      topic: @OUT@
      start_timeout: @TIMEOUT@
      restarts_max: @RESTARTS@
      config: {connector.class: FileStreamSink, file: @FILE@}
"""
STRING = "value.converter: org.apache.kafka.connect.storage.StringConverter"


class ConnectTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.worker = Worker()
        cls.addClassCleanup(cls.worker.close)

    def setUp(self):
        self.pipeline_name = f"p{uuid.uuid4().hex[:8]}"
        self.metrics_port = free_port()

    def pipeline(self, text, part, **names):
        defaults = {
            "NAME": self.pipeline_name, "WORKER": self.worker.address, "ADDRESS": self.broker.address, "TIMEOUT": "2 min",
            "MORE": STRING, "METRICS": str(self.metrics_port), "IN": self.topic("in"), "OUT": self.topic("out"),
            "RESTARTS": "10",
        }
        self.connector = f"headrace.{self.pipeline_name}.{part}"
        self.addCleanup(self.worker.remove, self.connector)
        pipeline = Pipeline(self, text, **{**defaults, **names})
        # The worker runs in a folder of its own and reads and writes here.
        self.file = pipeline.folder / "lines.json"
        pipeline.file.write_text(pipeline.file.read_text().replace("@FILE@", str(self.file)))
        return pipeline

    def topic(self, name):
        return f"{self.pipeline_name}-{name}"

    def lines(self, **names):
        return self.pipeline(LINES, "lines", **names)

    def append(self, begin, end):
        with open(self.file, "a") as file:
            file.writelines(f'{{"n": {n}}}\n' for n in range(begin, end))

    def received(self):
        return sorted(row["n"] for row in self.broker.rows(self.topic("out")))

    def wait_for(self, count, seconds=120):
        wait_until(self, f"{count} rows", lambda: len(self.received()) >= count, seconds)
        self.assertEqual(self.received(), list(range(count)))

    def started(self):
        wait_until(self, "the run", lambda: metrics(self.metrics_port), 150)

    def command(self, pipeline, *words, status=0):
        done = subprocess.run([HEADRACE, "connect", *words[:1], str(pipeline.file), *words[1:]], capture_output=True, text=True,
                              timeout=200)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    # -- What it is for -----------------------------------------------------------------------------------------------

    def test_lines_of_a_file_become_rows_and_the_connector_stays(self):
        pipeline = self.lines()
        self.append(0, 100)
        with pipeline.running():
            self.started()
            self.wait_for(100)
            self.append(100, 200)
            self.wait_for(200)
            found = metrics(self.metrics_port)
            label = f'connector="{self.connector}"'
            self.assertEqual(found[f'headrace_connect_connector_state{{{label},state="running"}}'], 1)
            self.assertEqual(found[f'headrace_connect_tasks{{{label},state="running"}}'], 1)
        config = self.worker.config(self.connector)
        self.assertEqual(config["headrace.pipeline"], self.pipeline_name)
        self.assertEqual(self.worker.states(self.connector), ["RUNNING", "RUNNING"])
        self.append(200, 250)  # which the connector reads on
        process = pipeline.start("--json")
        self.started()
        self.wait_for(250)
        process.terminate()
        status, report, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertNotIn("the connector", errors)  # neither made nor changed
        self.assertEqual(report["connectors"]["lines"],
                         {"name": self.connector, "state": "running", "tasks": {"running": 1}, "restarts": 0})

    def test_rows_reach_a_file_and_a_changed_configuration_the_connector(self):
        source = self.broker.create("numbers")
        pipeline = self.pipeline(ROWS, "out", IN=source)
        self.broker.produce(source, values([{"n": n} for n in range(50)]))
        with pipeline.running():
            wait_until(self, "50 lines", lambda: self.file.exists() and len(self.file.read_text().splitlines()) == 50, 120)
        # FileStreamSink prints the map of a JSON object as Java does.
        self.assertEqual(sorted(self.file.read_text().splitlines()), sorted(f"{{n={n}}}" for n in range(50)))
        config = self.worker.config(self.connector)
        self.assertEqual(config["topics"], self.topic("out"))
        self.assertEqual(config["consumer.override.isolation.level"], "read_committed")

        other = pipeline.folder / "other.json"
        pipeline.file.write_text(pipeline.file.read_text().replace(str(self.file), str(other)))
        self.broker.produce(source, values([{"n": n} for n in range(50, 60)]))
        process = pipeline.start()
        wait_until(self, "10 lines", lambda: other.exists() and len(other.read_text().splitlines()) == 10, 120)
        process.terminate()
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertIn(f"changed the connector '{self.connector}': file\n", errors)

    def test_ingest_and_process_in_runs_of_their_own(self):
        pipeline = self.lines()
        status, _, errors = pipeline.finish(pipeline.start("--only", "process", "--until-caught-up"))
        self.assertEqual(status, 2, errors)
        self.assertIn("there is no Kafka topic", errors)
        self.assertIsNone(self.worker.config(self.connector))
        pipeline.until_caught_up("--only", "ingest")
        self.append(0, 10)
        wait_until(self, "10 messages", lambda: len(self.broker.read(self.topic("in"))) == 10, 120)
        pipeline.until_caught_up("--only", "process")
        self.assertEqual(self.received(), list(range(10)))

    # -- What it must not touch ---------------------------------------------------------------------------------------

    def test_a_connector_of_somebody_else_is_left_alone(self):
        for owner in (None, "another"):
            pipeline = self.lines()
            foreign = {"connector.class": "FileStreamSource", "file": str(pipeline.folder / "foreign"),
                       "topic": self.topic("foreign"), **({"headrace.pipeline": owner} if owner else {})}
            self.worker.create(self.connector, foreign)
            wait_until(self, "the connector", lambda: self.worker.states(self.connector) == ["RUNNING", "RUNNING"])
            status, _, errors = pipeline.finish(pipeline.start())
            self.assertEqual(status, 2, errors)
            self.assertIn(f"the connector '{self.connector}' at {self.worker.address} belongs to", errors)
            for word in ("pause", "resume", "restart", "remove", "status", "apply"):
                self.assertIn("belongs to", self.command(pipeline, word, status=2))
            self.assertEqual(self.worker.config(self.connector), {**foreign, "name": self.connector})
            self.assertEqual(self.worker.states(self.connector), ["RUNNING", "RUNNING"])
            self.worker.remove(self.connector)

    # -- What goes wrong ----------------------------------------------------------------------------------------------

    def test_a_connector_that_is_deleted_by_hand_is_made_anew_and_goes_on(self):
        pipeline = self.lines()
        self.append(0, 100)
        with pipeline.running():
            self.started()
            self.wait_for(100)
            self.worker.remove(self.connector)
            wait_until(self, "the connector", lambda: self.worker.states(self.connector) == ["RUNNING", "RUNNING"])
            self.append(100, 200)
            self.wait_for(200)

    def test_a_foreign_connector_that_takes_the_name_ends_the_run(self):
        pipeline = self.lines()
        self.append(0, 10)
        process = pipeline.start()
        self.started()
        foreign = {"connector.class": "FileStreamSource", "file": "/dev/null", "topic": self.topic("foreign"),
                   "name": self.connector}
        self.worker.ask("PUT", f"/connectors/{self.connector}/config", foreign)
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 2, errors)
        self.assertIn("belongs to somebody else", errors)
        self.assertEqual(self.worker.config(self.connector), foreign)

    def test_the_worker_dies_and_comes_back(self):
        pipeline = self.lines()
        self.append(0, 100)
        label = f'connector="{self.connector}"'
        with pipeline.running():
            self.started()
            self.wait_for(100)
            self.worker.kill()
            series = f'headrace_connect_connector_state{{{label},state="unreachable"}}'
            wait_until(self, "the metric", lambda: metrics(self.metrics_port).get(series) == 1)
            self.append(100, 200)
            self.worker.start()
            wait_until(self, "the metric", lambda: metrics(self.metrics_port).get(series) == 0, 120)
            # At least once, as FileStreamSource promises: what its offset lagged behind comes again.
            wait_until(self, "all rows", lambda: set(self.received()) == set(range(200)), 120)

    def test_failed_tasks_are_started_again_until_they_run(self):
        source = self.broker.create("numbers")
        pipeline = self.pipeline(ROWS, "out", IN=source)
        folder = pipeline.folder / "later"
        pipeline.file.write_text(pipeline.file.read_text().replace(str(self.file), f"{folder}/lines.json"))
        process = pipeline.start("--json")
        wait_until(self, "a failed task", lambda: (self.worker.states(self.connector) or [])[1:] == ["FAILED"], 120)
        folder.mkdir()
        self.broker.produce(source, values([{"n": 1}]))
        wait_until(self, "a line", lambda: (folder / "lines.json").exists() and (folder / "lines.json").read_text(), 120)
        wait_until(self, "the run", lambda: metrics(self.metrics_port), 60)
        process.terminate()
        status, report, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertGreaterEqual(report["connectors"]["out"]["restarts"], 1)
        self.assertIn("task 0 failed: org.apache.kafka.connect.errors.ConnectException: Couldn't find or create file", errors)

    def test_a_task_that_fails_again_and_again_ends_the_run(self):
        source = self.broker.create("numbers")
        pipeline = self.pipeline(ROWS, "out", IN=source, RESTARTS="2")
        process = pipeline.start()
        self.started()
        # The sink's connector reads what it can't convert; it will never get over it.
        self.broker.produce(self.topic("out"), [{"value": b"no JSON"}])
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 2, errors)
        self.assertIn(f"connector '{self.connector}': task 0 failed: org.apache.kafka.connect.errors.ConnectException", errors)
        self.assertIn("it was started again 2 times in a row", errors)

    def test_a_task_that_does_not_run_in_time_ends_the_start_with_its_reason(self):
        pipeline = self.pipeline(ROWS, "out", IN=self.broker.create("numbers"), TIMEOUT="8 s")
        pipeline.file.write_text(pipeline.file.read_text().replace(str(self.file), f"{pipeline.folder}/none/lines.json"))
        status, _, errors = pipeline.finish(pipeline.start())
        self.assertEqual(status, 2, errors)
        self.assertIn("doesn't run after 8 s: task 0 failed: org.apache.kafka.connect.errors.ConnectException", errors)

    def test_what_the_worker_refuses_is_said_and_secrets_are_not(self):
        secret = "a-password-that-no-log-may-hold"
        for more, reason in (
            (f"{STRING}, errors.retry.timeout: soon, my.password: \"${{SECRET}}\"", "errors.retry.timeout"),
            (f"{STRING}, tasks.max: \"${{SECRET}}\", my.password: \"${{SECRET}}\"", "[hidden]"),
        ):
            pipeline = self.lines(MORE=more)
            status, _, errors = pipeline.finish(pipeline.start("--verbose", environment={"SECRET": secret}))
            self.assertEqual(status, 2, errors)
            self.assertIn(" answered 400: ", errors)
            self.assertIn(reason, errors)
            self.assertNotIn(secret, errors)
            self.assertIsNone(self.worker.config(self.connector))

    def test_a_class_that_the_worker_has_not(self):
        pipeline = self.lines()
        pipeline.file.write_text(pipeline.file.read_text().replace("FileStreamSource", "NoSuchSource"))
        status, _, errors = pipeline.finish(pipeline.start())
        self.assertEqual(status, 2, errors)
        self.assertIn(f"the worker at {self.worker.address} has no connector 'NoSuchSource'", errors)
        self.assertIn("org.apache.kafka.connect.file.FileStreamSourceConnector", errors)

    def test_no_worker(self):
        pipeline = self.lines(TIMEOUT="2 s", WORKER=f"http://127.0.0.1:{free_port()}")
        status, _, errors = pipeline.finish(pipeline.start())
        self.assertEqual(status, 1, errors)
        self.assertIn("doesn't run after 2 s: Kafka Connect: ", errors)

    def test_a_start_that_waits_can_be_stopped(self):
        pipeline = self.lines(WORKER=f"http://127.0.0.1:{free_port()}")
        process = pipeline.start()
        time.sleep(3)
        process.terminate()
        status, _, errors = pipeline.finish(process, 30)
        self.assertEqual(status, 0, errors)

    # -- headrace connect ---------------------------------------------------------------------------------------------

    def test_the_command(self):
        pipeline = self.lines()
        self.assertIn("missing", self.command(pipeline, "status"))
        self.assertIn("there is no connector", self.command(pipeline, "pause", status=2))
        self.assertIn("is there and runs", self.command(pipeline, "apply"))
        self.assertEqual(self.worker.states(self.connector), ["RUNNING", "RUNNING"])
        self.command(pipeline, "pause", "lines")
        wait_until(self, "the pause", lambda: self.worker.states(self.connector) == ["PAUSED", "PAUSED"])
        found = json.loads(self.command(pipeline, "status", "--json"))
        self.assertEqual((found["part"], found["state"], found["tasks"]), ("lines", "paused", {"paused": 1}))
        # A run leaves it paused and says so.
        self.append(0, 10)
        process = pipeline.start()
        self.started()
        self.assertEqual(self.worker.states(self.connector), ["PAUSED", "PAUSED"])
        self.command(pipeline, "resume")
        self.wait_for(10)
        process.terminate()
        status, _, errors = pipeline.finish(process)
        self.assertEqual(status, 0, errors)
        self.assertIn("is paused and stays so", errors)
        self.assertIn("is started again", self.command(pipeline, "restart"))
        wait_until(self, "the restart", lambda: self.worker.states(self.connector) == ["RUNNING", "RUNNING"])
        self.assertIn("no source or sink 'lin' has a connector", self.command(pipeline, "remove", "lin", status=2))
        self.assertIn("is removed", self.command(pipeline, "remove"))
        self.assertIsNone(self.worker.config(self.connector))
        self.assertIn("is removed", self.command(pipeline, "remove"))

    def test_a_connector_whose_source_left_the_file(self):
        pipeline = self.lines()
        self.append(0, 1)
        self.assertIn("is there and runs", self.command(pipeline, "apply"))
        pipeline.file.write_text(pipeline.file.read_text().replace("  lines:", "  others:").replace("from: lines", "from: others"))
        other = self.connector.replace(".lines", ".others")
        self.addCleanup(self.worker.remove, other)
        self.assertIn("is there and runs", self.command(pipeline, "apply"))
        gone = [line for line in self.command(pipeline, "status").splitlines() if "no longer in the file" in line]
        self.assertEqual(len(gone), 1)
        self.assertRegex(gone[0], rf"^lines +running .*{re.escape(self.connector)} ")
        self.command(pipeline, "pause", "lines")
        wait_until(self, "the pause", lambda: self.worker.states(self.connector) == ["PAUSED", "PAUSED"])
        self.assertEqual(self.worker.states(other), ["RUNNING", "RUNNING"])
        self.assertIn("is removed", self.command(pipeline, "remove", "lines"))
        self.assertIsNone(self.worker.config(self.connector))
        self.assertIsNotNone(self.worker.config(other))


if __name__ == "__main__":
    unittest.main(verbosity=2)

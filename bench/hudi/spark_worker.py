"""Spark with Hudi, one step at a time: reads a JSON object a line, runs that step, and answers with its measurement.

    {"step": "write", "operation": "upsert", "folder": ..., "path": ..., "options": {...}}
    {"step": "read" | "compact", "folder": ..., "options": {...}}
    {"step": "commits", "folder": ..., "path": ..., "rows": ..., "count": ..., "options": {...}}
"""
import dataclasses
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/hudi"))
from spark_session import CONF, spark_session  # continues in the Python that has PySpark

from measurement import Measurement, cpu_seconds, peak_mib

CONF["spark.ui.showConsoleProgress"] = "false"
CONF["spark.driver.memory"] = os.environ["BENCH_SPARK_MEMORY"]
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what the JVM prints is no answer


class Worker:
    def __init__(self):
        self.spark = spark_session()
        self.pids = [os.getpid(), self.spark.sparkContext._gateway.proc.pid]

    def write(self, folder, path, operation, options, limit=None):
        frame = self.spark.read.parquet(path)
        frame = frame if limit is None else frame.limit(limit)
        settings = {**options, "hoodie.datasource.write.operation": operation}
        frame.write.format("hudi").options(**settings).mode("append").save(folder)

    def load(self, folder, options):
        keep = {key: value for key, value in options.items() if key == "hoodie.metadata.enable"}
        return self.spark.read.format("hudi").options(**keep).load(folder)

    def read(self, folder, options):
        """Every row and column, to nowhere; the count isn't measured."""
        self.load(folder, options).write.format("noop").mode("overwrite").save()

    def compact(self, folder, options):
        settings = ",".join(f"{key}={value}" for key, value in options.items() if value)
        self.spark.sql(f"CALL run_compaction(op => 'scheduleAndExecute', path => '{folder}', options => '{settings}')").collect()

    def commits(self, folder, path, rows, count, options):
        """Commits of `rows` rows, each begun a second after the one before, or at once where that took longer."""
        times, due = [], time.monotonic()
        for _ in range(count):
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + 1, time.monotonic())
            started = time.monotonic()
            self.write(folder, path, "upsert", options, rows)
            times.append((time.monotonic() - started) * 1000)
        return times

    def run(self, step, **arguments):
        cpu, wall = sum(map(cpu_seconds, self.pids)), time.monotonic()
        times = getattr(self, step)(**arguments) or []
        wall, cpu = time.monotonic() - wall, sum(map(cpu_seconds, self.pids)) - cpu
        rows = len(times) * arguments.get("rows", 0)
        if "path" in arguments and not times:
            rows = self.spark.read.parquet(arguments["path"]).count()
        elif step in ("read", "compact"):
            rows = self.load(arguments["folder"], arguments["options"]).count()
        return Measurement(rows, wall, cpu, peak_mib(self.pids[1]), commit_ms=times)


def main():
    worker = Worker()
    for line in sys.stdin:
        answers.write(json.dumps(dataclasses.asdict(worker.run(**json.loads(line)))) + "\n")
    worker.spark.stop()


if __name__ == "__main__":
    main()

"""Spark's steps: Structured Streaming in micro-batches, all of them in one JVM (local[cores])."""
import json
import os
import pathlib
import subprocess
import sys

from measurement import measured


class SparkSide:
    def __init__(self, folder, bench):
        self.bench = bench
        self.process = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name("spark_worker.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=open(pathlib.Path(folder) / "spark.log", "a", encoding="utf-8"),
            env={**os.environ, "BENCH_FOLDER": str(folder), "BENCH_JARS": bench.jars["spark"]},
        )

    def run(self, query, sink=None):
        found = []
        step = {"sql": query.statement("spark"), "address": self.bench.address, "topic": self.bench.topic, "out": sink}
        with measured(self.process.pid, self.bench.events, found):
            self.process.stdin.write(json.dumps(step) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"bench-peers: error: {query.name}: Spark ended; see spark.log")
        error = json.loads(answer)["error"]
        if error:
            print(f"{query.name}: Spark refuses: {error}", file=sys.stderr)
            return None
        return found[0]

    def to_kafka(self, query, topic):
        return self.run(query, topic)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

"""`make bench-peers`: headrace, Flink and Spark run the same Nexmark queries over the same topic of the same broker.
Settings by environment:
  EVENTS (2000000)      of the generator (`nexmark:` source), in a topic of PARTITIONS (2)
  QUERIES               such as "q0 q5"; all that headrace runs
  ENGINES               of: headrace in-process flink-heap flink-rocksdb spark; all
  PASSES (2)            of each query; the JVMs' first pass warms them up, their last one counts, of headrace the slowest
  EVENTS_PER_SECOND (10000)   of event time; SEED (1)
The broker is one of the run's own (HEADRACE_KAFKA_PORT); it shares the machine, so look at events per CPU second: of an
engine's own processes, the broker's not among them.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from flink_side import FlinkSide
from headrace_side import HeadraceSide
from nexmark import Query, names
from report import report
from spark_side import SparkSide

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ("headrace", "in-process")
ENGINES = (*OURS, "flink-heap", "flink-rocksdb", "spark")
# Nothing takes longer; what does is stuck.
STEP_SECONDS = 1200
# q0 once more, from Kafka to Kafka.
TO_KAFKA = "q0"


def log(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    """What all sides know."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.events = int(os.environ.get("EVENTS") or 2_000_000)
        self.partitions = int(os.environ.get("PARTITIONS") or 2)
        self.events_per_second = int(os.environ.get("EVENTS_PER_SECOND") or 10_000)
        self.seed = int(os.environ.get("SEED") or 1)
        self.passes = int(os.environ.get("PASSES") or 2)
        self.queries = [Query(name) for name in (os.environ.get("QUERIES") or " ".join(names())).split()]
        self.engines = (os.environ.get("ENGINES") or " ".join(ENGINES)).split()
        self.topic = "nexmark"
        self.jars = {"flink": os.environ["BENCH_FLINK_JARS"], "spark": os.environ["BENCH_SPARK_JARS"]}
        self.address = None
        self.topics = 0
        unknown = set(self.engines) - set(ENGINES)
        if unknown:
            raise SystemExit(f"bench-peers: error: no engine '{', '.join(unknown)}'; there are {', '.join(ENGINES)}")

    def fill(self):
        log(f"filling a topic with {self.events} events ...")
        settings = (self.address, self.topic, self.partitions, self.events, self.seed, self.events_per_second)
        subprocess.run([ROOT / "build/release/bin/nexmark_fill", *map(str, settings)], check=True)

    def side(self, engine):
        if engine in OURS:
            return HeadraceSide(self.folder, self)
        if engine == "spark":
            return SparkSide(self.folder, self)
        return FlinkSide(self.folder, self, {"flink-heap": "hashmap", "flink-rocksdb": "rocksdb"}[engine])

    def measure(self, engine):
        """{(query, sink): the measurement that counts}"""
        found, side = {}, self.side(engine)
        section = "headrace" if engine == "in-process" else engine.split("-")[0]
        try:
            for query in self.queries:
                if query.statement(section) is None:
                    continue
                found[query.name, "nothing"] = self.passes_of(
                    engine, query, side.in_process if engine == "in-process" else side.run
                )
                if query.name == TO_KAFKA and engine != "in-process":
                    found[query.name, "Kafka"] = self.passes_of(engine, query, lambda query: side.to_kafka(query, self.out()))
        finally:
            side.stop()
        return found

    def out(self):
        self.topics += 1
        return f"out-{self.topics}"

    def passes_of(self, engine, query, step):
        measured = []
        for number in range(self.passes):
            signal.alarm(STEP_SECONDS)
            measured.append(step(query))
            signal.alarm(0)
            if measured[-1] is None:
                return None
            log(f"{engine} {query.name}, pass {number + 1}: {measured[-1].per_cpu_s / 1000:.0f} k events a CPU second")
        return min(measured, key=lambda one: one.per_cpu_s) if engine in OURS else measured[-1]


def give_up(number, _):
    raise SystemExit(f"bench-peers: error: {'a step took too long' if number == signal.SIGALRM else 'ended from outside'}")


def main():
    signal.signal(signal.SIGALRM, give_up)
    signal.signal(signal.SIGTERM, give_up)
    with tempfile.TemporaryDirectory(prefix="headrace-bench-peers-") as folder:
        bench = Bench(folder)
        service = ROOT / "services/kafka"
        environment = {
            **os.environ,
            "HEADRACE_KAFKA_HEAP": os.environ.get("HEADRACE_KAFKA_HEAP", "768m"),
            "HEADRACE_KAFKA_SETTINGS": f"auto.create.topics.enable=true\nnum.partitions={bench.partitions}",
        }
        bench.address = subprocess.run(
            [service, "start", folder], check=True, stdout=subprocess.PIPE, text=True, env=environment
        ).stdout.split()[-1]
        try:
            bench.fill()
            report(bench, {engine: bench.measure(engine) for engine in ENGINES if engine in bench.engines})
        finally:
            subprocess.run([service, "stop", folder], check=False)


if __name__ == "__main__":
    main()

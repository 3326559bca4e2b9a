"""`make bench-kafka`: librdkafka alone and headrace read the same topic of the same broker, turn by turn. Settings by
environment: ROWS, PASSES, SECONDS (of the latency run at 10,000 records a second; 0: without it), PARTITIONS. The broker
is one of the run's own (HEADRACE_KAFKA_PORT); it shares the machine, so look at CPU seconds before records a second.
"""
import dataclasses
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from confluent_kafka.admin import AdminClient, NewTopic

ROWS = int(os.environ.get("ROWS") or 3_000_000)
PASSES = int(os.environ.get("PASSES") or 3)
SECONDS = int(os.environ.get("SECONDS") or 20)
PARTITIONS = int(os.environ.get("PARTITIONS") or 2)
RATE = 10_000
ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADRACE = ROOT / "build/release/bin/headrace"
TOOL = ROOT / "build/release/bin/kafka_bench"

PIPELINE = """
name: bench
state: {state}
commit_every: {every}
metrics: {{listen: "off"}}
sources:
  bids:
    kafka: {{bootstrap_servers: "{address}", topics: [{topic}]}}
    schema: auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, sent BIGINT, extra STRING
views:
  dear:
    sql: SELECT auction, bidder, price * 0.908 AS euros, sent FROM bids WHERE price >= {least}
sinks:
  out:
    from: dear
    {sink}
"""


@dataclasses.dataclass
class Measurement:
    wall_s: float
    cpu_s: float
    peak_mib: float

    @property
    def cpu_per_million(self):
        return self.cpu_s / ROWS * 1e6


def log(text):
    print(text, file=sys.stderr, flush=True)


def measure(*command):
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bench-kafka: error: {command[0]} ended with {process.returncode}")
    wall = time.monotonic() - started
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), output


class Bench:
    def __init__(self, folder, address):
        self.folder, self.address = pathlib.Path(folder), address
        self.admin = AdminClient({"bootstrap.servers": address})
        self.runs = 0

    def create(self, name):
        self.admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(60)
        return name

    def pipeline(self, topic, sink, least, every):
        self.runs += 1
        file = self.folder / f"{self.runs}.yaml"
        file.write_text(PIPELINE.format(state=self.folder / f"state-{self.runs}", address=self.address, topic=topic,
                                        sink=sink, least=least, every=every))
        return file

    def kafka_sink(self):
        out = self.create(f"out-{self.runs}")
        return out, f'kafka: {{bootstrap_servers: "{self.address}", topic: {out}, partitions: {PARTITIONS}}}'

    def raw(self):
        return measure(TOOL, "consume", self.address, "bids", ROWS)[0]

    def headrace(self, sink, least):
        file = self.pipeline("bids", sink, least, "1 s")
        measured, output = measure(HEADRACE, "run", file, "--until-caught-up", "--json")
        report = json.loads(output.splitlines()[-1])
        if report["records_processed"] != ROWS:
            raise SystemExit(f"bench-kafka: error: {report['records_processed']} of {ROWS} records were processed")
        return measured

    def latency(self):
        """Milliseconds from the sending of a record to the reading of what was made of it: p50, p99, the longest; and
        the CPU seconds of headrace per second."""
        into, (out, sink) = self.create("live"), self.kafka_sink()
        process = subprocess.Popen([HEADRACE, "run", self.pipeline(into, sink, 0, "50 ms")], stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        try:
            time.sleep(3)
            output = subprocess.run([TOOL, "latency", self.address, into, out, str(RATE), str(SECONDS)], check=True,
                                    stdout=subprocess.PIPE, text=True).stdout
        finally:
            process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        return [float(word) for word in output.split()], (usage.ru_utime + usage.ru_stime) / SECONDS


def median(measurements, value):
    return statistics.median(value(measured) for measured in measurements)


def main():
    with tempfile.TemporaryDirectory(prefix="headrace-bench-kafka-") as folder:
        service = ROOT / "services/kafka"
        environment = {**os.environ, "HEADRACE_KAFKA_HEAP": os.environ.get("HEADRACE_KAFKA_HEAP", "768m")}
        address = subprocess.run([service, "start", folder], check=True, stdout=subprocess.PIPE, text=True,
                                 env=environment).stdout.split()[-1]
        try:
            report(Bench(folder, address))
        finally:
            subprocess.run([service, "stop", folder], check=False)


def report(bench):
    bench.create("bids")
    log(f"producing {ROWS} records ...")
    subprocess.run([TOOL, "produce", bench.address, "bids", str(ROWS)], check=True)
    steps = {
        "librdkafka alone": bench.raw,
        "headrace, filter and project, blackhole": lambda: bench.headrace("blackhole:", 500_000),
        "headrace, filter and project, Kafka (half)": lambda: bench.headrace(bench.kafka_sink()[1], 500_000),
        "headrace, project, Kafka (all)": lambda: bench.headrace(bench.kafka_sink()[1], 0),
    }
    found = {name: [] for name in steps}
    for number in range(PASSES):
        for name, step in steps.items():
            log(f"pass {number + 1} of {PASSES}: {name} ...")
            found[name].append(step())
    print(f"{ROWS} records of some 200 bytes of JSON, {PARTITIONS} partitions, lz4; median of {PASSES} passes; "
          f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'':44}{'k records/s':>14}{'CPU s per M':>14}{'k per CPU s':>14}{'peak MiB':>10}")
    for name, measured in found.items():
        cpu = median(measured, lambda m: m.cpu_per_million)
        print(f"{name:44}{ROWS / median(measured, lambda m: m.wall_s) / 1000:14.0f}{cpu:14.2f}{1000 / cpu:14.0f}"
              f"{median(measured, lambda m: m.peak_mib):10.0f}")
    if SECONDS:
        (p50, p99, longest), cpu = bench.latency()
        print(f"\nlatency, Kafka to Kafka, {RATE} records/s for {SECONDS} s, an epoch each 50 ms: p50 {p50:.0f} ms, "
              f"p99 {p99:.0f} ms, longest {longest:.0f} ms; {cpu:.2f} cores")
    raw, *others = (median(measured, lambda m: m.cpu_per_million) for measured in found.values())
    print("CPU against librdkafka alone: " + ", ".join(
        f"{name} {other / raw:.1f} x" for name, other in zip(("to nothing", "half to Kafka", "all to Kafka"), others)))


if __name__ == "__main__":
    main()

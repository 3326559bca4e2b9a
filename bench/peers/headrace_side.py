"""headrace's steps: each a whole process, from start to end."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

import nexmark
from measurement import Measurement

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADRACE = ROOT / "build/release/bin/headrace"


class HeadraceSide:
    def __init__(self, folder, bench):
        self.folder, self.bench, self.runs = pathlib.Path(tempfile.mkdtemp(dir=folder)), bench, 0

    def run(self, query, sink="blackhole:"):
        return self.process(query, nexmark.from_kafka(self.bench.address, self.bench.topic), sink)

    def in_process(self, query):
        bench = self.bench
        return self.process(query, nexmark.generated(bench.events, bench.seed, bench.events_per_second), "blackhole:")

    def to_kafka(self, query, topic):
        return self.run(query, f'kafka: {{bootstrap_servers: "{self.bench.address}", topic: {topic}}}')

    def process(self, query, source, sink):
        self.runs += 1
        file = self.folder / f"{query.name}-{self.runs}.yaml"
        file.write_text(query.pipeline(self.folder / f"state-{self.runs}", source, sink))
        started = time.monotonic()
        process = subprocess.Popen(
            [HEADRACE, "run", file, "--until-caught-up", "--json"], stdout=subprocess.PIPE, text=True
        )
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"bench-peers: error: {query.name}: headrace ended with {process.returncode}")
        report = json.loads(output.splitlines()[-1])
        if report["records_processed"] != self.bench.events:
            raise SystemExit(f"bench-peers: error: {query.name}: {report['records_processed']} events were processed")
        if report["records_late"]:
            raise SystemExit(f"bench-peers: error: {query.name}: {report['records_late']} rows were late")
        return Measurement(self.bench.events, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def stop(self):
        pass

"""Spark's steps, in one JVM: the first pass over them warms it up."""
import json
import os
import subprocess
import sys

from measurement import Measurement


def options(buckets, metadata):
    """How Spark writes: the same kind of table as headrace, no more tasks than cores."""
    return {
        "hoodie.table.name": "events",
        "hoodie.datasource.write.table.type": "MERGE_ON_READ",
        "hoodie.datasource.write.recordkey.field": "id",
        "hoodie.datasource.write.partitionpath.field": "",
        "hoodie.datasource.write.keygenerator.class": "org.apache.hudi.keygen.NonpartitionedKeyGenerator",
        "hoodie.datasource.write.precombine.field": "updated",
        "hoodie.write.table.version": "8",
        "hoodie.index.type": "BUCKET",
        "hoodie.bucket.index.num.buckets": str(buckets),
        "hoodie.metadata.enable": "true" if metadata else "false",
        "hoodie.bulkinsert.shuffle.parallelism": "2",
        "hoodie.insert.shuffle.parallelism": "2",
        "hoodie.upsert.shuffle.parallelism": "2",
        "hoodie.parquet.compression.codec": "zstd",
        "hoodie.logfile.data.block.format": "parquet",
        "hoodie.compact.inline": "false",
        "hoodie.compact.inline.max.delta.commits": "1",  # when a compaction is asked for
    }


class SparkSide:
    def __init__(self, buckets, memory):
        self.buckets, self.metadata = buckets, True
        worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spark_worker.py")
        self.process = subprocess.Popen([sys.executable, worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "BENCH_SPARK_MEMORY": memory})

    def run(self, step, **arguments):
        arguments["options"] = options(self.buckets, self.metadata)
        self.process.stdin.write(json.dumps({"step": step, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"bench-hudi: error: Spark ended in step '{step}'\n  what it said is above")
        return Measurement(**json.loads(answer))

    def write(self, folder, path, operation):
        return self.run("write", folder=folder, path=path, operation=operation)

    def append(self, folder, path):
        return self.write(folder, path, "bulk_insert")

    def insert(self, folder, path):
        return self.write(folder, path, "insert")

    def upsert(self, folder, path):
        return self.write(folder, path, "upsert")

    def read(self, folder):
        return self.run("read", folder=folder)

    def compact(self, folder):
        return self.run("compact", folder=folder)

    def commits(self, folder, path, rows, count):
        return self.run("commits", folder=folder, path=path, rows=rows, count=count)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

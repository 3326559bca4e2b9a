"""headrace's steps: each is a process of its own, measured from its start to its end."""
import pyarrow as pa

import measurement


class HeadraceSide:
    def __init__(self, program, buckets):
        self.program, self.buckets = program, str(buckets)

    def run(self, *arguments):
        measured, lines = measurement.run([self.program, *arguments])
        measured.rows, peak_kib = map(int, lines[-1].split())
        measured.peak_mib = peak_kib / 1024
        measured.commit_ms = [float(line) for line in lines[:-1]]
        return measured

    def append(self, folder, path):
        return self.run("upsert", folder, self.buckets, path)

    upsert = append

    def read(self, folder):
        return self.run("read", folder)

    def compact(self, folder):
        return self.run("compact", folder)

    def rows_of(self, folder):
        path = folder + ".arrow"
        self.run("read", folder, path)
        with pa.memory_map(path) as file:
            return pa.ipc.open_file(file).read_all()

    def commits(self, folder, path, rows, count):
        return self.run("commits", folder, self.buckets, path, str(rows), str(count))

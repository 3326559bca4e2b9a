"""Reads tables by hudi-rs, for tests that run in a Python without that package: a process of its own, in HEADRACE_READERS,
that takes the folder of a table a line, writes its rows into an Arrow IPC file and answers with what went wrong, or nothing.
"""
import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.ipc


class Refused(Exception):
    """What hudi-rs says of a table that it doesn't read."""


class HudiRs:
    def __init__(self, scratch):
        self.path = f"{scratch}/hudi_rs.arrow"
        self.process = subprocess.Popen([os.environ["HEADRACE_READERS"], __file__, self.path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def close(self):
        self.process.communicate()

    def read(self, folder):
        print(folder, file=self.process.stdin, flush=True)
        error = json.loads(self.process.stdout.readline())
        if error:
            raise Refused(error)
        return pa.ipc.open_file(self.path).read_all().to_pylist()


def copy_rows(folder, path):
    from hudi import HudiTableBuilder

    batches = HudiTableBuilder.from_base_uri(folder).build().read()
    table = pa.Table.from_batches(batches) if batches else pa.table({})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            copy_rows(line.rstrip("\n"), sys.argv[1])
            print('""', flush=True)
        except Exception as error:
            print(json.dumps(str(error) or repr(error)), flush=True)

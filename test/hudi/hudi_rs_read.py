"""Writes the rows of the table in a folder, as hudi-rs reads them, into an Arrow IPC file: hudi_rs_read.py FOLDER FILE.
For tests that run in a Python without the package; HEADRACE_READERS is one that has it."""
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.ipc


def read_by_hudi_rs(folder, scratch):
    path = f"{scratch}/hudi_rs.arrow"
    subprocess.run([os.environ["HEADRACE_READERS"], __file__, folder, path], check=True)
    return pa.ipc.open_file(path).read_all().to_pylist()


if __name__ == "__main__":
    from hudi import HudiTableBuilder

    batches = HudiTableBuilder.from_base_uri(sys.argv[1]).build().read()
    table = pa.Table.from_batches(batches) if batches else pa.table({})
    with pa.ipc.new_file(sys.argv[2], table.schema) as writer:
        writer.write_table(table)

"""`make bench-hudi`: headrace and Apache Spark with Hudi do the same work on the same rows, and every table is read by
hudi-rs and compared with what it must hold. Settings by environment: ROWS, BUCKETS, COMMITS (seconds of one commit a second),
SEED, SPARK_MEMORY, SPARK_PASSES (how many of Spark's passes: cold, warm, warm without its metadata table); FOLDER is where
the tables go."""
import dataclasses
import os
import shutil
import sys
import tempfile

import pyarrow as pa
from hudi import HudiTableBuilder

import inputs
import report
from headrace_side import HeadraceSide
from spark_side import SparkSide

ROWS = int(os.environ.get("ROWS") or 1_000_000)
BUCKETS = int(os.environ.get("BUCKETS") or 4)
COMMITS = int(os.environ.get("COMMITS") or 60)
SEED = int(os.environ.get("SEED") or 42)
SPARK_PASSES = int(os.environ.get("SPARK_PASSES") or 3)
SPARK_MEMORY = os.environ.get("SPARK_MEMORY") or ("4g" if ROWS <= 2_000_000 else "8g")
SPARK = [("Spark, cold", 0, True), ("Spark, warm", COMMITS, True), ("Spark, no metadata table", 0, False)]
COMMIT_ROWS = min(1000, ROWS // 100)


def log(text):
    print(text, file=sys.stderr, flush=True)


def write_inputs(folder):
    """Parquet files: all rows; a tenth and all of them again, newer; and for a table of a tenth of the size, that tenth
    and some of its rows again, newest of all."""
    def path(name):
        return os.path.join(folder, name + ".parquet")
    return {"all": inputs.write(path("all"), ROWS, 1, SEED, 1), "tenth": inputs.write(path("tenth"), ROWS, 10, SEED, 2),
            "again": inputs.write(path("again"), ROWS, 1, SEED, 3), "less": inputs.write(path("less"), ROWS // 10, 1, SEED, 1),
            "few": inputs.write(path("few"), ROWS // 10, 10, SEED, 4)}


def on_disk(folder, name, table):
    """The table, mapped from a file: it needn't be in memory while others are measured."""
    path = os.path.join(folder, name + ".arrow")
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    return pa.ipc.open_file(pa.memory_map(path)).read_all()


def write_expected(folder, files):
    """What the tables must hold, by the names of the steps' inputs."""
    merged = {"tenth": ["all", "tenth"], "few": ["again", "few"], "less": ["less", "few"]}
    return {name: on_disk(folder, name, inputs.upserted([files[part] for part in parts])) for name, parts in merged.items()}


def check(what, rows, expected):
    if not inputs.in_order(rows).equals(expected):
        raise SystemExit(f"bench-hudi: error: {what} doesn't hold the rows that were written: {rows.num_rows} rows, "
                         f"{expected.num_rows} expected\n  the rows' values differ where the numbers agree")


def check_table(what, folder, expected):
    check(what, pa.Table.from_batches(HudiTableBuilder.from_base_uri(folder).build().read()), expected)


def data_bytes(folder):
    return sum(entry.stat().st_size for entry in os.scandir(folder) if ".log." in entry.name or entry.name.endswith(".parquet"))


def one_pass(side, name, folder, files, expected, commits):
    """The measurement of each step of a pass, by the step's name."""
    log(f"{name} ...")
    table, less = os.path.join(folder, "table"), os.path.join(folder, "less")
    steps = {}

    def keep(step, measured):
        steps[step] = measured
        log(f"  {step}: {report.cell(step, measured)}")

    keep("append", side.append(table, files["all"]))
    if hasattr(side, "insert"):
        keep("append by insert", side.insert(os.path.join(folder, "insert"), files["all"]))
    keep("upsert 10 %", side.upsert(table, files["tenth"]))
    keep("read", side.read(table))
    check_table(f"{name}, upsert of 10 %", table, expected["tenth"])
    if hasattr(side, "rows_of"):
        check(f"{name}, its own reader", side.rows_of(table), expected["tenth"])
    keep("upsert 100 %", side.upsert(table, files["again"]))
    megabytes = data_bytes(table) / 1e6
    keep("compaction", dataclasses.replace(side.compact(table), megabytes=megabytes))
    keep("upsert 1 %", side.upsert(table, files["few"]))
    check_table(f"{name}, upsert of 100 % and 1 %", table, expected["few"])
    side.append(less, files["less"])
    keep("the same, table of a tenth", side.upsert(less, files["few"]))
    if commits:
        keep("one commit a second", side.commits(less, files["few"], COMMIT_ROWS, commits))
    check_table(f"{name}, small commits", less, expected["less"])
    shutil.rmtree(folder)
    return steps


def main():
    folder = tempfile.mkdtemp(prefix="headrace-bench-hudi-", dir=os.environ.get("FOLDER"))
    try:
        print(report.setting(ROWS, BUCKETS, COMMITS, COMMIT_ROWS, SEED, SPARK_MEMORY, folder), flush=True)
        log("making the rows ...")
        files = write_inputs(folder)
        expected = write_expected(folder, files)
        headrace = HeadraceSide(sys.argv[1], BUCKETS)
        passes = {}

        def run(side, name, commits=0):
            passes[name] = one_pass(side, name, os.path.join(folder, "pass"), files, expected, commits)

        run(headrace, "headrace")
        spark = SparkSide(BUCKETS, SPARK_MEMORY)
        for name, commits, spark.metadata in SPARK[:SPARK_PASSES]:
            run(spark, name, commits)
        spark.stop()
        run(headrace, "headrace, again", COMMITS)
        print(report.table(passes))
        if SPARK_PASSES:
            print(report.ratios(passes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""What `make bench-hudi` prints."""
import os
import platform
import statistics
import subprocess

from spark_side import options

SIDES = ("headrace", "Spark")


def first_line(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return (done.stdout.splitlines() or ["?"])[0]
    except OSError:
        return "?"


def setting(rows, buckets, commits, commit_rows, seed, memory, folder):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.partition(": ")[2].strip() for line in file if line.startswith("model name")), platform.machine())
    spark = ", ".join(f"{key}={value}" for key, value in options(buckets, True).items() if value)
    return "\n".join([
        f"machine: {os.cpu_count()} cores, {model}, load {os.getloadavg()[0]:.1f}, commit {first_line('git', 'rev-parse', '--short', 'HEAD')}",
        f"rows: {rows} of some 200 bytes, string key, seed {seed}; {buckets} buckets, merge-on-read, version 8, not partitioned, in {os.path.dirname(folder)}",
        f"commits: one a second for {commits} s, {commit_rows} rows each",
        "headrace: one process a step on one thread, measured from start to end with the reading of its input; every file is synced",
        f"Spark: 3.5.9, Hudi 1.2.0, local[2], {memory}, {first_line('java', '-version')}; nothing is synced; {spark}",
    ])


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * percent // 100)]


def cell(step, measured):
    """Thousands of rows (megabytes for a compaction) per CPU second and per second."""
    if measured is None:
        return "-"
    if measured.megabytes:
        return f"{measured.megabytes / measured.cpu_s:.0f} / {measured.megabytes / measured.wall_s:.0f} MB"
    if measured.commit_ms:
        return f"{percentile(measured.commit_ms, 50):.0f} / {percentile(measured.commit_ms, 99):.0f} ms"
    if step in ("upsert 1 %", "the same, table of a tenth"):
        return f"{measured.cpu_s:.2f} s CPU"
    return f"{measured.rows_per_cpu_s / 1000:.0f} / {measured.rows_per_wall_s / 1000:.0f} k"


def table(passes):
    names = list(passes)
    steps = list(dict.fromkeys(step for measured in passes.values() for step in measured))
    lines = [["k rows (or MB) a CPU second / a second; commits: p50 / p99"] + names]
    for step in steps:
        lines.append([step] + [cell(step, passes[name].get(step)) for name in names])
    lines.append(["CPU of one of these commits"] + [
        f"{commits.cpu_s / len(commits.commit_ms) * 1000:.0f} ms" if commits else "-"
        for commits in (passes[name].get("one commit a second") for name in names)])
    lines.append(["peak memory"] + [f"{max(m.peak_mib for m in passes[name].values()):.0f} MiB" for name in names])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines) + \
        f"\nload at the end: {os.getloadavg()[0]:.1f}; every table was read by hudi-rs and holds the expected rows"


def ratio(passes, ours, theirs):
    """headrace's slower pass against Spark's fastest, in rows per CPU second."""
    slowest = min(m[step].rows_per_cpu_s for name, m in passes.items() if name.startswith(SIDES[0]) for step in ours)
    fastest = max(m[step].rows_per_cpu_s for name, m in passes.items() if name.startswith(SIDES[1]) for step in theirs if step in m)
    return slowest / fastest


def ratios(passes):
    append = ratio(passes, ["append"], ["append", "append by insert"])
    upsert = min(ratio(passes, [step], [step]) for step in ("upsert 10 %", "upsert 100 %"))
    read = ratio(passes, ["read"], ["read"])
    return f"append {append:.1f} x Spark, upsert {upsert:.1f} x Spark, read {read:.1f} x Spark"

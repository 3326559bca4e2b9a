"""What one step cost: rows, seconds of wall and of CPU (user and system, with children), milliseconds of each commit."""
import dataclasses
import os
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Measurement:
    rows: int
    wall_s: float
    cpu_s: float
    peak_mib: float = 0.0
    megabytes: float = 0.0  # of data files that a compaction reads
    commit_ms: list = dataclasses.field(default_factory=list)

    @property
    def rows_per_cpu_s(self):
        return self.rows / self.cpu_s

    @property
    def rows_per_wall_s(self):
        return self.rows / self.wall_s


def run(command):
    """Runs a process to its end: its measurement, without rows and memory, and the lines that it printed."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bench-hudi: error: '{' '.join(command)}' ended with {process.returncode}")
    return Measurement(0, wall, usage.ru_utime + usage.ru_stime), output.splitlines()


def cpu_seconds(pid):
    """User and system time of a running process, by /proc (Linux)."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

"""What a step cost: CPU seconds of a process and of all below it, by /proc (Linux), wall seconds, peak memory."""
import contextlib
import dataclasses
import os
import pathlib
import time

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Measurement:
    events: int
    wall_s: float
    cpu_s: float
    peak_mib: float

    @property
    def per_cpu_s(self):
        return self.events / self.cpu_s

    @property
    def per_wall_s(self):
        return self.events / self.wall_s


def family(pid):
    """The process and all below it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    members, grown = {pid}, True
    while grown:
        found = {child for child, parent in parents.items() if parent in members}
        grown = not found <= members
        members |= found
    return members


def cpu_seconds(pid):
    """User and system time of a process, of all below it, and of those below it that have ended."""
    ticks = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def resident_mib(pid, what="VmHWM"):
    """The most memory that the process and those below it held at any time, each for itself, since reset_peak()."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError, StopIteration):
            lines = pathlib.Path(f"/proc/{member}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith(what))
    return total / 1024


def reset_peak(pid):
    for member in family(pid):
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{member}/clear_refs").write_text("5")


@contextlib.contextmanager
def measured(pid, events, into):
    """Measures a step of a process that goes on; appends a Measurement to `into`."""
    reset_peak(pid)
    cpu, wall = cpu_seconds(pid), time.monotonic()
    yield
    wall, cpu = time.monotonic() - wall, cpu_seconds(pid) - cpu
    into.append(Measurement(events, wall, cpu, resident_mib(pid)))

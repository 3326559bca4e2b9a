"""A table that headrace writes and serves, and may be killed at, with the history of what it must hold.

Environment (set by ctest): HEADRACE, the program, and HEADRACE_HUDI_TABLE_TOOL.
"""
import json
import os
import re

from histories import Killed, read_by_headrace, run, serve_by_headrace
from hudi_rs_read import Refused

HEADRACE = os.environ["HEADRACE"]
FAULT_POINTS = run(HEADRACE, "faults").split()


def dies(action):
    """Does it, and returns whether headrace was killed."""
    try:
        action()
    except Killed:
        return True
    return False


class HistoryTable:
    """`place` is where the table is, `scratch` a folder for what is handed over, `test` fails where they differ. What may be
    given a `fault`, a fault point and a number ("hudi.before_complete:1"), returns whether headrace was killed."""

    def __init__(self, test, history, place, scratch):
        self.test, self.history, self.place, self.scratch = test, history, place, scratch

    def write(self, change, fault=None):
        """Writes upserts and deletes (None: overwrites the partitions of the rows). Where headrace is killed, the table has
        all of the commit or nothing."""
        before = self.completed()
        self.history.commits, self.history.schemas = [change], [self.history.schema]
        killed = dies(lambda: self.history.write(self.place, self.scratch, fault=fault))
        if self.completed() == before:
            self.test.assertTrue(killed, "nothing was written")
            return killed
        upserts, deletes = change
        if deletes is None:
            self.history.clear(upserts)
        self.history.apply(upserts, deletes or [])
        return killed

    def serve(self, service, fault=None):
        """Runs "compact", "clean", "archive" or "cluster"."""
        if service == "compact":
            return self.compact(fault)
        if service == "clean":
            return dies(lambda: self.headrace("clean", "--stopped", "--commits", "1", fault=fault))
        return dies(lambda: serve_by_headrace(self.place, service, fault))

    def compact(self, fault):
        before = self.compactions() & self.completed()
        self.history.plan_compaction()
        killed = dies(lambda: self.headrace("compact", "--stopped", fault=fault))
        planned, completed = self.compactions(), self.completed()
        if (planned & completed) - before:
            self.history.complete_compaction()
        elif planned <= completed:
            self.history.planned = None  # nothing was to be compacted, or it died before it had a plan
        return killed

    def restore(self, instant, fault=None):
        """Takes the table, but not the history, back to a commit."""
        return dies(lambda: self.headrace("restore", instant, "--stopped", fault=fault))

    def headrace(self, command, *options, fault=None):
        """Runs `headrace table COMMAND` and returns the JSON objects that it prints."""
        output = run(HEADRACE, "table", command, "--json", self.place, *options, fault=fault,
                     statuses=(0, 1) if command == "validate" else (0,))
        return [json.loads(line) for line in output.splitlines()]

    def timeline(self):
        """The names of the files on the active timeline."""
        path = f"{self.place}/.hoodie/timeline"
        return os.listdir(path) if os.path.isdir(path) else []

    def completed(self):
        """The times of the commits that completed, and of table services that wrote rows."""
        return {name[:17] for name in self.timeline() if re.fullmatch(r"\d{17}_\d{17}\.(commit|deltacommit|replacecommit)", name)}

    def compactions(self):
        return {name[:17] for name in self.timeline() if name.endswith(".compaction.requested")}

    def check(self, hudi_rs, *others):
        """Reads the table with headrace, hudi-rs and `others` (functions that return rows), and validates it."""
        self.history.states = [self.history.rows()]
        for rows in [read_by_headrace(self.place, self.scratch), *(read() for read in others)]:
            self.history.check(self.test, rows)
        if not self.archived_files():
            self.check_by_hudi_rs(hudi_rs)
        self.test.assertEqual([found for found in self.findings() if found["severity"] == "error"], [])

    def check_by_hudi_rs(self, hudi_rs):
        try:
            rows = hudi_rs.read(self.place)
        except Refused:
            if not self.history.is_evolved:  # docs/HUDI_FORMAT.md has what it reads of such a table
                raise
        else:
            self.history.check(self.test, rows)

    def archived_files(self):
        """The files that readers take of commits that are no longer on the active timeline: hudi-rs 0.5.0 leaves those
        out, as if they had never been committed, whoever wrote and archived them."""
        active = {name[:17] for name in self.timeline()}
        files = [found["file"] for found in self.headrace("files")]
        return [file for file in files if re.search(r"(?<=_)\d{17}(?=\.)", file)[0] not in active]

    def findings(self):
        return self.headrace("validate")[0]["findings"]

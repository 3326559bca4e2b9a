"""Tables with a known history, for comparing engines: random commits of rows of every type, written by headrace, and
what the table must hold after each, computed here from Hudi's merge rules alone."""
import copy
import datetime
import decimal
import json
import os
import random
import signal
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.ipc

TOOL = os.environ.get("HEADRACE_HUDI_TABLE_TOOL", "")
UTC = datetime.timezone.utc

SCHEMA = pa.schema([
    pa.field("id", pa.int64(), nullable=False),
    pa.field("region", pa.string()),
    pa.field("day", pa.date32()),
    pa.field("updated", pa.int64()),
    pa.field("flag", pa.bool_()),
    pa.field("tiny", pa.int8()),
    pa.field("short", pa.int16()),
    pa.field("number", pa.int32()),
    pa.field("ratio", pa.float32()),
    pa.field("value", pa.float64()),
    pa.field("price", pa.decimal128(12, 2)),
    pa.field("wide", pa.decimal128(30, 10)),
    pa.field("name", pa.string()),
    pa.field("raw", pa.binary()),
    pa.field("at", pa.timestamp("us", "UTC")),
    pa.field("tags", pa.list_(pa.string())),
    pa.field("counts", pa.map_(pa.string(), pa.int64())),
    pa.field("place", pa.struct([("x", pa.float64()), ("label", pa.string()), ("near", pa.list_(pa.int32()))])),
    pa.field("visits", pa.list_(pa.struct([("who", pa.string()), ("cost", pa.decimal128(9, 3))]))),
])


def ordering(kind, number):
    """The value `number` (an integer) as a value of an ordering column."""
    if kind == "timestamp":
        return datetime.datetime(2026, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=number, microseconds=7)
    if kind == "date":
        return datetime.date(2026, 1, 1) + datetime.timedelta(days=number)
    if kind == "string":
        return f"v{number:04d}"
    return number


ORDERING_TYPES = {"bigint": pa.int64(), "int": pa.int32(), "timestamp": pa.timestamp("us", "UTC"), "date": pa.date32(),
                  "string": pa.string(), "double": pa.float64()}


class History:
    """A table's definition, its random commits and the rows it must hold after them."""

    def __init__(self, seed, name="history", version=8, key=("id",), partition_by=("region",), order_by="updated",
                 order_kind="bigint", buckets=4, commits=5, rows=40, ids=50, array_nulls=True, kind="merge_on_read",
                 hive_style=False, name_required=False):
        self.random = random.Random(seed)
        self.name, self.version, self.key, self.partition_by = name, version, list(key), list(partition_by)
        self.order_by, self.order_kind, self.buckets, self.ids, self.array_nulls = order_by, order_kind, buckets, ids, array_nulls
        self.kind, self.hive_style = kind, hive_style
        self.schema = SCHEMA.set(3, pa.field("updated", ORDERING_TYPES[order_kind]))
        if name_required:
            self.set_field(pa.field("name", pa.string(), nullable=False))
        self.is_evolved, self.schemas = False, []  # of each commit
        self.versions = {}  # identity -> (ordering, row or None)
        self.commits, self.states = [], []
        for number in range(commits):
            self.add_commit(rows if number else 2 * rows)

    def add_commit(self, rows=40):
        self.commits.append(self.random_commit(rows))
        self.schemas.append(self.schema)
        self.apply(*self.commits[-1])
        self.states.append(self.rows())

    def set_field(self, field):
        self.schema = self.schema.set(self.schema.get_field_index(field.name), field)

    def allow_null_names(self):
        """From now on the column may be null."""
        self.set_field(pa.field("name", pa.string()))

    def evolve(self, wider=True):
        """From now on commits have one more column, one more field of a struct, and `wider` numbers."""
        fields = [pa.field("place", pa.struct([*self.schema.field("place").type, pa.field("floor", pa.int32())]))]
        if wider:
            fields += [pa.field("number", pa.int64()), pa.field("ratio", pa.float64())]
        for field in fields:
            self.set_field(field)
        self.add_column()

    def add_column(self):
        self.schema = self.schema.append(pa.field("extra", pa.string()))
        self.is_evolved = True

    def identity(self, row):
        return tuple(row[column] for column in dict.fromkeys(self.key + self.partition_by))

    def random_row(self, key):
        r = self.random
        maybe = lambda value: None if r.random() < 0.15 else value
        text = lambda: "".join(r.choice("abcz,:'\"\\ é漢😀") for _ in range(r.randrange(6)))
        item = (lambda: maybe(text())) if self.array_nulls else text
        at = datetime.datetime(2026, 1, 1, tzinfo=UTC) + datetime.timedelta(microseconds=r.randrange(-10**15, 10**15))
        row = {
            "id": key,
            "region": ["eu", "us", None, "ap 1"][key % 4],
            "day": datetime.date(2026, 1, 1 + key % 3),
            "updated": ordering(self.order_kind, 1 + r.randrange(20)),
            "flag": maybe(r.random() < 0.5),
            "tiny": maybe(r.randrange(-128, 128)),
            "short": maybe(r.randrange(-2**15, 2**15)),
            "number": maybe(r.randrange(-2**31, 2**31)),
            "ratio": maybe(r.randrange(-1000, 1000) / 8),
            "value": maybe(r.gauss(0, 1e6)),
            "price": maybe(decimal.Decimal(r.randrange(-10**12 + 1, 10**12)).scaleb(-2)),
            "wide": maybe(decimal.Decimal(r.randrange(-10**30 + 1, 10**30)).scaleb(-10, decimal.Context(prec=40))),
            "name": maybe(text()) if self.schema.field("name").nullable else text(),
            "raw": maybe(r.randbytes(r.randrange(5))),
            "at": maybe(at),
            "tags": maybe([item() for _ in range(r.randrange(4))]),
            "counts": maybe([(f"k{i}", maybe(r.randrange(-2**63, 2**63))) for i in range(r.randrange(3))]),
            "place": maybe({"x": maybe(r.random()), "label": maybe(text()), "near": maybe([r.randrange(9)])}),
            "visits": maybe([{"who": maybe(text()), "cost": maybe(decimal.Decimal(r.randrange(10**9)).scaleb(-3))}
                             for _ in range(r.randrange(3))]),
        }
        if not self.is_evolved:
            return row
        row["extra"] = maybe(text())
        if pa.types.is_int64(self.schema.field("number").type):
            row["number"] = maybe(r.randrange(-2**63, 2**63))
            row["ratio"] = maybe(r.gauss(0, 1))
        if self.has_floor() and row["place"] is not None:
            row["place"]["floor"] = maybe(r.randrange(-9, 9))
        return row

    def random_commit(self, rows):
        """Upserts and deletes of distinct keys; deletes are of rows with the table's columns, as headrace's engine has them."""
        upserts, deletes = [], []
        for key in sorted(self.random.sample(range(self.ids), min(rows, self.ids))):
            (deletes if self.key and self.random.random() < 0.25 else upserts).append(self.random_row(key))
        return upserts, deletes

    def apply(self, upserts, deletes):
        """Hudi's merge rules: the greater ordering value wins, of equal ones the later; without ordering the later.
        Without a key every row is one of its own."""
        if not self.key:
            for row in upserts:
                self.versions[len(self.versions)] = (None, row)  # rows only disappear in overwrite(), which numbers anew
            return
        for row, is_delete in [(row, False) for row in upserts] + [(row, True) for row in deletes]:
            known = self.versions.get(self.identity(row))
            if self.order_by and known is not None and known[0] is not None and row[self.order_by] < known[0]:
                continue
            self.versions[self.identity(row)] = (row["updated"], None if is_delete else row)
            if is_delete and self.kind == "copy_on_write":
                del self.versions[self.identity(row)]  # a base file keeps no trace of it

    def delete_for_good(self, rows):
        """Deletes in natural order, as Spark's are: whatever was there is gone, and whatever comes next wins."""
        for row in rows:
            self.versions[self.identity(row)] = (None, None)
            if self.kind == "copy_on_write":
                del self.versions[self.identity(row)]

    def overwrite(self, rows):
        """A commit of `rows` that replaces the partitions that they go to."""
        self.clear(rows)
        self.commits.append((rows, None))
        self.schemas.append(self.schema)
        self.apply(rows, [])
        self.states.append(self.rows())

    def clear(self, rows):
        """Forgets the partitions that `rows` go to."""
        columns = list(dict.fromkeys(self.key + self.partition_by))  # of an identity
        place_of = lambda values: tuple(values[column] for column in self.partition_by)
        places = {place_of(row) for row in rows}
        self.versions = {identity: version for identity, version in self.versions.items()
                         if place_of(dict(zip(columns, identity)) if self.key else version[1]) not in places}
        if not self.key:
            self.versions = dict(enumerate(self.versions.values()))

    def forget_last(self):
        """Takes the last commit back: it was not completed."""
        self.commits.pop()
        self.schemas.pop()
        self.states.pop()
        self.versions = {}
        for commit in self.commits:
            self.apply(*commit)

    def forget_deletes(self):
        """What compaction does to the log: deleted keys are gone, and whatever comes next wins."""
        self.versions = {identity: version for identity, version in self.versions.items() if version[1] is not None}

    def successor(self, commits, compacted=True):
        """The same table, with only the commits that come next; compaction has made all that was there a base file."""
        after = copy.copy(self)
        after.versions = {identity: version for identity, version in self.versions.items()
                          if version[1] is not None or not compacted}
        after.commits, after.states, after.schemas = [], [], []
        for _ in range(commits):
            after.add_commit(30)
        return after

    def rows(self):
        return {identity: self.as_now(row) for identity, (_, row) in self.versions.items() if row is not None}

    def has_floor(self):
        return "floor" in [field.name for field in self.schema.field("place").type]

    def as_now(self, row):
        """A row with the columns that came after it, which are null."""
        if self.is_evolved:
            row = {**row, "extra": row.get("extra")}
            if self.has_floor() and row["place"] is not None:
                row["place"] = {**row["place"], "floor": row["place"].get("floor")}
        return row

    def write(self, folder, scratch, abort_last=False, fault=None):
        """Writes the table with headrace; returns (instant, completion time) of each commit. With `abort_last` the last
        commit stays in flight, so that readers must not see it; `fault` is as in run()."""
        steps = []
        for number, (upserts, deletes) in enumerate(self.commits):
            step = {"abort": abort_last and number == len(self.commits) - 1}
            step["overwrite"] = deletes is None
            for kind, rows in (("upserts", upserts), ("deletes", deletes or [])):
                step[kind] = f"{scratch}/{self.name}.{number}.{kind}.arrow"
                with pa.ipc.new_file(step[kind], self.schemas[number]) as writer:
                    writer.write_table(pa.Table.from_pylist(rows, schema=self.schemas[number]))
            steps.append(step)
        spec = {"name": self.name, "type": self.kind, "hive_style": self.hive_style, "key": self.key, "partition_by": self.partition_by, "order_by": self.order_by,
                "buckets": self.buckets, "version": self.version, "commits": steps}
        with open(f"{scratch}/{self.name}.json", "w") as file:
            json.dump(spec, file)
        return [tuple(line.split()) for line in run(TOOL, "write", folder, f"{scratch}/{self.name}.json", fault=fault).splitlines()]

    def check(self, test, found, state=-1):
        """Compares rows (dicts) that some engine read with what the table must hold."""
        found = [normal(row) for row in found]
        if not self.key:
            expected = [normal(row) for row in self.states[state].values()]
            test.assertEqual(sorted(map(repr, found)), sorted(map(repr, expected)))
            return
        by_identity = {self.identity(row): row for row in found}
        test.assertEqual(len(found), len(by_identity), "a key came twice")
        expected = {identity: normal(row) for identity, row in self.states[state].items()}
        test.assertEqual(sorted(by_identity, key=repr), sorted(expected, key=repr))
        for identity, row in expected.items():
            test.assertEqual(by_identity[identity], row)


def kinds(seed):
    """Tables of the kinds that there are beside merge-on-read with a key, some with a commit that overwrites partitions."""
    cow = {"kind": "copy_on_write"}
    histories = [
        History(seed, "cow", **cow),
        History(seed + 1, "cow_9", 9, order_kind="timestamp", **cow),
        History(seed + 2, "cow_unordered", order_by="", **cow),
        History(seed + 3, "cow_unpartitioned", partition_by=(), **cow),
        History(seed + 4, "hive", hive_style=True),
        History(seed + 5, "cow_hive_two_levels", 9, key=("id", "region"), partition_by=("region", "day"), hive_style=True, **cow),
        History(seed + 6, "added", key=(), order_by="", **cow),
        History(seed + 7, "added_hive_two_levels", 9, key=(), order_by="", partition_by=("region", "day"), hive_style=True, **cow),
        History(seed + 8, "added_unpartitioned", key=(), order_by="", partition_by=(), **cow),
        History(seed + 9, "added_to_merge_on_read", key=(), order_by=""),
    ]
    for name, options in (("overwritten", cow), ("overwritten_merge_on_read", {}), ("overwritten_added", {**cow, "key": (), "order_by": ""})):
        history = History(seed + 10, name, commits=3, **options)
        history.overwrite([row for row in history.random_commit(12)[0] if row["region"] in ("eu", None)])
        history.add_commit(30)
        histories.append(history)
    return histories


def scratch_folder():
    """A folder for tables: in memory where there is one, for every file of them is synced."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def normal(row):
    """A row with its meta columns left out and maps as lists of pairs."""
    utc = lambda value: value.astimezone(UTC) if isinstance(value, datetime.datetime) else value
    row = {name: utc(row[name]) for name in sorted(row) if not name.startswith("_hoodie_")}
    if isinstance(row.get("counts"), dict):
        row["counts"] = list(row["counts"].items())
    if row.get("counts") is not None:
        row["counts"] = sorted(tuple(pair) for pair in row["counts"])
    return row


class Killed(Exception):
    """headrace was killed."""


def run(program, *arguments, fault=None, statuses=(0,)):
    """Runs a program and returns what it printed; with `fault` ("hudi.before_complete:1") it is killed where it comes there."""
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, "HEADRACE_FAULT": fault or ""})
    if fault and done.returncode == -signal.SIGKILL:
        raise Killed
    if done.returncode not in statuses:
        raise subprocess.CalledProcessError(done.returncode, done.args)
    return done.stdout


def serve_by_headrace(folder, services, fault=None):
    """Runs table services: "compact,clean,archive"."""
    run(TOOL, "serve", folder, services, fault=fault)


def read_by_headrace(folder, scratch, *how):
    """The rows of a table; `how` is as hudi_table_tool takes it: "as_of", TIME and the like."""
    path = f"{scratch}/read.arrow"
    run(TOOL, "read", folder, path, *how)
    return pa.ipc.open_file(path).read_all().to_pylist()

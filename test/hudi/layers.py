"""What a table holds that two engines write, compact and overwrite in turn."""
import copy

from histories import History


class Layers(History):
    """A history whose rows are merged as file slices are: a base, and what came in log files since it was made. The log
    records are merged among each other first, so a natural delete doesn't save an older version that comes after it.

    That holds where each bucket's first file is a log file: the first commit, and one that overwrites, have every key."""

    def __init__(self, seed, name, **options):
        self.base = {}  # identity -> (ordering, row)
        self.planned = None  # the layers as they will be when the compaction that is planned completes
        super().__init__(seed, name, commits=0, array_nulls=False, **options)

    def rows(self):
        merged = dict(self.base)
        for identity, (ordering, row) in self.versions.items():
            known = merged.get(identity)
            if self.order_by and known is not None and ordering is not None and ordering < known[0]:
                continue
            merged[identity] = (ordering, row)
        return {identity: self.as_now(row) for identity, (_, row) in merged.items() if row is not None}

    def apply(self, upserts, deletes):
        super().apply(upserts, deletes)
        if self.planned is not None:
            self.planned.apply(upserts, deletes)

    def delete_for_good(self, rows):
        super().delete_for_good(rows)
        if self.planned is not None:
            self.planned.delete_for_good(rows)

    def clear(self, rows):
        logged, self.versions = self.versions, self.base
        super().clear(rows)
        self.base, self.versions = self.versions, logged
        super().clear(rows)
        if self.planned is not None:
            self.planned.clear(rows)

    def overwrite_by_spark(self, rows):
        """As overwrite(), into base files."""
        self.clear(rows)
        if self.key and self.kind == "merge_on_read":
            for layers in [self] if self.planned is None else [self, self.planned]:
                layers.base.update({self.identity(row): (row["updated"], row) for row in rows})
        else:
            self.apply(rows, [])

    def plan_compaction(self):
        """From now on what comes belongs to the new slices, once they are there."""
        if self.planned is None:
            self.planned = copy.copy(self)
            self.planned.base = {identity: (row["updated"], row) for identity, row in self.rows().items()}
            self.planned.versions = {}

    def complete_compaction(self):
        self.base, self.versions, self.planned = self.planned.base, self.planned.versions, None

    def compact_all(self):
        """What Spark does inline: what was planned before, then a compaction of its own."""
        for _ in range(1 if self.planned is None else 2):
            self.plan_compaction()
            self.complete_compaction()

    def whole_partitions(self):
        """A row for every key of the table, or of one partition of it."""
        region = self.random.randrange(4)
        keys = [key for key in range(self.ids) if not self.partition_by or key % 4 == region]
        return [self.random_row(key) for key in keys]

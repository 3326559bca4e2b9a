"""The rows that both sides write, and what a table must hold afterwards. One seed gives one set of rows."""
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CHUNK_ROWS = 250_000
SCHEMA = pa.schema([
    pa.field("id", pa.string(), nullable=False),
    pa.field("updated", pa.int64(), nullable=False),
    pa.field("value", pa.float64()),
    pa.field("count", pa.int32()),
    pa.field("at", pa.timestamp("us", "UTC")),
    pa.field("city", pa.string()),
    pa.field("note", pa.string()),
])


def words(numbers, multiplier):
    """64 bits for each of `numbers` that look random: the multiplication wraps, and no two numbers give the same."""
    mixed = pc.multiply(numbers, pa.scalar(multiplier, pa.uint64()))
    return pc.multiply(pc.bit_wise_xor(mixed, pc.shift_right(mixed, pa.scalar(29, pa.uint64()))),
                       pa.scalar(0xBF58476D1CE4E5B9, pa.uint64()))


def below(bits, limit):
    """Whole numbers from 0 to `limit` - 1."""
    high = pc.shift_right(bits, pa.scalar(32, pa.uint64()))
    return pc.shift_right(pc.multiply(high, pa.scalar(limit, pa.uint64())), pa.scalar(32, pa.uint64())).cast(pa.int64())


def text(*parts):
    parts = [part.cast(pa.string()) if isinstance(part, (pa.Array, pa.ChunkedArray)) else part for part in parts]
    return pc.binary_join_element_wise(*parts, "")


def chunk(first, rows, step, seed, version):
    """Version `version` of the rows with the numbers first, first + step, ...: some 200 bytes each."""
    numbers = pa.array(range(first, first + rows * step, step), pa.uint64())
    ids = text("event-", pc.utf8_lpad(words(numbers, 0x9E3779B97F4A7C15).cast(pa.string()), 20, "0"))
    seeded = pc.add(pc.multiply(numbers, pa.scalar(64, pa.uint64())), pa.scalar(seed * 8 + version, pa.uint64()))
    a, b, c = (words(seeded, multiplier) for multiplier in (0xD1342543DE82EF95, 0xAF251AF3B0F025B5, 0x2545F4914F6CDD1D))
    return pa.record_batch([
        ids,
        pa.array([version], pa.int64()).take(pa.array([0] * rows)),
        pc.divide(below(a, 1_000_000).cast(pa.float64()), 1000.0),
        below(b, 100_000).cast(pa.int32()),
        pc.add(numbers.cast(pa.int64()), 1_767_225_600_000_000).cast(pa.timestamp("us", "UTC")),
        text("city ", below(c, 500)),
        text(a, ": a note of some length that says little but takes its place, ", b, c),
    ], schema=SCHEMA)


def write(path, rows, step, seed, version):
    """Writes every `step`-th of the first `rows` rows into a Parquet file, and returns its path."""
    count = rows // step
    with pq.ParquetWriter(path, SCHEMA, compression="snappy") as writer:
        for first in range(0, count, CHUNK_ROWS):
            batch = chunk(first * step, min(CHUNK_ROWS, count - first), step, seed, version)
            writer.write_batch(batch, row_group_size=CHUNK_ROWS)
    return path


def upserted(paths):
    """What a table holds after the upserts of `paths`, in this order, by key."""
    table = pq.read_table(paths[0])
    for path in paths[1:]:
        newer = pq.read_table(path)
        table = pa.concat_tables([table.filter(pc.invert(pc.is_in(table["id"], newer["id"]))), newer])
    return in_order(table)


def in_order(table):
    """The table's own columns, by key; as one comparable form whichever reader they come from."""
    columns = [pa.chunked_array(table[field.name]).cast(field.type) for field in SCHEMA]
    plain = pa.table(columns, schema=pa.schema([pa.field(field.name, field.type) for field in SCHEMA]))
    return plain.sort_by("id").combine_chunks()

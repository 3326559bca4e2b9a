"""The Nexmark queries, `queries/*.query`: a line that says what it is, and a section for each engine that runs it.
`headrace` holds views, the last of which is the query; `duckdb` is what the rows must be."""
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "queries"
START = "2026-01-01T00:00:00"

# The columns of the events, as Spark writes them (and headrace, where they come from Kafka).
SCHEMA = (
    "event_type INT, "
    "person STRUCT<id: BIGINT, name: STRING, emailAddress: STRING, creditCard: STRING, city: STRING, state: STRING, "
    "dateTime: TIMESTAMP, extra: STRING>, "
    "auction STRUCT<id: BIGINT, itemName: STRING, description: STRING, initialBid: BIGINT, reserve: BIGINT, "
    "dateTime: TIMESTAMP, expires: TIMESTAMP, seller: BIGINT, category: BIGINT, extra: STRING>, "
    "bid STRUCT<auction: BIGINT, bidder: BIGINT, price: BIGINT, channel: STRING, url: STRING, dateTime: TIMESTAMP, "
    "extra: STRING>"
)


class Query:
    def __init__(self, name):
        self.name = name
        head, *parts = re.split(r"^=== (\w+)\n", (FOLDER / f"{name}.query").read_text(), flags=re.MULTILINE)
        self.title = head.strip()
        self.sections = dict(zip(parts[::2], (text.strip("\n") for text in parts[1::2])))

    def statement(self, engine):
        """The SQL for an engine, without comments; None where it doesn't run there."""
        text = self.sections.get(engine)
        return text and re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)

    def pipeline(self, state, source, sink, commit_every="1 s"):
        """A pipeline file: `source` and `sink` are the lines below their names."""
        return (
            f'name: nexmark\nstate: {state}\ncommit_every: {commit_every}\nmetrics: {{listen: "off"}}\n'
            f"sources:\n  nexmark:\n{indent(source)}views:\n{self.sections['headrace']}\n"
            f"sinks:\n  out:\n    from: {self.name}\n{indent(sink)}"
        )


def indent(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


def names():
    return sorted((path.stem for path in FOLDER.glob("*.query")), key=lambda name: int(name[1:]))


def generated(events, seed, events_per_second, partitions=1):
    """A source that makes the events in process."""
    return (
        f"nexmark: {{events: {events}, seed: {seed}, events_per_second: {events_per_second}, start: '{START}'}}\n"
        f"partitions: {partitions}"
    )


def from_kafka(address, topic):
    return f'kafka: {{bootstrap_servers: "{address}", topics: [{topic}]}}\nschema: "{SCHEMA}"'

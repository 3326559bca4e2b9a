"""The rows that come into a SQL-text case, as Spark takes them."""

import json
import re


def literal(text):
    """A string as a literal of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def row_json(source, values):
    return json.dumps(dict(zip(source["columns"], values)))


def order_of(source, values):
    """What the versions of a key are ordered by; none is before all others."""
    value = dict(zip(source["columns"], values))
    for name in source["order_by"]:
        value = value.get(name) if value else None
    return (value is not None, value) if source["order_by"] else (True, 0)


def final_rows(source, steps):
    """The rows of a source in the end: of one with a key the latest version of each."""
    rows = [row for step in steps for row in step if row["source"] == source["name"]]
    if not source["key"]:
        return [row["values"] for row in rows]
    latest = {}
    places = [source["columns"].index(name) for name in source["key"]]
    for row in rows:
        values = row["values"]
        if row["tombstone"]:
            latest.pop(json.dumps(values), None)
            continue
        key = json.dumps([values[place] for place in places])
        if key not in latest or order_of(source, values) >= order_of(source, latest[key]):
            latest[key] = values
    return list(latest.values())


def micro_batches(case):
    """Under a watermark a row each, since headrace stamps each row with the watermark before it; else the steps."""
    if not any(view["watermark_column"] for view in case["views"]):
        return case["steps"]
    return [[row] for step in case["steps"] for row in step]


def sources_read(case):
    """The sources that the statements of a case name; a file declares some for all of its cases."""
    text = " ".join(view["sql"] for view in case["views"])
    return [source for source in case["sources"] if re.search(rf"\b{re.escape(source['name'])}\b", text)]


def is_append_only(case):
    return not any(source["key"] for source in sources_read(case))


def delay_of(view):
    """The delay of a watermark, with a unit that Spark knows."""
    return re.sub(r"\bs$", "seconds", view["watermark_delay"])


def relation_sql(source, steps):
    """A query of the rows of a source in the end: a local relation, which Spark reads without a job."""
    parse = "from_json({}, {}, map('mode', 'FAILFAST'))"
    schema = literal(source["schema"])
    rows = [parse.format(literal(row_json(source, values)), schema) for values in final_rows(source, steps)]
    none = "" if rows else " WHERE false"
    rows = rows or [parse.format("'{}'", schema)]
    return f"SELECT r.* FROM VALUES {', '.join(f'({row})' for row in rows)} AS q(r){none}"

"""Rows of SQL-text cases in one form, so that those of headrace and of Spark that mean the same are equal."""

import collections
import json
import re

TIMESTAMP = re.compile(r"(\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z")
TO_JSON = (
    "to_json(struct(*), map('ignoreNullFields', 'false', "
    "'timestampFormat', 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSSSSS\\'Z\\'')) AS row"
)


def normal_value(value):
    """A value as JSON says it: numbers are equal where they mean the same, structs and maps have their names in order."""
    if isinstance(value, str):
        time = TIMESTAMP.fullmatch(value)
        if time is None:
            return value
        fraction = (time[2] or "").rstrip("0")
        return time[1] + (f".{fraction}" if fraction else "") + "Z"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, list):
        return [normal_value(item) for item in value]
    if isinstance(value, dict):
        return {name: normal_value(value[name]) for name in sorted(value)}
    return value


class Columns(list):
    """The fields of a struct as pairs: two columns of a result may have one name."""


def spark_row(text):
    """The values of a row that TO_JSON wrote."""
    def plain(value):
        if isinstance(value, Columns):
            return {name: plain(item) for name, item in value}
        return [plain(item) for item in value] if isinstance(value, list) else value

    return [plain(value) for _, value in json.loads(text, object_pairs_hook=Columns)]


def normal_rows(rows):
    """A bag of rows, each as text."""
    return collections.Counter(json.dumps(normal_value(row), ensure_ascii=False) for row in rows)


def difference(expected, found):
    """What is missing and what is too much; empty where the bags are equal."""
    missing = [f"headrace {row}" for row in (expected - found).elements()]
    extra = [f"Spark {row}" for row in (found - expected).elements()]
    return "; ".join(missing + extra)


def case_text(row):
    """A row as a .test file writes it: a double keeps its point, a time its six digits or none."""

    def short(match):
        day = "" if match[1] == "1" else f"{match[1]}T"
        return f"@{day}{match[2]}{'' if match[3] == ':00' else match[3]}"

    text = json.dumps(row, ensure_ascii=False).replace(".000000Z", "Z")
    return re.sub(r'"2026-01-0(\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)Z"', short, text)

#!/usr/bin/env python3
"""Records what real Spark answers to each expression of functions.txt.

Each line is an expression, and behind tabs its type and its value: what CAST(value AS STRING) says, strings in single
quotes with escapes, binary as X'..', or ERROR:<class>. A line with an expression only is one that was just added.
Lines that begin with # and empty lines stay.

  record_functions.py           records all lines anew
  record_functions.py --check   prints the lines that differ, and exits 1 where there are any
"""

import argparse
import pathlib
import sys

from pyspark.sql.types import BinaryType, StringType
from session import VERSION, error_class, start_spark

FILE = pathlib.Path(__file__).with_name("functions.txt")


def open_spark():
    spark = start_spark("local[1]")
    # A local relation: Spark evaluates over it while it optimizes, without starting a job.
    spark.sql("CREATE TEMPORARY VIEW one_row AS SELECT * FROM VALUES (0L) AS one_row(id)")
    return spark


def quote(text):
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
    return "'" + "".join(escapes.get(c, c) for c in text) + "'"


def answer(spark, expression):
    """Returns the type and the value of an expression, or an empty type and the class of its error."""
    try:
        frame = spark.sql(f"SELECT {expression} AS v FROM one_row")
        data_type = frame.schema[0].dataType
        if isinstance(data_type, BinaryType):
            value = frame.selectExpr("hex(v)").collect()[0][0]
            text = "NULL" if value is None else f"X'{value}'"
        elif isinstance(data_type, StringType):
            value = frame.collect()[0][0]
            text = "NULL" if value is None else quote(value)
        else:
            value = frame.selectExpr("CAST(v AS STRING)").collect()[0][0]
            text = "NULL" if value is None else value
        return data_type.simpleString(), text
    except Exception as error:  # Java's own, too
        return "", f"ERROR:{error_class(error)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the recorded answers, change nothing")
    check = parser.parse_args().check
    spark = open_spark()
    lines = []
    differences = 0
    for line in FILE.read_text(encoding="utf-8").split("\n"):
        expression = line.split("\t")[0]
        if not expression or expression.startswith("#"):
            lines.append(line)
            continue
        recorded = "\t".join((expression, *answer(spark, expression)))
        lines.append(recorded)
        if recorded != line:
            differences += 1
            if check:
                print(f"- {line}\n+ {recorded}")
    spark.stop()
    if check:
        print(f"{len(lines)} lines, {differences} differ from Spark {VERSION}")
        sys.exit(1 if differences else 0)
    FILE.write_text("\n".join(lines), encoding="utf-8")
    print(f"{len(lines)} lines recorded from Spark {VERSION}, {differences} changed")


if __name__ == "__main__":
    main()

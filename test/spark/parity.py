#!/usr/bin/env python3
"""Runs the SQL-text cases of test/sql in real Spark over the same rows, and writes docs/SPARK_PARITY.md.

Every case runs over all its rows at once; where its sources are append-only and it has a watermark, and for one in four
of the others, also as a stream, a row or a step a micro-batch. A difference is listed with its reason in
parity_differences.txt: file, case and reason, behind tabs.

  parity.py CASES          writes the page; CASES is what `sql_text_test --export` prints
  parity.py CASES --check  exits 1 where the page says something else of a case, a difference isn't listed, or a listed one
                           is none any more; of cases that aren't on the page yet it tells
  parity.py CASES --answer FILE,...  prints Spark's rows for the cases of FILE.test that have none yet
"""

import argparse
import concurrent.futures
import difflib
import json
import pathlib
import sys
import tempfile
import threading

from case_input import is_append_only
from case_rows import case_text
from parity_page import is_on, page
from session import VERSION, start_spark
from spark_case import SETTINGS, run_as_stream, run_at_once
from verdict import judge, needs_stream

HERE = pathlib.Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "SPARK_PARITY.md"
DIFFERENCES = HERE / "parity_differences.txt"


def read_reasons():
    """The listed differences: {(file, case): reason}."""
    lines = DIFFERENCES.read_text(encoding="utf-8").splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {(file, case): reason for file, case, reason in fields}


def judge_all(spark, cases):
    """Judges each case, two at a time, each thread with its own views."""
    local = threading.local()

    def one(numbered):
        number, case = numbered
        if not hasattr(local, "session"):
            local.session = spark.newSession()
        return judge(local.session, case, f"query_{number}")

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, enumerate(cases)))


def unlisted(verdicts, reasons):
    """What is wrong with the list of differences."""
    different = {(verdict.file, verdict.name): verdict for verdict in verdicts if verdict.kind == "different"}
    for place, verdict in different.items():
        if place not in reasons:
            yield f"{verdict.file}: {verdict.name}: not in {DIFFERENCES.name}: {verdict.detail}"
    for file, name in reasons.keys() - different.keys():
        yield f"{file}: {name}: {DIFFERENCES.name} lists it, but it doesn't differ"


def check(verdicts, reasons):
    """What is wrong with the page and the list, as to the cases that the page knows."""
    text = PAGE.read_text(encoding="utf-8")
    known = [verdict for verdict in verdicts if is_on(text, verdict)]
    for verdict in verdicts:
        if verdict not in known:
            print(f"{verdict.file}: {verdict.name}: {verdict.kind}, not on docs/{PAGE.name} yet {verdict.detail}")
    problems = list(unlisted(known, reasons))
    found = page(known, reasons)
    if text != found:
        diff = difflib.unified_diff(text.splitlines(), found.splitlines(), f"docs/{PAGE.name}", "this run", n=0, lineterm="")
        problems += [*diff, "write the page anew with test/integration/spark_parity"]
    return problems


def answer(spark, cases, files):
    for case in cases:
        if case["file"] not in files or case["rows"] is not None or case["error"] or case["failure"]:
            continue
        stream = needs_stream(case) and is_append_only(case)
        found = run_as_stream(spark, case, f"line_{case['line']}") if stream else run_at_once(spark, case)
        print(f"=== {case['name']}\n{found.refused or 'rows'}")
        for row in found.rows:
            print(case_text(row))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="compare with the page and the list, change nothing")
    parser.add_argument("--answer", metavar="FILE", help="print rows for cases that have none")
    options = parser.parse_args()
    cases = [json.loads(line) for line in options.cases.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="headrace-parity-") as folder:
        spark = start_spark("local[2]", {**SETTINGS, "spark.sql.streaming.checkpointLocation": folder})
        if options.answer:
            return answer(spark, cases, options.answer.split(","))
        verdicts = judge_all(spark, cases)
        spark.stop()
    reasons = read_reasons()
    problems = check(verdicts, reasons) if options.check else list(unlisted(verdicts, reasons))
    if not options.check:
        PAGE.write_text(page(verdicts, reasons), encoding="utf-8")
    print(*problems, sep="\n")
    equal = sum(verdict.kind == "equal" for verdict in verdicts)
    print(f"{len(verdicts)} cases beside Spark {VERSION}: {equal} equal, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

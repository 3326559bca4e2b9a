"""What comes of a SQL-text case in Spark, beside what the case expects."""

import dataclasses
import zlib

from case_input import is_append_only
from case_rows import difference, normal_rows
from spark_case import run_as_stream, run_at_once

STREAMS_OF = 4  # without a watermark, one case in so many runs as a stream, too: a stream costs some ten times a query
CORRECTIONS = "a stream of corrections"


@dataclasses.dataclass
class Verdict:
    file: str
    name: str
    kind: str  # equal, refused, different
    at_once: str = ""  # "equal", or the class of the error
    as_stream: str = ""  # the same; empty where it wasn't run as a stream
    detail: str = ""  # of a difference
    expected_error: bool = False


def needs_stream(case):
    """True where the result is of a stream only: Spark's batches know no late rows and no open windows."""
    return bool(case["late"] or case["views"][-1]["emit_final"])


def runs_as_stream(case):
    watermarks = any(view["watermark_column"] for view in case["views"])
    chosen = zlib.crc32(f"{case['file']} {case['name']}".encode()) % STREAMS_OF == 0 and not case["error"]
    return is_append_only(case) and (watermarks or needs_stream(case) or chosen)


def compare(case, answer):
    """Returns "equal", or how the answer differs."""
    if case["schema"] != answer.schema:
        return f"headrace's columns {case['schema']}; Spark's {answer.schema}"
    return difference(normal_rows(case["rows"] or []), normal_rows(answer.rows)) or "equal"


def judge_refused(case, verdict, at_once, stream):
    """Of a case that headrace refuses: Spark is to refuse it, too."""
    verdict.at_once = at_once.refused or "taken"
    verdict.as_stream = (stream.refused or "taken") if stream else ""
    both = at_once.refused or (stream and stream.refused)
    verdict.kind = "refused" if both else "different"
    verdict.expected_error = True
    verdict.detail = "" if both else f"headrace: {case['error'] or case['failure']}; Spark takes it"


def judge(spark, case, query_name):
    verdict = Verdict(case["file"], case["name"], "equal")
    at_once = run_at_once(spark, case)
    stream = None
    if not at_once.refused and runs_as_stream(case):
        stream = run_as_stream(spark, case, query_name)
    if case["error"] or case["failure"]:
        judge_refused(case, verdict, at_once, stream)
        return verdict
    found = []
    if at_once.refused:
        verdict.at_once = at_once.refused
    elif not needs_stream(case):
        verdict.at_once = compare(case, at_once)
        found.append(verdict.at_once)
    if stream is not None:
        verdict.as_stream = stream.refused or compare(case, stream)
        if not stream.refused:
            found.append(verdict.as_stream)
    elif not at_once.refused and not is_append_only(case):
        verdict.as_stream = CORRECTIONS
    if not found:
        verdict.kind = "refused"
    different = list(dict.fromkeys(text for text in found if text != "equal"))
    if different:
        verdict.kind = "different"
        verdict.detail = "; ".join(different)
    return verdict

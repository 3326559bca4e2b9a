"""Runs a SQL-text case in real Spark: all its rows at once, and as a stream in micro-batches."""

import dataclasses

from case_input import delay_of, literal, micro_batches, relation_sql, row_json, sources_read
from case_rows import TO_JSON, spark_row
from pyspark.sql import DataFrame
from session import error_text

# What makes many small queries fast: no code is compiled, nothing is spread out.
SETTINGS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.default.parallelism": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.streaming.pollingDelay": "1",
}


@dataclasses.dataclass
class Answer:
    """Rows and columns (name and type), or the class of the error with which Spark refuses."""

    schema: list = dataclasses.field(default_factory=list)
    rows: list = dataclasses.field(default_factory=list)
    refused: str = ""


def columns_of(frame):
    return [[field.name, field.dataType.simpleString()] for field in frame.schema.fields]


def rows_of(frame):
    return [spark_row(row[0]) for row in frame.selectExpr(TO_JSON).collect()]


def make_views(spark, case):
    """Makes the views of a case over views of its sources, and returns the last one."""
    frame = None
    for view in case["views"]:
        frame = spark.sql(view["sql"])
        if view["watermark_column"]:
            frame = frame.withWatermark(view["watermark_column"], delay_of(view))
        frame.createOrReplaceTempView(view["name"])
    return frame


def drop_views(spark, case):
    """Takes the views of a case away: another case must not find them."""
    for relation in [*sources_read(case), *case["views"]]:
        spark.catalog.dropTempView(relation["name"])


def run_at_once(spark, case):
    try:
        for source in sources_read(case):
            spark.sql(relation_sql(source, case["steps"])).createOrReplaceTempView(source["name"])
        frame = make_views(spark, case)
        return Answer(columns_of(frame), rows_of(frame))
    except Exception as error:  # Java's own, too
        return Answer(refused=error_text(error))
    finally:
        drop_views(spark, case)


class Feed:
    """A source of a case as a stream that is fed by hand."""

    def __init__(self, spark, source):
        jvm = spark._jvm
        streams = jvm.org.apache.spark.sql.execution.streaming.runtime.MemoryStream
        self.stream = streams.apply(spark._jsparkSession, 1, jvm.org.apache.spark.sql.Encoders.STRING())
        self.to_seq = jvm.org.apache.spark.api.python.PythonUtils.toSeq
        self.source = source
        parse = f"from_json(value, {literal(source['schema'])}, map('mode', 'FAILFAST'))"
        frame = DataFrame(self.stream.toDF(), spark).selectExpr(f"inline(array({parse}))")
        frame.createOrReplaceTempView(source["name"])

    def add(self, rows):
        texts = [row_json(self.source, row["values"]) for row in rows if row["source"] == self.source["name"]]
        if texts:
            self.stream.addData(self.to_seq(texts))


def group_columns(frame):
    """The places of the columns that tell the groups of an aggregate apart; none where it isn't the last thing done."""

    def holds_aggregate(expression):
        if expression.getClass().getSimpleName() == "AggregateExpression":
            return True
        children = expression.children()
        return any(holds_aggregate(children.apply(i)) for i in range(children.size()))

    plan = frame._jdf.queryExecution().analyzed()
    while plan.nodeName() in ("SubqueryAlias", "View"):
        plan = plan.children().apply(0)
    if plan.nodeName() != "Aggregate":
        return None
    columns = plan.aggregateExpressions()
    return [i for i in range(columns.size()) if not holds_aggregate(columns.apply(i))]


def output_mode(frame, case):
    """How Spark is to give the result, and by which columns a row of it takes the place of an earlier one."""
    if case["views"][-1]["emit_final"] or "Aggregate" not in frame._jdf.queryExecution().analyzed().toString():
        return "append", None
    if case["late"]:  # complete results take late rows, too
        groups = group_columns(frame)
        return ("update", groups) if groups is not None else ("append", None)
    return "complete", None


def run_as_stream(spark, case, query_name):
    query = None
    try:
        feeds = [Feed(spark, source) for source in sources_read(case)]
        frame = make_views(spark, case)
        mode, groups = output_mode(frame, case)
        query = frame.writeStream.format("memory").queryName(query_name).outputMode(mode).start()
        for batch in micro_batches(case):
            for feed in feeds:
                feed.add(batch)
            query.processAllAvailable()
        rows = rows_of(spark.table(query_name))
        if groups is not None:
            rows = list({repr([row[place] for place in groups]): row for row in rows}.values())
        return Answer(columns_of(frame), rows)
    except Exception as error:  # Java's own, too
        return Answer(refused=error_text(error))
    finally:
        if query is not None:
            query.stop()
        spark.catalog.dropTempView(query_name)
        drop_views(spark, case)

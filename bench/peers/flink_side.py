"""Flink's steps: SQL on a cluster of one JVM, driven through py4j, with one of its state backends."""
import pathlib
import subprocess
import sys

from py4j.java_gateway import GatewayParameters, JavaGateway
from py4j.protocol import Py4JJavaError

import nexmark
from measurement import measured

# What Flink on Java 17 wants to look into.
OPENS = (
    "java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.net", "java.base/java.io", "java.base/java.nio",
    "java.base/java.text", "java.base/java.time", "java.base/java.util", "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic", "java.base/java.util.concurrent.locks", "java.base/sun.nio.ch",
    "java.base/sun.net.util",
)


def rows(schema):
    """The columns as Flink writes them."""
    return (
        schema.replace("STRUCT<", "ROW<").replace("TIMESTAMP", "TIMESTAMP(3)").replace(": ", " ")
        .replace("dateTime ", "`dateTime` ").replace("state ", "`state` ")
    )


def statements(address, topic):
    yield f"""CREATE TEMPORARY TABLE nexmark ({rows(nexmark.SCHEMA)},
      `dateTime` AS CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1 THEN auction.`dateTime`
                         ELSE bid.`dateTime` END,
      WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{address}',
      'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json')"""
    columns = {
        "person": "id name emailAddress creditCard city state extra",
        "auction": "id itemName description initialBid reserve expires seller category extra",
        "bid": "auction bidder price channel url extra",
    }
    for number, (name, fields) in enumerate(columns.items()):
        picked = ", ".join(f"{name}.`{field}` AS `{field}`" for field in fields.split())
        yield f"CREATE TEMPORARY VIEW {name} AS SELECT {picked}, `dateTime` FROM nexmark WHERE event_type = {number}"


class FlinkSide:
    def __init__(self, folder, bench, backend):
        self.bench, self.folder = bench, pathlib.Path(folder)
        self.backend = backend
        logging = self.folder / "flink-log4j2.properties"
        logging.write_text(
            "rootLogger.level = warn\nrootLogger.appenderRef.a.ref = a\nappender.a.type = Console\nappender.a.name = a\n"
            "appender.a.target = SYSTEM_ERR\nappender.a.layout.type = PatternLayout\nappender.a.layout.pattern = %d %p %c{1}: %m%n\n"
        )
        py4j = next(pathlib.Path(sys.prefix).glob("share/py4j/py4j*.jar"))
        opens = [f"--add-opens={module}=ALL-UNNAMED" for module in OPENS]
        self.process = subprocess.Popen(
            ["java", "-Xms3g", "-Xmx3g", *opens, f"-Dlog4j2.configurationFile={logging}",
             "-cp", f"{bench.jars['flink']}/*:{py4j}", "py4j.GatewayServer", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=open(self.folder / f"flink-{backend}.log", "a", encoding="utf-8"),
        )
        port = int(self.process.stdout.readline())
        self.gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auto_convert=True))

    def environment(self):
        jvm = self.gateway.jvm
        settings = {
            "parallelism.default": str(self.bench.partitions),
            "taskmanager.numberOfTaskSlots": str(self.bench.partitions),
            "taskmanager.memory.managed.size": "1g",
            "taskmanager.memory.network.max": "128m",
            "state.backend.type": self.backend,
            "execution.checkpointing.interval": "10 s",
            "execution.checkpointing.dir": (self.folder / "flink-checkpoints").as_uri(),
            "execution.checkpointing.incremental": "true",
            "execution.checkpointing.checkpoints-after-tasks-finish": "false",
            "pipeline.object-reuse": "true",
            "rest.bind-address": "127.0.0.1",
            "rest.address": "127.0.0.1",
            "table.local-time-zone": "UTC",
            "io.tmp.dirs": str(self.folder / "flink-tmp"),
        }
        configuration = jvm.org.apache.flink.configuration.Configuration()
        for key, value in settings.items():
            configuration.setString(key, value)
        table = jvm.org.apache.flink.table.api
        return table.TableEnvironment.create(
            table.EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build()
        )

    def run(self, query, out=None):
        environment = self.environment()
        for statement in statements(self.bench.address, self.bench.topic):
            environment.executeSql(statement)
        # Columns as the query makes them; Flink wants a table to insert into.
        sql = query.statement("flink")
        columns = environment.sqlQuery(sql).getResolvedSchema()
        names, types = columns.getColumnNames(), columns.getColumnDataTypes()
        declared = ", ".join(
            f"`c{i}` {types[i].getLogicalType().copy(True).asSerializableString().replace(' *ROWTIME*', '')}"
            for i in range(len(names))
        )
        connector = "'connector' = 'blackhole'"
        if out:
            connector = (
                f"'connector' = 'kafka', 'topic' = '{out}', 'properties.bootstrap.servers' = '{self.bench.address}', "
                "'format' = 'json', 'properties.linger.ms' = '50', 'properties.batch.size' = '524288'"
            )
        environment.executeSql(f"CREATE TEMPORARY TABLE written ({declared}) WITH ({connector})")
        found = []
        try:
            # From when the job is handed over: planning it, and starting the cluster, don't count.
            job = environment.executeSql(f"INSERT INTO written {sql}")
            with measured(self.process.pid, self.bench.events, found):
                getattr(job, "await")()
        except Py4JJavaError as error:
            raise SystemExit(f"bench-peers: error: {query.name}: Flink: {error.java_exception}") from None
        return found[0]

    def to_kafka(self, query, topic):
        return self.run(query, topic)

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()

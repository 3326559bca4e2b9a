"""The `influxdb:` sink against real servers: InfluxDB 1.6 (v1), Telegraf's listener (v2) and VictoriaMetrics (both). What
each holds is read back and compared with what was fed, whatever dies, refuses or is away meanwhile.
"""
import json
import signal
import subprocess
import sys
import threading
import time
import unittest

from series_harness import (
    HEADRACE, Run, fetch, influxdb_points, points, resident_bytes, rows, telegraf_points, time_ms, victoriametrics_points,
    wait_until,
)
from servers import Server

V2 = 'org: acme, bucket: readings, token: "${TOKEN}"'
NUMBERS = ("value", "count")


class SeriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.influxdb, cls.telegraf = Server("influxdb").start(), Server("telegraf").start()
        cls.victoriametrics = Server("victoriametrics").start()
        for server in (cls.influxdb, cls.telegraf, cls.victoriametrics):
            cls.addClassCleanup(server.close)

    def setUp(self):
        self.database = f"db_{self._testMethodName}"
        query = f"CREATE DATABASE {self.database} WITH DURATION 5000d NAME kept"
        fetch(self.influxdb.address + "/query", {"q": query}, b"")
        (self.telegraf.folder / "telegraf/lines").unlink(missing_ok=True)
        self.telegraf.stop()
        self.telegraf.start()

    def keys(self, *wanted):
        """The sinks: one a server and interface."""
        vm = self.victoriametrics.address
        sinks = {
            "v1": f'url: "{self.influxdb.address}", database: {self.database}, retention_policy: kept, measurement: m',
            "v2": f'url: "{self.telegraf.address}", {V2}, measurement: m',
            "vm1": f'url: "{vm}", database: {self.database}, measurement: {self.database}_v1',
            "vm2": f'url: "{vm}", {V2}, measurement: {self.database}_v2',
        }
        return {name: sinks[name] for name in wanted or sinks}

    def check_influxdb(self, fed):
        self.assertEqual(influxdb_points(self.influxdb.address, self.database, "kept"), points(fed))

    def check_telegraf(self, fed):
        found, lines = telegraf_points(self.telegraf.folder)
        self.assertEqual(found, points(fed))
        return lines

    def check_victoriametrics(self, fed):
        for version in ("v1", "v2"):
            found = victoriametrics_points(self.victoriametrics.address, f"{self.database}_{version}")
            self.assertEqual(found, points(fed, NUMBERS))

    def test_each_server_holds_each_row(self):
        fed = list(rows(0, 5000))
        run = Run(self, **self.keys())
        run.feed(fed)
        report = run.until_caught_up()
        self.assertEqual({name: sink["upserts"] for name, sink in report["sinks"].items()}, dict.fromkeys(self.keys(), 5000))
        self.check_influxdb(fed)
        self.check_victoriametrics(fed)
        self.assertEqual(self.check_telegraf(fed), 5000)

    def test_killed_at_every_point(self):
        fed, run = [], Run(self, **self.keys())
        deaths = [f"series.before_write:{n}" for n in (1, 2, 4)] + [f"series.after_write:{n}" for n in (1, 3, 4)]
        deaths += ["engine.between_sinks:2", "engine.before_checkpoint"]
        for number, fault in enumerate(deaths):
            more = list(rows(number * 100, 100))
            run.feed(more)
            fed += more
            run.dies_at(fault)
        run.until_caught_up()
        self.check_influxdb(fed)
        self.check_victoriametrics(fed)
        self.check_telegraf(fed)

    def check_put_aside_once(self, run, sink, fed, bad, reason):
        """Of what was fed, dying at each step, only `bad` went to the quarantine, each once with the reason."""
        run.feed(fed)
        for fault in ("series.after_write", "topic_sink.before_append", "topic_sink.after_append"):
            run.dies_at(fault)
        report = run.until_caught_up()
        self.assertEqual(report["records_quarantined"], 0, "the run before had put them aside")
        self.assertIn("a point is refused", run.log())
        aside = run.quarantine(sink)
        self.assertEqual(sorted(int(line.rsplit(" ", 1)[1]) // 1_000_000 for line, _ in aside), sorted(map(time_ms, bad)))
        for line, why in aside:
            self.assertTrue(line.startswith("m,sensor="), line[:100])
            self.assertIn(reason, why)

    def test_points_that_conflict(self):
        # In the week of that point the field "note" is a number already; a partial write doesn't say of which lines.
        bad, good = list(rows(-30 * 86_400_000, 7)), list(rows(0, 40))
        fetch(self.influxdb.address + "/write", {"db": self.database, "precision": "ms"}, f"m note=7 {time_ms(bad[0]) - 1}".encode())
        self.check_put_aside_once(Run(self, **self.keys("v1")), "v1", good[:11] + bad[:3] + good[11:] + bad[3:], bad,
                                  'input field "note" on measurement "m" is type string, already exists as type float')
        # A query over both weeks would take the type of the first.
        found = influxdb_points(self.influxdb.address, self.database, "kept", time_ms(good[0]))
        self.assertEqual(found, points(good))

    def test_points_that_are_too_large(self):
        self.restart_telegraf(HEADRACE_TELEGRAF_BODY_MAX="200KB")
        good, bad = list(rows(0, 40)), list(rows(50, 2, note="x" * 300_000))
        keys = {"v2": self.keys("v2")["v2"] + ", gzip: false"}  # the size is that of what is sent
        self.check_put_aside_once(Run(self, **keys), "v2", good[:11] + bad[:1] + good[11:] + bad[1:], bad, "too large")
        self.check_telegraf(good)

    def restart_telegraf(self, **environment):
        self.telegraf.stop()
        self.telegraf.environment = environment
        self.addCleanup(self.telegraf.environment.clear)
        self.telegraf.start()

    def test_a_token_that_is_wrong(self):
        fed, run = list(rows(0, 50)), Run(self, **self.keys("v2"))
        run.feed(fed)
        status, _ = run.finish(run.start("--until-caught-up", token="secret-but-wrong"))
        self.assertEqual(status, 2, run.log())
        self.assertIn("answered 401", run.log())
        self.assertIn("check url, org, bucket and token", run.log())
        self.assertNotIn("secret-but-wrong", run.log())
        run.until_caught_up()
        self.assertEqual(self.check_telegraf(fed), 50)

    def test_too_much_at_once(self):
        self.restart_telegraf(HEADRACE_TELEGRAF_UNDELIVERED_MAX="20", HEADRACE_TELEGRAF_FLUSH="1s")
        fed, run = list(rows(0, 100)), Run(self, **self.keys("v2"))
        run.feed(fed)
        report = run.until_caught_up()
        self.assertEqual(report["sinks"]["v2"]["quarantined"], 0)
        self.assertIn("the server answered 429", run.log())  # once the batches are small enough
        wait_until(self, "the last lines", lambda: telegraf_points(self.telegraf.folder)[1] == 100)
        self.check_telegraf(fed)

    def test_restarts(self):
        fed, run = [], Run(self, **self.keys())
        process = run.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        for number, server in enumerate((self.influxdb, self.telegraf, self.victoriametrics) * 2):
            more = list(rows(number * 500, 500))
            fed += more
            run.feed(more[:250])
            (server.kill if number < 3 and server is self.influxdb else server.stop)()
            run.feed(more[250:])
            time.sleep(1)
            server.start()
        wait_until(self, "all points", lambda: len(influxdb_points(self.influxdb.address, self.database, "kept")) == len(fed))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(run.finish(process)[0], 0, run.log())
        run.until_caught_up()
        self.check_influxdb(fed)
        self.check_victoriametrics(fed)
        self.check_telegraf(fed)

    def test_a_server_that_is_away_for_long(self):
        """The epoch waits, and memory doesn't grow with what comes meanwhile."""
        batch, most, note = 2000, 150_000, "x" * 1000
        run = Run(self, **self.keys("v1"))
        process = run.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        fed, stop = [0], threading.Event()

        def feed():
            while not stop.is_set() and fed[0] < most:
                run.feed(rows(fed[0], batch, note), f"rows{fed[0] // 50_000}")
                fed[0] += batch
                time.sleep(0.05)

        def totals():
            """How many points the server has, and the sum of their counts."""
            query = 'SELECT count("count"), sum("count") FROM kept."m"'
            answer = json.loads(fetch(self.influxdb.address + "/query", {"db": self.database, "q": query}))
            return tuple(answer["results"][0]["series"][0]["values"][0][1:]) if "series" in answer["results"][0] else (0, 0)

        feeder = threading.Thread(target=feed)
        feeder.start()
        self.addCleanup(feeder.join)
        self.addCleanup(stop.set)
        wait_until(self, "points", lambda: totals()[0] >= 10_000)
        self.influxdb.stop()
        begin, resident = fed[0], []
        while feeder.is_alive():
            resident.append((fed[0], resident_bytes(process)))
            time.sleep(0.2)
        wait_until(self, "all records in the log", lambda: self.kept(run) == most)
        for _ in range(20):
            resident.append((fed[0], resident_bytes(process)))
            time.sleep(0.2)
        self.assertIsNone(process.poll(), run.log())
        # While the second half came, memory stayed where the first half had brought it.
        half = (begin + most) // 2
        early, late = (max(size for count, size in resident if (count <= half) == first) for first in (True, False))
        print(f"resident MiB while {most - begin} records of 1 kB came: {early >> 20}, then {late >> 20}", file=sys.stderr)
        self.influxdb.start()
        wait_until(self, "all points", lambda: totals()[0] == most, 300)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(run.finish(process)[0], 0, run.log())
        self.assertEqual(totals(), (most, most * (most - 1) // 2))
        self.assertLess(late - early, 100 << 20)

    def kept(self, run):
        """How many records the log has, while the pipeline runs."""
        output = subprocess.run([HEADRACE, "topic", "show", run.folder / "state", "readings", "--json"],
                                check=True, capture_output=True, text=True).stdout
        return json.loads(output)["records"]


if __name__ == "__main__":
    unittest.main()

"""The whole embedded path: the recorded feed into a Hudi table and a series, compared with the recording itself."""
import os
import signal
import tempfile
import time
import unittest
import urllib.request

import harness


class QuakesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="headrace-quakes-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_the_table_and_the_series_equal_the_recording(self):
        with harness.feed_server("--step", "6h") as url:
            run = harness.Run(self.folder, url)
            report = run.until_caught_up()
            with self.subTest("headrace reads the table"):
                harness.check_table(self, run.query("SELECT * FROM quakes_table"))
            with self.subTest("hudi-rs reads the table"):
                harness.check_table(self, run.table_by_hudi_rs())
            with self.subTest("the series"):
                harness.check_series(self, run.series())
            with self.subTest("the report"):
                self.assertGreater(report["records_polled"], 1707)
                self.assertGreaterEqual(report["records_kept"], 1707)
                self.assertEqual(report["records_quarantined"], 0)
                self.assertEqual(report["records_late"], 0)
                self.assertGreaterEqual(report["sinks"]["quakes_table"]["commits"], 1)
            with self.subTest("a second run changes nothing"):
                again = run.until_caught_up()
                self.assertEqual(again["sinks"]["quakes_table"]["commits"], 0)
                harness.check_series(self, run.series())

    def test_a_misbehaving_feed_changes_no_result(self):
        with harness.feed_server("--step", "6h", "--misbehave", "0.3", "--seed", "7") as url:
            run = harness.Run(self.folder, url)
            run.until_caught_up()
            harness.check_table(self, run.query("SELECT * FROM quakes_table"))
            harness.check_series(self, run.series())

    def test_sigterm_ends_the_epoch_and_the_run_with_status_0(self):
        with harness.feed_server("--step", "1h") as url:
            run = harness.Run(self.folder, url)
            process = run.start("--json")
            time.sleep(1.5)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, errors[-2000:])
            run.until_caught_up()
            harness.check_table(self, run.query("SELECT * FROM quakes_table"))

    def test_a_second_run_on_one_state_folder_is_refused(self):
        with harness.feed_server("--step", "1h") as url:
            run = harness.Run(self.folder, url)
            first = run.start()
            try:
                time.sleep(1)
                second = run.start()
                _, errors = second.communicate(timeout=30)
                self.assertEqual(second.returncode, 2, errors)
                self.assertIn(self.folder, errors)
            finally:
                first.send_signal(signal.SIGTERM)
                first.communicate(timeout=30)

    def test_metrics_and_health_are_served_while_it_runs(self):
        with harness.feed_server("--step", "1h") as url:
            run = harness.Run(self.folder, url)
            run.environment["QUAKE_METRICS"] = f"127.0.0.1:{20000 + os.getpid() % 10000}"
            process = run.start()
            try:
                time.sleep(2)
                address = "http://" + run.environment["QUAKE_METRICS"]
                text = urllib.request.urlopen(address + "/metrics", timeout=5).read().decode()
                for name in (
                    "headrace_source_records_total", "headrace_source_polls_total", "headrace_engine_epoch",
                    "headrace_engine_lag_records", "headrace_engine_watermark_timestamp_seconds",
                    "headrace_engine_state_rows", "headrace_engine_quarantined_total",
                    "headrace_sink_commits_total", "headrace_sink_commit_seconds_bucket",
                ):
                    self.assertIn(name, text)
                self.assertEqual(urllib.request.urlopen(address + "/healthz", timeout=5).status, 200)
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)


if __name__ == "__main__":
    unittest.main(verbosity=2)

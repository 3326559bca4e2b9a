"""Real servers for tests, started and stopped by the scripts of services/.

Environment (set by ctest): HEADRACE_SOURCE. HEADRACE_CONNECT_DIR: a folder whose servers are used, and left running,
instead of the test's own.
"""
import os
import pathlib
import subprocess
import tempfile

SERVICES = pathlib.Path(os.environ["HEADRACE_SOURCE"]) / "services"


class Server:
    """One server with its data in a folder of its own, which goes with the test class."""

    def __init__(self, name, **environment):
        self.name = name
        self.environment = environment
        folder = os.environ.get("HEADRACE_CONNECT_DIR")
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix=f"headrace-{name}-")
        self.folder = pathlib.Path(folder or self.temporary.name)
        os.chmod(self.folder, 0o755)  # PostgreSQL's user has to pass through

    def act(self, action):
        done = subprocess.run(
            [SERVICES / self.name, action, self.folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **self.environment},
        )
        assert done.returncode == 0, f"services/{self.name} {action} failed: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def start(self):
        self.address = self.act("start").splitlines()[-1]
        return self

    def stop(self):
        self.act("stop")

    def kill(self):
        self.act("kill")

    def signal(self, number):
        """Sends the server a signal, and its children."""
        pid = int((self.folder / self.name / "pid").read_text().split()[0])
        os.killpg(pid, number)

    def close(self):
        if self.temporary:
            self.stop()
            self.temporary.cleanup()

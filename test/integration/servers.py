"""Real servers for tests, started and stopped by the scripts of services/."""
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
        self.temporary = tempfile.TemporaryDirectory(prefix=f"headrace-{name}-")
        self.folder = pathlib.Path(self.temporary.name)

    def act(self, action):
        command = [SERVICES / self.name, action, self.folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **self.environment})
        if done.returncode != 0:
            raise AssertionError(f"services/{self.name} {action} failed: {done.stdout}")
        return done.stdout.strip()

    def start(self):
        self.url = self.act("start").splitlines()[-1]
        return self

    def stop(self):
        self.act("stop")

    def kill(self):
        self.act("kill")

    def close(self):
        self.stop()
        self.temporary.cleanup()

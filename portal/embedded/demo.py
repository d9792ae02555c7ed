"""`make demo`: the whole portal on this machine, started step by step and stopped in order.

Everything it keeps is in one folder (`demo_folder`): the database, uploaded files, e-mails, logs and
the secret key. Each step of preparation notes what it was made from, so that a later start
repeats only what has changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from portal.embedded import broker, processes
from portal.embedded.install import ROOT, digest
from portal.embedded.mail import MailServer
from portal.embedded.postgres import EmbeddedPostgres
from portal.embedded.scratch import settings_for

START_PATIENCE = 90  # seconds for the page to answer
MAIL_PAUSE = 5  # seconds without an e-mail after which the example data's have all come
STOP_PATIENCE = 15  # seconds for the worker to finish the task in hand


class Stopped(BaseException):
    """Someone asked the demo to end."""


def demo_folder() -> Path:
    """Where the demo keeps its data: `.demo` here, or outside root's home when root runs it.

    The database's server may not run as root, and the user it runs as may not enter root's home.
    """
    if os.environ.get("DEMO_FOLDER"):
        return Path(os.environ["DEMO_FOLDER"]).resolve()
    if os.geteuid() != 0:
        return ROOT / ".demo"
    return Path("/var/tmp") / f"threepoint-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"  # noqa: S108 - see `open_folder`


def open_folder() -> Path:
    """Make the demo's folder; refuse one that another user has put in its place."""
    folder = demo_folder()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise SystemExit(f"{folder} belongs to another user. Remove it, or name another in DEMO_FOLDER.")
    return folder


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Hold the folder for one demo; a second one is told where the first is."""
    with (folder / "running").open("a+") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note.seek(0)
            raise SystemExit(f"This checkout's demo is running already: {note.read().strip()}") from None
        yield


def chosen_port() -> int:
    """The port that `PORT` names, 8000 without it; ends with a message if it can't be had."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    if port < 1024 and os.geteuid() != 0:
        raise SystemExit(f"Port {port} needs root. Choose one from 1024 up: PORT=8001 make demo")
    if not processes.is_free(port):
        raise SystemExit(
            f"Port {port} is taken by another program. Stop it, or choose another port: PORT=8001 make demo"
        )
    return port


def secret_key(folder: Path) -> str:
    """The demo's own key, made once, readable by its owner alone."""
    file = folder / "secret-key"
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_urlsafe(64))
    return file.read_text()


def say(text: str) -> None:
    print(text, flush=True)


def _is_empty(server: EmbeddedPostgres) -> bool:
    """Whether nobody has an account: the example data goes into an empty portal alone."""
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone() is None


class Demo:
    """One run of the demo, in one folder, on one port."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}/"
        self.logs = folder / "logs"
        self.env: dict[str, str] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.begun = time.monotonic()
        self.names_mail = True
        self.last_mail = 0.0

    def run(self) -> None:
        """Start everything, wait for a signal, stop everything; `Stopped` may come at any moment."""
        self.logs.mkdir(mode=0o700, exist_ok=True)
        with ExitStack() as stack:
            say("Starting the database")
            server = EmbeddedPostgres(self.folder / "postgres")
            stack.callback(server.stop)
            server.start()
            mail = MailServer(self.folder / "mail", processes.free_port(), self._announce)
            mail.start()
            stack.callback(mail.stop)
            self.env = self._environment(server, mail.port)
            self._prepare(server)
            stack.callback(self._stop_all)
            self._start_all()
            self._wait_until_ready()
            self._banner()
            self._watch()

    def _announce(self, text: str) -> None:
        """Name an e-mail as it comes; the hundreds of the example data are kept without a word."""
        self.last_mail = time.monotonic()
        if self.names_mail:
            say(text)

    def _environment(self, server: EmbeddedPostgres, mail_port: int) -> dict[str, str]:
        """What the portal's settings read. Nothing of the caller's own settings gets in."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "TZ") if name in os.environ}
        return kept | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "SECRET_KEY": secret_key(self.folder),
            "LOCAL_HTTP": "true",
            "LOG_JSON": "false",
            "SITE_URL": self.url,
            "DATABASE_URL": server.url(),
            "CELERY_BROKER_URL": broker.prepare(server.url()),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
            "MEDIA_ROOT": str(self.folder / "media"),
            "STATIC_ROOT": str(self.folder / "static"),
        }

    # --- Preparing ---------------------------------------------------------------------------

    def _prepare(self, server: EmbeddedPostgres) -> None:
        migrations = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("portal/*/migrations/*.py")]
        settings = [ROOT / "portal/settings.py", ROOT / "requirements/demo.txt"]
        static = [path for path in (ROOT / "static/build").rglob("*") if path.is_file()]
        self._step("Preparing the tables", "make_tables", "--no-input", made_from=[*migrations, *settings])
        self._step("Preparing the shared cache", "createcachetable", made_from=settings)
        taxonomy = [path for path in (ROOT / "techmap").rglob("*") if path.is_file() and path.suffix != ".pyc"]
        self._step("Loading the capability taxonomy", "load_capabilities", made_from=taxonomy)
        self._step("Loading the framework agreements", "load_frameworks", made_from=taxonomy)
        if _is_empty(server):
            self._step("Loading example data", "seed_demo", made_from=[])
            self.names_mail = False
        self._step("Making suppliers searchable", "rebuild_search", made_from=[*migrations, *taxonomy])
        self._step("Writing the open data", "write_open_data", made_from=[*migrations, *taxonomy])
        self._keep_accounts()
        self._step("Gathering static files", "collectstatic", "--no-input", made_from=[*static, *settings])

    def _keep_accounts(self) -> None:
        """Ask once who can sign in; the table is kept beside the data."""
        file = self.folder / "accounts.txt"
        if not file.exists():
            file.write_text(self._manage("seed_demo", "--accounts"))

    def _step(self, title: str, command: str, *args: str, made_from: list[Path]) -> None:
        """Run one management command, unless it ran to its end for these very files."""
        notes = self.folder / "prepared.json"
        prepared = json.loads(notes.read_text()) if notes.exists() else {}
        key = digest(*made_from)
        if prepared.get(command) == key:
            return
        say(title)
        self._manage(command, *args)
        notes.write_text(json.dumps(prepared | {command: key}))

    def _manage(self, *args: str) -> str:
        """Run a management command to its end, or to a signal to us; answer with what it printed.

        At a terminal its progress bar is seen; elsewhere all its words are kept for when it fails.
        """
        process = subprocess.Popen(
            [sys.executable, "manage.py", *args], cwd=ROOT, env={**self.env, "LOG_LEVEL": "WARNING"}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
            stderr=None if sys.stderr.isatty() else subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, _ = process.communicate()
        except Stopped:
            process.kill()
            process.wait()
            raise
        if process.returncode:
            raise SystemExit(f"{said}\nmanage.py {args[0]} failed.")
        return said

    # --- Running -----------------------------------------------------------------------------

    def _start_all(self) -> None:
        say("Starting the web server, the worker and the clock")
        celery = ["celery", "-A", "portal"]
        self._start("web", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
                    "--graceful-timeout", "5", "--no-control-socket")  # fmt: skip
        self._start("worker", *celery, "worker", "--concurrency", "2", "--without-mingle", "--without-gossip",
                    "--loglevel", "INFO")  # fmt: skip
        self._start("clock", *celery, "beat", "--schedule", str(self.folder / "clock"), "--pidfile=",
                    "--loglevel", "INFO")  # fmt: skip

    def _start(self, name: str, *command: str) -> None:
        log = self.logs / f"{name}.log"
        log.write_bytes(b"")
        self.running[name] = processes.start([sys.executable, "-m", *command], log=log, folder=ROOT, env=self.env)

    def _stop_all(self) -> None:
        """The clock first, so that nothing new is due; then the web; the worker finishes the task in hand."""
        say("Stopping")
        order = [self.running.pop(name) for name in ("clock", "web", "worker") if name in self.running]
        for process in order:
            if process.poll() is None:
                process.terminate()
        for process in order:
            processes.stop(process, patience=STOP_PATIENCE)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not (self._page_answers() and b" ready." in (self.logs / "worker.log").read_bytes()):
            self._check_all_run()
            if time.monotonic() > deadline:
                raise SystemExit(f"The portal did not answer in {START_PATIENCE} seconds. Its logs are in {self.logs}.")
            time.sleep(0.1)

    def _page_answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=30):
                return True
        except urllib.error.HTTPError as error:
            raise SystemExit(f"The portal answers {error.code}. Its logs are in {self.logs}.") from None
        except OSError:
            return False

    def _check_all_run(self) -> None:
        for name, process in self.running.items():
            if process.poll() is not None:
                log = self.logs / f"{name}.log"
                raise SystemExit(f"The {name} has stopped. From {log}:\n{processes.tail(log)}")

    def _watch(self) -> None:
        begun = time.monotonic()
        while True:
            self._check_all_run()
            if not self.names_mail and time.monotonic() - max(begun, self.last_mail) > MAIL_PAUSE:
                self.names_mail = True
                say(f"The example data's e-mails are in {self.folder / 'mail'} too; from now on each new one is named.")
            time.sleep(0.5)

    def _banner(self) -> None:
        note = f"{self.url} (process {os.getpid()})"
        (self.folder / "running").write_text(note)
        say(f"\nThreepoint is ready after {time.monotonic() - self.begun:.0f} seconds: {self.url}\n")
        say((self.folder / "accounts.txt").read_text())
        say(f"E-mails are not sent: they are kept in {self.folder / 'mail'} and named here as they come.")
        say(f"Logs: {self.logs}\nCtrl-C ends the demo and keeps its data; `make demo-reset` deletes it.\n")


def _take_signals() -> None:
    """Turn Ctrl-C, `kill` and a closed terminal into one `Stopped`; later ones don't disturb the stopping."""

    def stop(_number: int, _frame: object) -> None:
        for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(known, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def main() -> None:
    """Run the demo until it is told to end."""
    folder = open_folder()
    with sole_use(folder):
        port = chosen_port()
        _take_signals()
        try:
            Demo(folder, port).run()
        except Stopped:
            say("The demo has ended. Its data is kept for the next `make demo`.")


def reset() -> None:
    """Delete the demo's data. A demo that is running is left alone, and so is its data."""
    if not demo_folder().exists():
        return say("There is no demo data to delete.")
    folder = open_folder()
    with sole_use(folder):
        shutil.rmtree(folder)
    return say(f"Deleted {folder}. The next `make demo` starts afresh.")


def code() -> None:
    """Print the security code of the moment for the demo's accounts; needs no running demo."""
    env = {**os.environ, **settings_for("postgres://nobody@127.0.0.1/none")}
    sys.exit(subprocess.run([sys.executable, "manage.py", "demo_code"], cwd=ROOT, env=env).returncode)

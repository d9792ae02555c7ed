"""A process with the portal loaded that bears Celery workers by fork: each start costs little.

    python -m tests.notifications.nursery LOG

Each line on standard input is the arguments of `celery worker`; the answer is the new worker's
process id. Each worker is a process and a session of its own, and dies with this process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def become_worker(arguments: list[str]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    from portal import celery_app

    celery_app.worker_main(["worker", *arguments])


def main(log: str) -> None:
    words = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(words, 2)
    import django

    django.setup()
    import celery.apps.worker  # noqa: F401 -- loaded once, here

    import portal.notifications.tasks  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead workers
    for line in sys.stdin:
        worker = os.fork()
        if not worker:
            try:
                become_worker(line.split())
            finally:
                os._exit(1)
        print(worker, flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main(sys.argv[1])

"""Become a program that is sent a signal when its starter is gone, however it went.

    python leash.py STARTER SIGNAL USER GROUP PROGRAM ARGUMENT...

`kill -9` of `make demo` or of the tests runs no clean-up there, so the kernel does it: Linux sends
SIGNAL to this process when STARTER (a pid) ends. A change of user clears the request, so the change
to USER and GROUP (ids, or `-` for none) happens here, before it. Elsewhere than on Linux the
program runs without a leash. Standard library alone, and run by path: a start costs 20 ms.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(starter: int, number: int, user: str, group: str, command: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if user != "-":
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    if sys.platform == "linux":
        if libc.prctl(PR_SET_PDEATHSIG, number) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        if os.getppid() != starter:  # it ended before the request was made
            raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 - the launcher's own commands, never a request's


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])

"""A worker's search for a plan, in a process of its own that dies at a moment of it."""

from __future__ import annotations

import os
import signal
from typing import Any


def search(run: int, dies: str = "") -> None:
    """Dies, as by `kill -9`, once it is "claimed", once the first plan is "found", or before the end is "kept"."""
    from django.utils import timezone

    from innovation_den.actions import plans

    def die_after(moment: str, holder: Any, name: str, is_it: Any = lambda *given: True) -> None:
        real = getattr(holder, name)

        def act(*given: Any, **named: Any) -> Any:
            done = real(*given, **named)
            if dies == moment and is_it(*given):
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(holder, name, act)

    die_after("claimed", plans, "claim_run")
    die_after("found", plans.Pulse, "beat", lambda _pulse, _seconds, best, _bound: best is not None)
    die_after("kept", plans, "judged")
    plans.search_plan(run_id=run, now=timezone.now())

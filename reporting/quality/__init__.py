"""How well a return is reported (0 to 100, in four parts), and which declared rules hold for a contract."""

from reporting.quality.scores import scored

__all__ = ["scored"]

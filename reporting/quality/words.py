"""What was found, in words: a question with its figures, and each figure as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from portal.govuk.formats import day, money
from reporting import standards
from reporting.quality.declared import Rule

LONGEST = 500


def question_of(rule: Rule, figures: Mapping[str, str]) -> str:
    """The rule's question with the figures in it."""
    words = {figure.name: figure_words(figure.unit, figures[figure.name]) for figure in rule.figures}
    asked = rule.asks.format(**words)
    return asked if len(asked) <= LONGEST else f"{asked[: LONGEST - 1]}…"


def figure_words(unit: str, text: str) -> str:
    if unit == "money":
        return money(text)
    if unit == "price":
        return f"£{Decimal(text):,.2f}"
    if unit == "percent":
        return f"{Decimal(text):,.1f}%"
    if unit == "date":
        return day(date.fromisoformat(text))
    if unit == "days":
        return f"{int(text):,} day{'' if int(text) == 1 else 's'}"
    if unit == "rating":
        return standards.latest().codes["rating"].labels.get(text, text)
    return f"{int(text):,}" if unit == "number" else text


def figures_in_words(rule: Rule, figures: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Each figure of the formula: its letter, what it is, and its value."""
    return [
        (figure.symbol, figure.says, figure_words(figure.unit, figures[figure.name]))
        for figure in rule.figures
        if figure.name in figures
    ]

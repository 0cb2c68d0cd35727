"""Figures as text."""

from __future__ import annotations

from operations.statistics import Estimate

ABSENT = "–"


def interval(measure: Estimate | None, digits: int = 3) -> str:
    """Return a value with its interval in brackets."""
    if measure is None:
        return ABSENT
    value, low, high = (f"{each:.{digits}f}" for each in (measure.value, measure.low, measure.high))
    return f"{value} ({low} to {high})"


def percent(measure: Estimate | None) -> str:
    """Return a share in percent with its interval in brackets."""
    if measure is None:
        return ABSENT
    return f"{measure.value:.1%} ({measure.low:.1%} to {measure.high:.1%})"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return f"{100 * value:+.2f}".replace("-", "−").replace("+0.00", "0.00").replace("−0.00", "0.00")


def p_value(p: float) -> str:
    """Return a p-value with four digits."""
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def duration(seconds: float) -> str:
    """Return a duration in the two largest units that matter."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def thousands(number: int | None) -> str:
    """Return a number of rows with its thousands apart."""
    return ABSENT if number is None else f"{number:,}"


def megabytes(count: int) -> str:
    """Return a number of bytes in megabytes."""
    return f"{count / 1e6:.2f}"


def commit(described: str | None) -> str:
    """Return a commit in twelve digits, with the mark of a changed work tree if there is one."""
    if not described:
        return ABSENT
    digits, mark = described[:40], described[40:]
    return f"`{digits[:12]}{mark}`"

"""Routes in Azure's syntax, as ASP.NET Core defines it: which request belongs to which route.

werkzeug's own map is not used: it heeds case, and a value that fails a constraint ends its search
instead of going on to the next route.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from local_host.errors import StartError

Constraint = Callable[[str], bool]

_PARAMETER = re.compile(
    r"\{(?P<stars>\*{0,2})(?P<name>[^{}:?*=/]+)"
    r"(?P<constraints>(?::(?:[^{}]|\{\{|\}\})+?)?)(?P<optional>\??)\}(?!\})"
)
_CONSTRAINT = re.compile(r":(?P<name>\w+)(?:\((?P<arguments>.*?)\))?(?=:|$)")


@dataclass(frozen=True)
class Route:
    """One route with its prefix.

    Attributes:
        template: The route as written, such as ``api/orders/{id:int?}``, without a leading slash.
        methods: What the route registered, in capitals; empty stands for every method.
        pattern: Matches a path; its groups are the values of ``parameters``.
        parameters: The names in curly brackets, in order, each with its constraints.
        precedence: Sorts routes as Azure does: literals, then parameters, then catch-alls.
    """

    template: str
    methods: tuple[str, ...]
    pattern: re.Pattern[str]
    parameters: tuple[tuple[str, tuple[Constraint, ...]], ...]
    precedence: tuple[int, ...]

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the values of the parameters, or None where the request is not this route's."""
        found = self.pattern.fullmatch(path)
        if found is None or (self.methods and method not in self.methods):
            return None
        values: dict[str, str] = {}
        for (name, constraints), value in zip(self.parameters, found.groups(), strict=True):
            if not value:
                continue
            if not all(_holds(constraint, value) for constraint in constraints):
                return None
            values[name] = value
        return values


def compile_route(template: str, prefix: str = "", methods: Iterable[str] = ()) -> Route:
    """Return the route that a template describes.

    Args:
        template: In Azure's syntax: ``orders/{name}``, ``{name?}``, ``{name:int}``, ``{*path}``.
        prefix: The app's route prefix, such as ``api``; may be empty.
        methods: The methods that the route registers; none stands for every method.

    Raises:
        StartError: The template cannot be understood.
    """
    whole = "/".join(part for part in (prefix.strip("/"), template.strip("/")) if part)
    segments = [_Segment.parse(text, whole) for text in whole.split("/") if text]
    if any(segment.swallows for segment in segments[:-1]):
        raise StartError(
            f"The route '{whole}' has an optional part or a catch-all before its end;"
            " only the last segment can be one."
        )
    return Route(
        template=whole,
        methods=tuple(method.upper() for method in methods),
        pattern=re.compile(
            "".join(segment.pattern for segment in segments) + "/?", re.IGNORECASE | re.DOTALL
        ),
        parameters=tuple(parameter for segment in segments for parameter in segment.parameters),
        precedence=tuple(segment.rank for segment in segments),
    )


@dataclass(frozen=True)
class _Segment:
    """What lies between two slashes; ``swallows`` where it may match nothing at all."""

    pattern: str
    parameters: tuple[tuple[str, tuple[Constraint, ...]], ...]
    rank: int
    swallows: bool = False

    @classmethod
    def parse(cls, text: str, template: str) -> _Segment:
        found = list(_PARAMETER.finditer(text))
        literals = _PARAMETER.sub("\0", text).split("\0")
        if any("{" in literal or "}" in literal for literal in literals):
            raise StartError(
                f"The part '{text}' of the route '{template}' cannot be understood; write a"
                " parameter as {name}, {name?}, {name:constraint} or {*name}."
            )
        parameters = tuple((each["name"], _constraints(each, template)) for each in found)
        if len(found) == 1 and text == found[0].group():
            return cls._alone(found[0], parameters)
        pattern = "([^/]+)".join(re.escape(literal) for literal in literals)
        return cls(f"/{pattern}", parameters, rank=2 if found else 1)

    @classmethod
    def _alone(
        cls,
        found: re.Match[str],
        parameters: tuple[tuple[str, tuple[Constraint, ...]], ...],
    ) -> _Segment:
        rank = (5 if found["stars"] else 3) - bool(found["constraints"])
        if found["stars"]:
            return cls("(?:/(.*))?", parameters, rank, swallows=True)
        if found["optional"]:
            return cls("(?:/([^/]+))?", parameters, rank, swallows=True)
        return cls("/([^/]+)", parameters, rank)


def _constraints(parameter: re.Match[str], template: str) -> tuple[Constraint, ...]:
    text = parameter["constraints"].replace("{{", "{").replace("}}", "}")
    found = list(_CONSTRAINT.finditer(text))
    if "".join(each.group() for each in found) != text:
        raise StartError(f"The constraint '{text}' of the route '{template}' is malformed.")
    return tuple(_constraint(each["name"], each["arguments"], template) for each in found)


def _constraint(name: str, arguments: str | None, template: str) -> Constraint:
    factory = _FACTORIES.get(name.lower())
    if factory is None:
        raise StartError(
            f"The route '{template}' has the unknown constraint '{name}'; known are"
            f" {', '.join(_FACTORIES)}."
        )
    if arguments is None:
        values = []
    elif name.lower() == "regex":
        values = [arguments]
    else:
        values = [value.strip() for value in arguments.split(",")]
    try:
        return factory(*values)
    except (TypeError, ValueError, re.error):
        raise StartError(
            f"The constraint '{name}' of the route '{template}' has the wrong arguments."
        ) from None


def _holds(constraint: Constraint, value: str) -> bool:
    try:
        return constraint(value)
    except ValueError:
        return False


def _whole(value: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", value):
        raise ValueError("This is not a whole number.")
    return int(value)


def _within(low: float, high: float, measure: Callable[[str], float] = _whole) -> Constraint:
    return lambda value: low <= measure(value) <= high


def _length(low: str, high: str | None = None) -> Constraint:
    return _within(int(low), int(high or low), len)


def _parses(parse: Callable[[str], object]) -> Constraint:
    # What does not parse raises ValueError, which counts as not held.
    return lambda value: parse(value) is not None


def _matches(pattern: str) -> Constraint:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


_FACTORIES: Mapping[str, Callable[..., Constraint]] = MappingProxyType(
    {
        "int": lambda: _within(-(2**31), 2**31 - 1),
        "long": lambda: _within(-(2**63), 2**63 - 1),
        "decimal": lambda: _parses(float),
        "double": lambda: _parses(float),
        "float": lambda: _parses(float),
        "bool": lambda: _matches("^(true|false)$"),
        "guid": lambda: _parses(uuid.UUID),
        "datetime": lambda: _parses(datetime.fromisoformat),
        "alpha": lambda: _matches("^[a-z]*$"),
        "min": lambda low: _within(int(low), math.inf),
        "max": lambda high: _within(-math.inf, int(high)),
        "range": lambda low, high: _within(int(low), int(high)),
        "length": _length,
        "minlength": lambda low: _within(int(low), math.inf, len),
        "maxlength": lambda high: _within(0, int(high), len),
        "regex": _matches,
        "required": lambda: bool,
    }
)

"""Events from a Log Analytics workspace, where Application Insights keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from operations.events import FEEDBACK, PREDICTION, parse
from operations.period import Period
from operations.terminal import missing_package

# An event that was delivered twice has the same time and properties both times.
QUERY = f"""AppEvents
| where Name in ("{PREDICTION}", "{FEEDBACK}")
| project TimeGenerated, Name, Properties = tostring(Properties)
| distinct TimeGenerated, Name, Properties"""


class WorkspaceError(OSError):
    """A workspace cannot be read; the message says why and what to do."""


def make_client() -> Any:
    """Return a client of Log Analytics that signs in as the environment allows: the Azure CLI,
    a managed identity, or the variables of a service principal.

    Raises:
        WorkspaceError: A package is not installed.
    """
    try:
        from azure.identity import DefaultAzureCredential
        from azure.monitor.query import LogsQueryClient
    except ImportError as error:
        raise WorkspaceError(missing_package(error, "Reading a workspace", "operations")) from error
    return LogsQueryClient(DefaultAzureCredential())


def read_workspace(client: Any, workspace: str, period: Period) -> Iterator[object]:
    """Yield the events of a period as JSON objects; None for one that is malformed.

    Args:
        client: A ``LogsQueryClient``.
        workspace: The workspace's id, a GUID that its overview in the portal shows.
        period: Only events within are asked for.

    Raises:
        WorkspaceError: The service cannot be reached, refuses, or returns a part only.
    """
    from azure.core.exceptions import AzureError

    try:
        answer = client.query_workspace(workspace, QUERY, timespan=(period.since, period.until))
    except AzureError as error:
        reason = str(error).strip().partition("\n")[0]
        raise WorkspaceError(
            f"The workspace {workspace} cannot be read: {reason} Sign in with `az login`, and"
            " check the id and that you are a Log Analytics Reader there."
        ) from error
    if getattr(answer, "partial_error", None) is not None:
        raise WorkspaceError(
            f"The workspace {workspace} returned only a part of the events; choose a shorter"
            " period."
        )
    for table in answer.tables:
        for row in table.rows:
            yield _event(row)


def _event(row: Any) -> object:
    properties = parse(row["Properties"] or "")
    if not isinstance(properties, dict):
        return None
    return {**properties, "time": row["TimeGenerated"], "name": row["Name"]}

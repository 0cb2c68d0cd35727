"""What the infrastructure promises, read from its source: there is no account to deploy it to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import bicep
from tests.support.bicep import FILES, INFRA, Declared
from tests.support.pythons import ROOT

APP = INFRA / "modules" / "app.bicep"
ACCESS = INFRA / "modules" / "access.bicep"
ALERTS = INFRA / "modules" / "alerts.bicep"
STORAGE = INFRA / "modules" / "storage.bicep"

SETTINGS = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__credential",
    "RECEIPT_KEYS",
    "SENTIMENT_HOME",
    "SENTIMENT_PUBLIC",
    "SENTIMENT_PUBLIC_PER_MINUTE",
    "SENTIMENT_STORAGE__accountName",
    "SENTIMENT_STORAGE__clientId",
}
OURS = re.compile(r"SENTIMENT_\w+|RECEIPT_KEYS")

# Who, on what, as what, and whether it depends on somebody being named.
ACCESS_GIVEN = {
    ("appPrincipalId", "host", "blobOwner", False),
    ("appPrincipalId", "models", "blobReader", False),
    ("appPrincipalId", "feedback", "tableContributor", False),
    ("appPrincipalId", "vault", "secretsUser", False),
    ("appPrincipalId", "insights", "metricsPublisher", False),
    ("deployPrincipalId", "app", "websiteContributor", True),
    ("deployPrincipalId", "plan", "reader", True),
    ("trainPrincipalId", "models", "blobContributor", True),
    ("trainPrincipalId", "training", "blobContributor", True),
    ("trainPrincipalId", "feedback", "tableContributor", True),
    ("trainPrincipalId", "workspace", "logReader", True),
    ("operatorId", "models", "blobContributor", True),
    ("operatorId", "training", "blobContributor", True),
    ("operatorId", "feedback", "tableContributor", True),
    ("operatorId", "vault", "secretsOfficer", True),
}
# Owner, Contributor, User Access Administrator, and who may write keys of storage accounts.
TOO_MUCH = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "17d1049b-9a84-46fb-8f53-869881c3d3ab",
}


def all_resources() -> list[Declared]:
    return [each for path in FILES for each in bicep.resources(path)]


def of_type(resource_type: str) -> list[Declared]:
    found = [each for each in all_resources() if each.type == resource_type and not each.exists]
    assert found, resource_type
    return found


def app_settings() -> dict[str, str]:
    (settings,) = (
        each for each in of_type("Microsoft.Web/sites/config") if each.body["name"] == "appsettings"
    )
    properties: dict[str, str] = settings.body["properties"]
    return properties


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_can_be_parsed(path: Path) -> None:
    wrong = [each for each in bicep.walk(bicep.read(path)) if each.is_error or each.is_missing]
    assert [(each.start_point.row + 1, bicep.text(each)) for each in wrong] == []


def test_the_app_has_every_setting_it_needs_and_no_other() -> None:
    assert app_settings().keys() == SETTINGS


def test_every_connection_names_the_identity_that_has_the_roles() -> None:
    settings = app_settings()
    for name in settings:
        connection, separator, part = name.partition("__")
        if separator and part == "accountName":
            assert settings[f"{connection}__clientId"] == "identityClientId"
    assert settings["AzureWebJobsStorage__credential"] == "managedidentity"
    assert settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == (
        "ClientId=${identityClientId};Authorization=AAD"
    )


def test_the_app_reads_each_setting_that_is_ours() -> None:
    read = "".join(path.read_text() for path in (ROOT / "sentiment").rglob("*.py"))
    ours = {name for name in SETTINGS if OURS.fullmatch(name.partition("__")[0])}
    assert ours
    for name in ours:
        connection, _, part = name.partition("__")
        assert f'"{name}"' in read or (f'"{connection}"' in read and f"__{part}" in read)


def test_secrets_are_resolved_by_the_identity_of_the_app() -> None:
    (site,) = of_type("Microsoft.Web/sites")
    assert site.body["properties"]["keyVaultReferenceIdentity"] == "identityId"
    assert site.body["identity"]["userAssignedIdentities"].keys() == {"${identityId}"}
    assert app_settings()["RECEIPT_KEYS"].startswith("@Microsoft.KeyVault(SecretUri=")


def test_the_app_runs_the_python_that_its_package_is_built_for() -> None:
    from deployment.closure import PYTHON

    (site,) = of_type("Microsoft.Web/sites")
    config = site.body["properties"]["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": PYTHON}
    authentication = config["deployment"]["storage"]["authentication"]
    assert authentication["type"] == "UserAssignedIdentity"
    assert {"perInstanceConcurrency"} == config["scaleAndConcurrency"]["triggers"]["http"].keys()


def test_the_app_has_no_site_setting_that_its_plan_may_refuse() -> None:
    (site,) = of_type("Microsoft.Web/sites")
    # "Site.SiteConfig.FtpsState is invalid": nothing would be deployed at all.
    assert site.body["properties"]["siteConfig"].keys() == {"minTlsVersion", "cors"}


def test_no_storage_account_has_keys_or_anonymous_blobs() -> None:
    accounts = of_type("Microsoft.Storage/storageAccounts")
    assert len(accounts) == 2
    for account in accounts:
        properties = account.body["properties"]
        assert properties["allowSharedKeyAccess"] == "false"
        assert properties["allowBlobPublicAccess"] == "false"
        assert properties["minimumTlsVersion"] == "TLS1_2"
    for container in of_type("Microsoft.Storage/storageAccounts/blobServices/containers"):
        assert container.body["properties"]["publicAccess"] == "None"


def test_nobody_signs_in_with_a_key_or_a_password() -> None:
    source = "".join(path.read_text() for path in FILES)
    assert not re.search(r"listKeys|AccountKey|SharedAccessKey|listAccountSas", source)
    (insights,) = of_type("Microsoft.Insights/components")
    assert insights.body["properties"]["DisableLocalAuth"] == "true"
    policies = of_type("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert all(each.body["properties"]["allow"] == "false" for each in policies)
    (vault,) = of_type("Microsoft.KeyVault/vaults")
    assert vault.body["properties"]["enableRbacAuthorization"] == "true"


def test_the_stores_have_the_names_that_the_app_uses() -> None:
    from sentiment.feedback.table_store import TABLE
    from sentiment.registry.registry import CONTAINER

    (table,) = of_type("Microsoft.Storage/storageAccounts/tableServices/tables")
    assert table.body["name"] == TABLE
    assert f"for name in ['{CONTAINER}', 'training']" in STORAGE.read_text()


def given(assignment: Declared) -> tuple[str, str, str, bool]:
    properties = assignment.body["properties"]
    role = re.fullmatch(
        r"subscriptionResourceId\(definitions, roles\.(\w+)\)", properties["roleDefinitionId"]
    )
    assert role
    conditional = f"{assignment.symbol} 'Microsoft.Authorization" in conditional_declarations()
    return properties["principalId"], assignment.body["scope"], role[1], conditional


def conditional_declarations() -> str:
    lines = ACCESS.read_text().splitlines()
    return "\n".join(line for line in lines if "= if (!empty(" in line)


def test_access_is_the_least_there_is() -> None:
    assignments = of_type("Microsoft.Authorization/roleAssignments")
    assert {given(each) for each in assignments} == ACCESS_GIVEN
    assert len(assignments) == len(ACCESS_GIVEN)
    assert len({each.body["name"] for each in assignments}) == len(assignments)


def test_each_role_is_used_and_none_is_too_much() -> None:
    roles = bicep.variable(ACCESS, "roles")
    assert roles.keys() == {role for _, _, role, _ in ACCESS_GIVEN}
    assert not TOO_MUCH & set(roles.values())
    assert all(
        re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", r) for r in roles.values()
    )


def rules() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((INFRA / "alerts" / "rules.json").read_text())
    return loaded


def test_each_rule_runs_its_own_query() -> None:
    queries = bicep.variable(ALERTS, "queries")
    assert queries == {name: f"loadTextContent('../alerts/{name}')" for name in queries}
    assert queries.keys() == {rule["file"] for rule in rules()}


def test_each_rule_has_a_frequency_and_a_window_that_azure_takes() -> None:
    durations = bicep.variable(ALERTS, "durations")
    for rule in rules():
        assert {str(rule["windowMinutes"]), str(rule["frequencyMinutes"])} <= durations.keys()
    minutes = {"M": 1, "H": 60, "D": 1440}
    for name, duration in durations.items():
        number, unit = re.fullmatch(r"PT?(\d+)([MHD])", duration).groups()  # type: ignore[union-attr]
        assert int(number) * minutes[unit] == int(name)


def test_alerts_read_the_workspace_that_telemetry_goes_to() -> None:
    (alerts,) = of_type("Microsoft.Insights/scheduledQueryRules")
    assert alerts.body["properties"]["scopes"] == ["workspaceId"]
    (insights,) = of_type("Microsoft.Insights/components")
    assert insights.body["properties"]["WorkspaceResourceId"] == "workspace.id"

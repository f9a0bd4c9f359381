"""A scope opens its own routes and no others; a person who is not active has no power by any of them."""

import re
from collections.abc import AsyncGenerator

import pytest

from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http.authentication import TokenVerifier
from tests.interface.company_in_memory import CompanyInMemory, open_company
from tests.interface.test_openapi import DOCUMENTS

ROUTES = [
    (service, method.upper(), path)
    for service, document in DOCUMENTS.items()
    for path, methods in document["paths"].items()
    for method in methods
]
OF_SYSTEMS = ("/ops/", "/roster", "/conflicts", "/calendars", "/people")
"""What ``ops``, ``hr.directory`` and ``hr.identities`` are for; the rest is the partners'."""
OF_PARTNERS = [each for each in ROUTES if not each[2].startswith(OF_SYSTEMS)] + [
    each for each in ROUTES if each[2].startswith(("/people/me", "/people/search"))
]


@pytest.fixture(scope="module")
async def company() -> AsyncGenerator[CompanyInMemory]:
    """Anna, who holds every scope that is no partner's, and Dora, who is no longer active."""
    async with open_company("anna", "dora") as company:
        path = f"/people/{company.people['dora']}/deactivate"
        assert (await company.ask("hr", "POST", "partnerships", path, scopes=("hr.directory",))).is_success
        await company.suite.settles()
        yield company


def address(path: str) -> str:
    """A path with an id of the right form in each place."""
    kinds = {"version": "1", "week": "2026-W10", "message": "a" * 32, "letter": "x"}
    return re.sub(r"\{(\w+)\}", lambda found: kinds.get(found[1], f"{found[1].replace('_', '-')}_{'0' * 32}"), path)


@pytest.mark.parametrize(("service", "method", "path"), OF_PARTNERS)
async def test_no_other_scope_opens_what_is_the_partners(
    company: CompanyInMemory, service: str, method: str, path: str
):
    scopes = ("ops", "hr.directory", "hr.identities", "events", "openid")
    answer = await company.ask("anna", method, service, address(path), scopes=scopes)
    assert answer.status_code in (403, 404, 422), answer.text
    if answer.status_code != 403:  # refused for its form, which is the same for all
        partner = await company.ask("anna", method, service, address(path))
        assert partner.status_code in (404, 422), answer.text


@pytest.mark.parametrize(("service", "method", "path"), ROUTES)
async def test_an_inactive_person_has_no_power_by_any_scope(
    company: CompanyInMemory, service: str, method: str, path: str
):
    scopes = ("partner", "ops", "hr.directory", "hr.identities", "events")
    answer = await company.ask("dora", method, service, address(path), scopes=scopes)
    assert not answer.is_success, answer.text


async def test_the_scope_of_partners_can_have_another_name():
    issuer = LocalIssuer()
    access = TokenVerifier(issuer.issuer, issuer.audience, Keys(issuer.jwks()), partner_scope="openid")
    for scopes, expected in (("openid", True), ("ops openid", True), ("ops", False), ("partner", False)):
        caller = await access.read(issuer.token("anna", scopes.split()))
        assert ("partner" in caller.scopes) is expected, scopes
    assert "partner" in (await access.read(issuer.token("anna"))).scopes, "a token without any scope is a partner's"

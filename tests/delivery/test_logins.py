"""Logins are compared as people read them, in every service, and a retired one opens nothing."""

from tests.delivery.company import Company, answered, eventually, problem_of


async def test_a_login_in_other_letters_finds_its_person_in_every_service_until_it_is_retired(company: Company):
    ada, ben = await company.hire("ada", "ben")
    pair = await company.pair(ada, ben)
    login = ada.login.upper().replace("ADA", "ＡＤ\u200bＡ")
    shouting = company.somebody(login, "partner")
    for service, path in (
        ("partnerships", "/people/me"),
        ("goals", f"/partnerships/{pair}/commitments"),
        ("sessions", f"/partnerships/{pair}/sessions"),
        ("notifications", "/inbox"),
    ):
        answered(await shouting.get(service, path))
    identity = {"source": company.issuer.issuer, "external_id": login}
    answered(await company.hr().post("partnerships", f"/people/{ada.id}/identities/unlink", identity))

    async def unknown() -> bool:
        return problem_of(await shouting.get("goals", f"/partnerships/{pair}/commitments")) == (403, "unknown-person")

    assert problem_of(await ada.get("partnerships", "/people/me")) == (403, "unknown-person")
    await company.stage.settle()
    await eventually("goals has heard of it", unknown)

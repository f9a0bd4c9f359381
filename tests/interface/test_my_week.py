"""My week with four partners, in five requests: every text, name and moment that a page for it shows."""

from datetime import timedelta

from tests.interface.company_in_memory import START, open_company

PARTNERS = ("ben", "carla", "dora", "eli")


async def test_my_week_with_four_partners_takes_five_requests():
    async with open_company("anna", *PARTNERS, "fay") as company:
        pairs = {name: await company.pair("anna", name) for name in PARTNERS}
        asked = await company.proposal("fay", "anna")
        for name, pair in pairs.items():
            await company.promise("anna", pair, f"mine for {name}", "2026-03-06T15:00:00Z")
            await company.promise(name, pair, f"theirs by {name}", "2026-03-09T15:00:00Z")
        request = await company.promise("ben", pairs["ben"], "wanted by ben", "2026-03-10T15:00:00Z", ask=True)
        my_request = await company.promise("anna", pairs["carla"], "wanted of carla", "2026-03-10T15:00:00Z", ask=True)
        later = await company.promise("dora", pairs["dora"], "later by dora", "2026-03-11T15:00:00Z")
        new_date = {"due": {"at": "2026-03-13T15:00:00Z"}}
        await company.post("dora", "goals", f"/commitments/{later}/renegotiate", new_date)
        offered = await company.session("eli", pairs["eli"], "2026-03-05T09:00:00Z", "Offered by eli")
        agreed = await company.session("anna", pairs["ben"], "2026-03-06T09:00:00Z", "With ben")
        await company.post("ben", "sessions", f"/sessions/{agreed}/accept", {})
        await company.suite.comes(START + timedelta(days=2), by=timedelta(hours=1))

        company.asked = 0
        open_ones = ["requested", "open", "overdue"]
        promises = (await company.get("anna", "goals", "/commitments", status=open_ones, limit=200))["items"]
        check_ins = (await company.get("anna", "goals", "/check-ins", status=["opened", "suspended"]))["items"]
        week = {"start_from": "2026-03-02T00:00:00Z", "status": ["proposed", "scheduled"]}
        sessions = (await company.get("anna", "sessions", "/sessions", **week))["items"]
        standing = ["proposed", "formed"]
        partnerships = (await company.get("anna", "partnerships", "/partnerships", status=standing))["items"]
        news = (await company.get("anna", "notifications", "/inbox"))["items"]
        assert company.asked <= 5
        at_once = await company.get("anna", "goals", "/week")
        assert (at_once["promises"]["items"], at_once["check_ins"]["items"]) == (promises, check_ins)
        assert at_once["goals"] == await company.get("anna", "goals", "/goals", status=["proposed", "agreed"])

        me = company.people["anna"]
        name_of = {company.people[name]: name.title() for name in (*PARTNERS, "fay")}
        for each in (*promises, *check_ins, *sessions, *partnerships):
            assert each["your_partner"]["display_name"] == name_of[each["your_partner"]["id"]]
        mine = [each for each in promises if each["owner"] == me and each["status"] == "open"]
        assert {(each["text"], each["due"]) for each in mine} == {
            (f"mine for {name}", "2026-03-06T15:00:00.000Z") for name in PARTNERS
        }
        for_me = [each for each in promises if each["partner"] == me and each["status"] == "open"]
        assert {each["text"] for each in for_me} == {*(f"theirs by {name}" for name in PARTNERS), "later by dora"}
        waiting = {each["id"]: each for each in (*promises, *sessions, *partnerships) if each["waits_for"] == me}
        assert waiting.keys() == {request, later, offered, asked}
        assert waiting[request]["answer_by"] == "2026-03-09T16:00:00.000Z"
        assert waiting[later]["proposal"]["due"] == "2026-03-13T15:00:00.000Z"
        assert waiting[later]["proposal"]["answer_by"]
        assert waiting[offered]["offer"]["answer_by"]
        assert waiting[asked]["question"]["answer_by"]
        (i_wait,) = [each for each in promises if each["waits_for"] not in (None, me)]
        assert (i_wait["id"], i_wait["waits_for"]) == (my_request, company.people["carla"])
        assert {(each["your_partner"]["display_name"], each["waits_for"] == me) for each in check_ins} == {
            (name.title(), is_mine) for name in PARTNERS for is_mine in (True, False)
        }
        assert all(each["due"] == "2026-03-05T14:00:00.000Z" for each in check_ins)
        assert [(each["title"], each["start"], each["end"]) for each in sessions] == [
            ("Offered by eli", "2026-03-05T09:00:00.000Z", "2026-03-05T09:30:00.000Z"),
            ("With ben", "2026-03-06T09:00:00.000Z", "2026-03-06T09:30:00.000Z"),
        ]
        assert {each["status"] for each in partnerships} == {"proposed", "formed"}
        assert len(partnerships) == 5
        told = " ".join(message["text"] for message in news)
        assert "wanted by ben" in told

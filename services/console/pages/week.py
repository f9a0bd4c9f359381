"""This week, over all partnerships: what I promised, what waits for me, what I wait for, and what is open."""

from datetime import timedelta

from starlette.responses import Response

from console.visit import Visit


async def week(visit: Visit) -> Response:
    """Five calls, and one for the person."""
    api = visit.api
    start = (visit.now - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    return await visit.page_of(
        "week.html",
        promises=api.get("goals", "/commitments", status=["requested", "open", "overdue"], limit=200),
        goals=api.get("goals", "/goals", status=["proposed", "agreed"], limit=200),
        check_ins=api.get("goals", "/check-ins", status=["opened", "suspended"], limit=200),
        sessions=api.get("sessions", "/sessions", status=["proposed", "scheduled"], start_from=start, limit=200),
        partnerships=api.get("partnerships", "/partnerships", status=["proposed", "formed"], limit=200),
        news=api.get("notifications", "/inbox", unread="true", limit=20),
    )

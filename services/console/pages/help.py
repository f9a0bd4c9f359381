"""Help us meet: how this works for two people, on one page."""

from starlette.responses import Response

from console.visit import Visit


async def help_us_meet(visit: Visit) -> Response:
    """What to do when somebody is away, why nobody assigns anything, who reads what, and how reminders stop."""
    return await visit.page_of("help.html")

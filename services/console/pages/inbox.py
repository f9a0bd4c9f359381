"""The inbox, a message, and the pages that links in mails and chats open."""

from typing import Any, cast
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from console.api_client import Away, Json, listed
from console.visit import Visit

MOST = 50


async def inbox(visit: Visit) -> Response:
    """All messages, the newest first. Those that were not read are marked."""
    after = visit.request.query_params.get("after")
    read = await visit.read(found=visit.api.get("notifications", "/inbox", limit=MOST, after=after))
    found = read["found"]
    following = None if isinstance(found, Away) else found["next"]
    return visit.show("inbox.html", found=listed(found), following=following, away=isinstance(found, Away))


async def message(visit: Visit) -> Response:
    """A message, why it was sent, and what one can answer."""
    return await visit.page_of("message.html", message=visit.api.get("notifications", f"/messages/{visit.id}"))


async def read_link(visit: Visit) -> Response:
    """A link to a message leads to its page."""
    link = await _link(visit)
    if isinstance(link, Away):
        return await visit.page_of("away.html")
    return RedirectResponse(f"/inbox/{quote(link['message'])}", 303)


async def answer_link(visit: Visit) -> Response:
    """A link that is an answer leads to one button. Opening it changes nothing, because scanners open links too."""
    link = await _link(visit)
    if isinstance(link, Away):
        return await visit.page_of("away.html")
    read = await visit.read(message=visit.api.get("notifications", f"/messages/{link['message']}"))
    entry, action = _asked(read["message"], link)
    return visit.show("answer.html", message=read["message"], entry=entry, action=action)


async def _link(visit: Visit) -> Any:
    token = visit.request.path_params["token"]
    return await visit.api.get("notifications", f"/links/{quote(token, safe='')}")


def _asked(message: Any, link: Json) -> tuple[Json | None, Json | None]:
    """The entry and the answer that a link names; None for an entry that needs no answer any more."""
    entries = () if isinstance(message, Away) else cast("list[Json]", message["entries"])
    entry = next((each for each in entries if each["id"] == link["entry"]), None)
    actions = () if entry is None else cast("list[Json]", entry["actions"])
    return entry, next((each for each in actions if each["name"] == link["answer"]), None)

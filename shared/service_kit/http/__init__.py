"""The HTTP side of a service: routes, request context, problems, paging, conditional requests."""

from service_kit.http.authentication import DIRECTORY, IDENTITIES, OPS, missing
from service_kit.http.history import Accepted, HistoryEntry, MovedView, NoteView, etag, history_entries, notes
from service_kit.http.invalid_requests import invalid
from service_kit.http.paging import AskedPage, Page, Paging, from_another_list
from service_kit.http.problems import Problem, language_of_request, problem_of
from service_kit.http.request_context import AppContext, Context, RequestContext
from service_kit.http.sorted_lists import Where, find_by_moment, place_of, within

__all__ = [
    "DIRECTORY",
    "IDENTITIES",
    "OPS",
    "Accepted",
    "AppContext",
    "AskedPage",
    "Context",
    "HistoryEntry",
    "MovedView",
    "NoteView",
    "Page",
    "Paging",
    "Problem",
    "RequestContext",
    "Where",
    "etag",
    "find_by_moment",
    "from_another_list",
    "history_entries",
    "invalid",
    "language_of_request",
    "missing",
    "notes",
    "place_of",
    "problem_of",
    "within",
]

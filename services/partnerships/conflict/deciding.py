"""Decides conflicts. The people change first and the conflict last, so that an interrupted decision can be repeated."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coaching_events.events.conflict import ConflictFound
from coaching_events.events.person import PersonEvent
from coaching_events.ids import ConflictId, PersonId, RuleName, StreamId
from coaching_readmodels import identity
from eventlog import NotFound, Refused
from eventlog.commands import CommandContext, EventLog, PreconditionFailed
from partnerships.conflict import conflicts, rules
from partnerships.conflict.state import Decided, Open
from partnerships.directory import find_all, free_ids, holder, holders
from partnerships.person import people
from partnerships.person import rules as person_rules
from partnerships.person.following import link_found, register_found
from partnerships.person.logins import Logins
from partnerships.person.state import Active
from service_kit.http import IDENTITIES, missing
from service_kit.languages import Phrase

TOGETHER = 200
"""The most people per write."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked conflict, and its person."""

    conflict: ConflictId
    external_id: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Left:
    """A conflict that still waits, and the reason."""

    conflict: ConflictId
    external_id: str
    why: Phrase


@dataclass(frozen=True, slots=True)
class ByEmail:
    """The result for the conflicts of one source."""

    linked: Sequence[Linked]
    left: Sequence[Left]


@dataclass(frozen=True, slots=True)
class Deciding:
    """The decisions of one operator. The id of ``command`` is different for each decision.

    Without ``may_link_logins`` they give no person a further login, and take none away.
    """

    log: EventLog
    by: PersonId | RuleName
    command: CommandContext
    logins: Logins
    may_link_logins: bool

    async def link(self, conflict: ConflictId, person: PersonId | None, *, take_login: bool = False) -> PersonId:
        """Link it to a person (None: the one in the conflict), and return them. On Refused nothing has changed.

        The conflict itself stays open; `close` closes it. After the same decision before, only the person is returned.
        """
        found = await self._waiting(conflict, "linked", person)
        if not isinstance(found, ConflictFound):
            return found
        target = person or found.person
        current = await self.log.current(people, target)
        if current is None:
            raise Refused("not-in-the-directory", "There is no such person in the directory.", person=target)
        has_number = await holder(self.log, found.source, found.external_id)
        if has_number is not None and has_number.id != target:
            sentence = "Another person has this number now. Move it from them first, or link the conflict to them."
            raise Refused("identity-taken", sentence, person=has_number.id)
        if self._is_further_login(found, current.state):
            self._check_may_link_logins()
        self._link(current.state, found)  # refuses before a login is taken away
        await self._take_login(found, target, take_login=take_login)
        await self._change(target, "link", lambda state: self._link(state, found))
        return target

    async def create(self, conflict: ConflictId, *, take_login: bool = False) -> PersonId:
        """Register a new person for the conflict, and return them. On Refused nothing has changed.

        The conflict itself stays open; `close` closes it. After the same decision before, only the person is returned.
        """
        found = await self._waiting(conflict, "created", None)
        if not isinstance(found, ConflictFound):
            return found
        known = await holder(self.log, found.source, found.external_id)
        if known is not None and (
            known.id == found.person or known.identities[0] != identity(found.source, found.external_id)
        ):
            sentence = "This number already finds a person: link the conflict, or move the number from them."
            raise Refused("already-registered", sentence, person=known.id)
        free = await free_ids(self.log, found.source, [found.external_id]) if known is None else {}
        target = free[found.external_id] if known is None else known.id
        await self._take_login(found, target, take_login=take_login)
        await self._change(
            target, "create", lambda state: register_found(state, by=self.by, at=self.command.at, found=found)
        )
        return target

    async def close(self, conflict: ConflictId, outcome: rules.Outcome, person: PersonId) -> None:
        """Record the decision in the conflict."""

        async def rule(state: rules.State) -> Sequence[rules.ConflictDecided]:
            return rules.decide(state, by=self.by, outcome=outcome, person=person)

        await self.log.decide(conflicts, conflict, self.command, rule)

    async def link_by_email(self, source: str, confirm: int) -> ByEmail:
        """Link every open conflict of a source whose address exactly one person has.

        ``confirm`` is the number of conflicts in the list that the operator read. Raises Refused, with nothing changed,
        if
        the number is different now.
        """
        waiting = [each for each in await all_conflicts(self.log, source, "open") if isinstance(each, Open)]
        done = [] if len(waiting) == confirm else await self._done_before(source)
        if len(waiting) + len(done) != confirm:
            sentence = "The open conflicts of {source} are {open} in number now. Look at the list, and confirm this."
            raise Refused("confirm-conflicts", sentence, source=source, open=len(waiting), confirmed=confirm)
        ready, left = await self._sorted_out(waiting)
        linked = await self._link_many(ready)
        return ByEmail([*done, *linked], [*left, *self._lost(ready, linked)])

    async def _sorted_out(self, waiting: Sequence[Open]) -> tuple[list[tuple[Open, PersonId]], list[Left]]:
        keys = Counter(each.email_key for each in waiting)
        owners: dict[str, list[person_rules.Known]] = {}
        for person in await find_all(self.log, "email_key", {key for key in keys if key is not None}):
            owners.setdefault(str(person.email_key), []).append(person)
        known = await holders(self.log, {name for each in waiting for name in _names(each.found)})
        ready: list[tuple[Open, PersonId]] = []
        left: list[Left] = []
        for each in waiting:
            them = owners.get(each.email_key or "", [])
            why = _why_not(each, them, keys[each.email_key], known) or self._why_no_login(each, them[0])
            if why is None:
                ready.append((each, them[0].id))
            else:
                left.append(Left(each.id, each.external_id, why))
        return ready, left

    def _why_no_login(self, conflict: Open, owner: person_rules.Known) -> Phrase | None:
        """Why the owner of the address cannot get the login. None if they can, or without a login."""
        if any(name in owner.refused for name in _names(conflict.found)):
            return Phrase("This person has refused the login. It can be linked after they have confirmed it.")
        if self._is_further_login(conflict.found, owner) and not self.may_link_logins:
            sentence = "This person has a login, and this would be a further one. {needs}"
            return Phrase(sentence, needs=missing(IDENTITIES).phrase)
        return None

    def _is_further_login(self, found: ConflictFound, person: person_rules.Known) -> bool:
        return any(self.logins.is_further(person, *each) for each in _identities(found))

    def _check_may_link_logins(self) -> None:
        if not self.may_link_logins:
            raise missing(IDENTITIES)

    async def _link_many(self, ready: Sequence[tuple[Open, PersonId]]) -> list[Linked]:
        linked: list[Linked] = []
        for first in range(0, len(ready), TOGETHER):
            some = {StreamId(person): each for each, person in ready[first : first + TOGETHER]}
            answers = await self.log.decide_many(
                people,
                {person: self._step("link", person) for person in some},
                lambda person, state, some=some: self._link(state, some[person].found),
            )
            good = {each.id: PersonId(person) for person, each in some.items() if _is_good(answers[person])}
            closed = await self.log.decide_many(
                conflicts,
                {conflict: self._step("close", conflict) for conflict in good},
                lambda conflict, state, good=good: rules.decide(
                    state, by=self.by, outcome="linked", person=good[ConflictId(conflict)]
                ),
            )
            linked += [
                Linked(each.id, each.external_id, good[each.id])
                for each in some.values()
                if each.id in good and _is_good(closed[each.id])
            ]
        return linked

    def _link(self, state: person_rules.State, found: ConflictFound) -> Sequence[PersonEvent]:
        return link_found(state, by=self.by, at=self.command.at, found=found, logins=self.logins)

    def _lost(self, ready: Sequence[tuple[Open, PersonId]], linked: Sequence[Linked]) -> list[Left]:
        there = {each.conflict for each in linked}
        why = Phrase("It was changed at the same moment: look at it again.")
        return [Left(each.id, each.external_id, why) for each, _ in ready if each.id not in there]

    async def _done_before(self, source: str) -> list[Linked]:
        """What an earlier run of this command has linked, if its answer was lost."""
        if not self.command.request:  # without an Idempotency-Key a command runs once
            return []
        done: list[Linked] = []
        for each in await all_conflicts(self.log, source, "decided"):
            if not isinstance(each, Decided) or each.person is None:
                continue
            step = self._step("close", each.id)
            document = await self.log.store.read(each.id, step.id)
            if document is not None and document.answered:
                await self.log.refuse_reused_key(each.id, step)
                done.append(Linked(each.id, each.external_id, each.person))
        return done

    async def _waiting(
        self, conflict: ConflictId, outcome: rules.Outcome, person: PersonId | None
    ) -> ConflictFound | PersonId:
        """The content of an open conflict, or the person of a conflict with the same decision."""
        current = await self.log.current(conflicts, conflict)
        if current is None:
            raise NotFound(conflict)
        if self.command.if_match not in (None, current.position):
            raise PreconditionFailed(current.position)  # before a person changes
        return rules.waiting(current.state, outcome=outcome, person=person)

    async def _take_login(self, found: ConflictFound, target: PersonId, *, take_login: bool) -> None:
        if found.login_source is None or found.login is None:
            return
        has_it = await holder(self.log, found.login_source, found.login)
        if has_it is None or has_it.id == target:
            return
        if not take_login:
            sentence = "Another person has the login {login}. Send take_login to take it from them."
            raise Refused("login-taken", sentence, person=has_it.id, source=found.login_source, login=found.login)
        self._check_may_link_logins()
        await self._change(
            has_it.id,
            "unlink",
            lambda state: person_rules.unlink(
                person_rules.known(state), by=self.by, source=str(found.login_source), external_id=str(found.login)
            ),
        )

    async def _change(
        self, person: PersonId, step: str, rule: Callable[[person_rules.State], Sequence[PersonEvent]]
    ) -> None:
        async def asked(state: person_rules.State) -> Sequence[PersonEvent]:
            return rule(state)

        await self.log.decide(people, person, self._step(step, person), asked)

    def _step(self, step: str, stream: StreamId) -> CommandContext:
        return replace(self.command, id=f"{self.command.id}|{step}|{stream}", if_match=None)


async def all_conflicts(log: EventLog, source: str | None, status: str) -> list[Open | Decided]:
    """Every conflict of a source (None: of any) with this status, by id."""
    where = {"status": status} | ({} if source is None else {"source": source})
    found: list[Open | Decided] = []
    after: StreamId | None = None
    while page := await log.find(conflicts, where, after=after, limit=PAGE):
        found += [each.state for each in page]
        after = page[-1].stream
    return found


def _identities(found: ConflictFound) -> Iterable[tuple[str, str]]:
    yield found.source, found.external_id
    if found.login_source is not None and found.login is not None:
        yield found.login_source, found.login


def _names(found: ConflictFound) -> Iterable[str]:
    return (identity(*each) for each in _identities(found))


def _why_not(
    conflict: Open, owners: Sequence[person_rules.Known], alike: int, known: Mapping[str, person_rules.Known]
) -> Phrase | None:
    """Why a conflict cannot be linked by its address alone. None if it can."""
    found = conflict.found
    if not owners:
        return Phrase("No person in the directory has this address. Link it by hand, or create a person.")
    if len(owners) > 1:
        return Phrase("{number} people have this address. Link it by hand.", number=len(owners))
    if alike > 1:
        return Phrase("{number} conflicts have this address. Decide each of them by hand.", number=alike)
    owner = owners[0]
    if found.active and not isinstance(owner, Active):
        return Phrase("The person with this address is not active. Link it if they are back, else create a person.")
    others = {known[name].id for name in _names(found) if name in known} - {owner.id}
    if others:
        return Phrase("{person} has this number or login. Decide it by hand.", person=min(others))
    return None


def _is_good(answer: Any) -> bool:
    return not isinstance(answer, Exception)

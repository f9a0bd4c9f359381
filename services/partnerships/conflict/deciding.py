"""Deciding conflicts: first the people change, last the conflict, so that a decision cut short is taken up again."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coaching_events.conflict import ConflictFound
from coaching_events.ids import ConflictId, PersonId, RuleName, StreamId
from coaching_events.person import PersonEvent
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

TOGETHER = 200
"""People who are written with one command."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Linked:
    """A conflict that was linked, and to whom."""

    conflict: ConflictId
    external_id: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Left:
    """A conflict that still waits, and why."""

    conflict: ConflictId
    external_id: str
    why: str


@dataclass(frozen=True, slots=True)
class ByEmail:
    """What became of the conflicts of one source."""

    linked: Sequence[Linked]
    left: Sequence[Left]


@dataclass(frozen=True, slots=True)
class Deciding:
    """Somebody decides conflicts. ``command`` tells what they want apart from every other want.

    Without ``may_link_logins`` they give nobody a further login, and take none from anybody.
    """

    log: EventLog
    by: PersonId | RuleName
    command: CommandContext
    logins: Logins
    may_link_logins: bool

    async def link(self, conflict: ConflictId, person: PersonId | None, *, take_login: bool = False) -> PersonId:
        """Link it at the person (None: whom the conflict names): who it is. Refuses, with nothing changed.

        The conflict itself still waits, unless it was decided so before.
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
            sentence = "Somebody else has this number by now. Move it from them first, or link it to them."
            raise Refused("identity-taken", sentence, person=has_number.id)
        if self._is_further_login(found, current.state):
            self._check_may_link_logins()
        self._link(current.state, found)  # refuses before a login is taken
        await self._take_login(found, target, take_login=take_login)
        await self._change(target, "link", lambda state: self._link(state, found))
        return target

    async def create(self, conflict: ConflictId, *, take_login: bool = False) -> PersonId:
        """Register somebody of their own for it: who they are. Refuses, with nothing changed.

        The conflict itself still waits, unless it was decided so before.
        """
        found = await self._waiting(conflict, "created", None)
        if not isinstance(found, ConflictFound):
            return found
        known = await holder(self.log, found.source, found.external_id)
        if known is not None and (
            known.id == found.person or known.identities[0] != identity(found.source, found.external_id)
        ):
            sentence = "Somebody is known by this number already: link it, or move the number from them."
            raise Refused("already-registered", sentence, person=known.id)
        free = await free_ids(self.log, found.source, [found.external_id]) if known is None else {}
        target = free[found.external_id] if known is None else known.id
        await self._take_login(found, target, take_login=take_login)
        await self._change(
            target, "create", lambda state: register_found(state, by=self.by, at=self.command.at, found=found)
        )
        return target

    async def close(self, conflict: ConflictId, outcome: rules.Outcome, person: PersonId) -> None:
        """Say in the conflict how it was decided."""

        async def rule(state: rules.State) -> Sequence[rules.ConflictDecided]:
            return rules.decide(state, by=self.by, outcome=outcome, person=person)

        await self.log.decide(conflicts, conflict, self.command, rule)

    async def link_by_email(self, source: str, confirm: int) -> ByEmail:
        """Link every open conflict of a source whose address one person has, after its list was seen.

        ``confirm`` is how many were seen. Raises Refused, with nothing changed, if there are others by now.
        """
        waiting = [each for each in await all_conflicts(self.log, source, "open") if isinstance(each, Open)]
        done = [] if len(waiting) == confirm else await self._done_before(source)
        if len(waiting) + len(done) != confirm:
            sentence = f"{len(waiting)} conflicts of {source} wait by now. Look at the list, and confirm this number."
            raise Refused("confirm-conflicts", sentence, open=len(waiting), confirmed=confirm)
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

    def _why_no_login(self, conflict: Open, owner: person_rules.Known) -> str | None:
        """Why who has its address does not get its login; None if they do, or if it names none."""
        if any(name in owner.refused for name in _names(conflict.found)):
            return "They have refused this login. It can be linked once they have confirmed it."
        if self._is_further_login(conflict.found, owner) and not self.may_link_logins:
            return f"They have a login, and this would be a further one. {missing(IDENTITIES).detail}"
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
        why = "Somebody else changed it at this moment: look at it again."
        return [Left(each.id, each.external_id, why) for each, _ in ready if each.id not in there]

    async def _done_before(self, source: str) -> list[Linked]:
        """What this very command has linked, before its answer was lost."""
        if not self.command.request:  # without an Idempotency-Key no command comes twice
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
        """What was found, while it waits; who it is, if it was decided so."""
        current = await self.log.current(conflicts, conflict)
        if current is None:
            raise NotFound(conflict)
        if self.command.if_match not in (None, current.position):
            raise PreconditionFailed(current.position)  # before anybody changes
        return rules.waiting(current.state, outcome=outcome, person=person)

    async def _take_login(self, found: ConflictFound, target: PersonId, *, take_login: bool) -> None:
        if found.login_source is None or found.login is None:
            return
        has_it = await holder(self.log, found.login_source, found.login)
        if has_it is None or has_it.id == target:
            return
        if not take_login:
            sentence = f"Somebody else has the login {found.login}. Say take_login to take it from them."
            raise Refused("login-taken", sentence, person=has_it.id, source=found.login_source)
        self._check_may_link_logins()
        await self._change(
            has_it.id,
            "unlink",
            lambda state: person_rules.unlink(
                state, by=self.by, source=str(found.login_source), external_id=str(found.login)
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
) -> str | None:
    """Why a conflict cannot be linked by its address alone; None if it can."""
    found = conflict.found
    if not owners:
        return "Nobody in the directory has this address. Link it by hand, or create somebody."
    if len(owners) > 1:
        return f"{len(owners)} people have this address. Link it by hand."
    if alike > 1:
        return f"{alike} conflicts have this address. Decide each of them by hand."
    owner = owners[0]
    if found.active and not isinstance(owner, Active):
        return "Who has this address is not active. Link it if they are back, else create somebody."
    others = {known[name].id for name in _names(found) if name in known} - {owner.id}
    if others:
        return f"{min(others)} has this number or login. Decide it by hand."
    return None


def _is_good(answer: Any) -> bool:
    return not isinstance(answer, Exception)

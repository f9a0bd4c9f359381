"""The texts for the two partners: kind, short, and with only what the reader may see. They never blame or compare.

A partner's text is always a quotation (``quoting.py``): no line of theirs looks like one of ours.

A subject line has no private text, because a locked screen may show it. Names and texts that were erased, or whose key
is gone, appear in general terms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from coaching_events.events.mailbox import Entry, EntryId, NewLogin
from coaching_events.ids import PersonId, kind_of
from coaching_readmodels import PARTNERSHIP_PROJECTION, PERSON_PROJECTION
from eventlog import known
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.state import Item, Mailbox, Message
from notifications.projections import COMMITMENT_PROJECTION, GOAL_PROJECTION, GoalReadModel
from notifications.quoting import below, in_a_sentence, named
from service_kit.languages import ENGLISH, Language, Phrase, language_of

SUBJECTS: Mapping[int | str, str] = {
    0: "Something is coming up",
    1: "A gentle reminder",
    2: "Is something in the way?",
    3: "How could you help?",
    4: "Time for a conversation",
    "word": "A word from your partner",
    "address-refused": "Mail does not reach you",
    "chat-refused": "Your chat does not take messages",
    "login": "A login was added to your record",
    "near": "A change in your next days",
    "invitation": "A session in your calendar",
    "news": "News of your partnership",
    "welcome-back": "Welcome back",
    "digest": "What has gathered for you",
    "check-in": "Your check-in is open",
    "check-ins": "Your check-ins are open",
}

STEPS = {
    ("commitment", 0): "{promise} for {partner} is due on {due}.",
    ("commitment", 1): "{promise} for {partner} was due on {due}. Is it done, or would another date be better? "
    "One word is enough.",
    ("commitment", 2): "Is something in the way of {promise}, for {partner}? Three answers are equally good: it is "
    "done, it needs a new date, or you would like to let it go.",
    (
        "commitment",
        3,
    ): "{promise}, which {partner} promised you, is still open. How could you help? You could suggest a "
    "time to talk, or pause for a while.",
    (
        "commitment",
        4,
    ): "You and {partner} have not spoken about {promise} for a while. Would a conversation help? Either "
    "of you can suggest a time.",
    ("check-ins", 0): "Your check-in with {partner} is open until {due}. A few lines are enough.",
    ("check-ins", 1): "Your check-in with {partner} is still welcome, late as well. A line is enough.",
    ("check-ins", 2): "It has been quiet between you and {partner} for a few days. Is something in the way? A line is "
    "enough; and together you can change the rhythm, or pause for a while.",
    (
        "check-ins",
        3,
    ): "It has been quiet between you and {partner} for a while. How could you help? You could suggest a "
    "time to talk, or pause for a while.",
    ("check-ins", 4): "You and {partner} have not heard from each other here for a while. Would a conversation help? "
    "Either of you can suggest a time.",
}

WORDS = {
    "commitment-requested": "{partner} asks whether you would promise {promise}, for {due}. It is yours to decide: as "
    "asked, in your own words, or not.",
    "renegotiation-proposed": "{partner} asks you for another date for {promise}: {due}.",
    "release-proposed": "{partner} asks you to let {promise} go.",
    "goal-proposed": "{partner} suggests a goal for the two of you: {goal}. It holds only if you agree; you can also "
    "answer with other words.",
    "goal-countered": "{partner} suggests other words for a goal of you two: {goal}. They hold only if you agree; you "
    "can also answer with other words.",
    "closing-proposed": "{partner} suggests closing {goal}. If you see it differently, a word is enough; without one "
    "it closes, and either of you can open it again.",
    "closing-proposed achieved": "{partner} says that you two have reached {goal}. If you see it differently, a word "
    "is enough; without one it closes, and either of you can open it again.",
    "closing-proposed released": "{partner} suggests letting {goal} go. If you see it differently, a word is enough; "
    "without one it closes, and either of you can open it again.",
    "session-proposed": "{partner} suggests meeting on {due}.",
    "session-proposed by silence": "The usual day of your session with {partner} does not suit both of you this time. "
    "Would {due} suit? Either of you can accept it for both.",
    "reschedule-proposed": "{partner} suggests another time for your session: {due}. The time that you have holds "
    "unless you agree.",
    "partnership-proposed": "{partner} would like to form a partnership with you. It begins only if you agree to its "
    "terms as well.",
    "terms-proposed": "{partner} suggests other terms for your partnership. What you have holds unless you agree.",
}

NEWS = {
    "commitment-request-declined": "{partner} does not promise {promise} this time.",
    "commitment-request-withdrawn": "{partner} took back the request for {promise}. There is nothing to answer.",
    "commitment-request-lapsed": "Your request for {promise} was not answered in time, so it has lapsed. You can ask "
    "{partner} again.",
    "commitment-made": "{partner} promises {promise}, for {due}.",
    "commitment-kept": "{partner} says that {promise} is done.",
    "commitment-released": "{partner} agrees to let {promise} go. You do not owe it any more.",
    "commitment-released by silence": "The time to answer is over, so {promise} is let go. You do not owe it any more.",
    "commitment-released by silence, other": "{partner} asked to let {promise} go, and the time to answer is over: it "
    "is not owed any more.",
    "follow-up-not-taken": "What you noted as a follow-up of your session with {partner}, {promise}, has not become a "
    "promise or a request. It may be worth a word between you two.",
    "renegotiation-declined": "{partner} does not agree to another date for {promise}: it is still due on {due}.",
    "renegotiation-withdrawn": "{partner} took back the question for another date. {promise} is due on {due}.",
    "renegotiation-lapsed": "Your question for another date for {promise} was not answered in time: it is still due on "
    "{due}.",
    "commitment-renegotiated": "{partner} agrees to the other date: {promise} is due on {due}.",
    "commitment-renegotiated by silence": "The time to answer is over, so your other date holds: {promise} is due on "
    "{due}.",
    "commitment-renegotiated by silence, other": "{partner} asked for another date, and the time to answer is over: "
    "{promise} is due on {due}.",
    "release-declined": "{partner} still counts on {promise}. It is due on {due}.",
    "release-withdrawn": "{partner} took back the question to let {promise} go. It is due on {due}.",
    "release-lapsed": "Your question to let {promise} go was not answered in time: it is still due on {due}.",
    "declaration-withdrawn": "{partner} took back that {promise} is done. It is open again.",
    "commitment-thanked": "{partner} thanks you for {promise}.",
    "clean-slate-given": "{partner} gives you a clean slate: {promise} counts as done on time.",
    "goal-agreed": "{partner} agrees: {goal} is the goal of both of you now.",
    "goal-declined": "{partner} does not want to take on {goal} at present.",
    "goal-withdrawn": "{partner} took back the goal {goal}. There is nothing to answer.",
    "goal-lapsed": "Your suggestion of the goal {goal} was not answered in time, so it has lapsed. You can suggest it "
    "to {partner} again.",
    "goal-progressed": "{partner} tells how far you two are with {goal}.",
    "closing-declined": "{partner} would like to go on with {goal}. It stays open.",
    "closing-withdrawn": "{partner} took back the suggestion to close {goal}. It stays open.",
    "goal-achieved": "{partner} agrees: you two have reached {goal}.",
    "goal-achieved by silence": "The time to answer is over: {goal} counts as reached. Either of you can open it again "
    "for 30 days.",
    "goal-released": "{partner} agrees to let {goal} go.",
    "goal-released by silence": "The time to answer is over: {goal} is let go. Either of you can open it again for 30 "
    "days.",
    "goal-reopened": "{partner} opened {goal} again. It is a goal of both of you as before.",
    "goal-declaration-withdrawn": "{partner} took back what they said about {goal}. Its page shows how it stands.",
    "check-in-submitted": "{partner} has written a check-in.",
    "check-in-revised": "{partner} has changed a check-in.",
    "check-in-answered": "{partner} has answered your check-in.",
    "session-scheduled by silence": "Your next session with {partner} is on {due}.",
    "session-rescheduled by silence": "Your session with {partner} is on {due} now.",
    "session-place-changed by silence": "The place of your session with {partner} on {due} has changed.",
    "session-cancelled by silence": "Your session with {partner} on {due} does not take place.",
    "session-declined": "{partner} cannot meet on {due}.",
    "session-withdrawn": "{partner} took back the suggestion to meet on {due}. There is nothing to answer.",
    "session-scheduled": "{partner} agrees: you meet on {due}.",
    "reschedule-declined": "{partner} does not agree to another time. Your session stays on {due}.",
    "reschedule-withdrawn": "{partner} took back the suggestion of another time. Your session stays on {due}.",
    "reschedule-lapsed": "Your suggestion of another time was not answered in time. Your session stays on {due}.",
    "session-rescheduled": "{partner} agrees to the other time: you meet on {due}.",
    "session-place-changed": "{partner} changed the place of your session on {due}.",
    "agenda-item-added": "{partner} put something on the agenda of your session on {due}.",
    "reflection-written": "{partner} has looked back on your session on {due}. When you have, too, each of you sees "
    "what the other wrote.",
    "reflections-opened": "You have both looked back on your session on {due}. Now each of you sees what the "
    "other wrote.",
    "session-notes-written": "{partner} wrote notes of your session on {due}.",
    "session-needs-a-new-time": "Your session with {partner} on {due} needs another time.",
    "session-reported": "{partner} has said how your session on {due} went.",
    "session-held": "Your session with {partner} on {due} counts as held.",
    "session-missed": "Your session with {partner} on {due} did not take place.",
    "session-lapsed": "Your suggestion to meet {partner} on {due} was not answered in time, so it has "
    "lapsed. You can suggest another time.",
    "session-lapsed by silence, other": "Your session with {partner} on {due} is closed, without saying how it went.",
    "session-cancelled": "{partner} cancelled your session on {due}.",
    "partnership-formed": "{partner} agrees: your partnership has begun.",
    "partnership-declined": "{partner} does not want to form a partnership at present.",
    "partnership-withdrawn": "{partner} took back the question for a partnership. There is nothing to answer.",
    "partnership-lapsed": "Your question to {partner} for a partnership was not answered in time, so it has lapsed.",
    "partnership-paused": "{partner} pauses your partnership. Nothing is due while it is paused.",
    "partnership-paused until": "{partner} pauses your partnership until {due}. Nothing is due while it is paused.",
    "partnership-paused by silence": "Your partnership with {partner} is paused for now. Nothing is due while it is.",
    "partnership-resumed": "{partner} ended the pause. Your partnership goes on.",
    "partnership-resumed by silence": "The pause is over. Your partnership with {partner} goes on.",
    "partnership-ended": "{partner} ended your partnership. Open goals and promises are released and later sessions "
    "are cancelled. You can still read all that you two wrote.",
    "partnership-ended by silence": "Your partnership with {partner} has ended. Open goals and promises are released "
    "and later sessions are cancelled. You can still read all that you two wrote.",
    "terms-agreed": "{partner} agrees to the terms that you suggested. They hold from now on.",
    "terms-rejected": "{partner} does not agree to the terms that you suggested. Those you have stay.",
    "terms-withdrawn": "{partner} took back the other terms. There is nothing to answer.",
    "terms-lapsed": "The terms that you suggested to {partner} were not answered in time. Those you have stay.",
    "sharing-narrowed": "{partner} shares less of your partnership with others from now on.",
    "no-answer-for-now": "There will be no answer from {partner} for now to what you asked.",
    "more-from-your-partner": "{partner} did more this week than your inbox shows. Your lists of goals, promises, "
    "sessions and partnerships have all of it.",
    "address-refused": "A mail server does not take mail for your address, so no more is sent there. Your inbox has "
    "everything. When the directory has another address for you, mail goes there; if this one is right, confirm it: "
    "POST /recipients/me/confirm-address.",
    "chat-refused": "Your chat does not take messages at the address that you gave, so no more is sent there. Your "
    "inbox has everything. If you want messages in your chat again, give an address again: PUT /recipients/me.",
}
"""News by event type, or by kind of stream and event type.

``by silence``: a rule decided; ``other``: for the person who had not asked.
"""

LOGIN = (
    "A login was added to your record {by}: {login} at {issuer}. It works from {effective_at}. If it is yours, there "
    "is nothing to do; if you confirm it, it works at once. If it is not yours, refuse it, and it will open nothing."
)
"""About a further login of the reader."""

INVITED_TO = "Session with {partner}"
INVITED = (
    "Your answer to this invitation reaches nobody. To move or cancel the session, use Tandem: your partner sees it "
    "there."
)
"""The title and the description of a session in a calendar."""

KINDS = {
    "check-ins-open": "a check-in can be written",
    "reminders": "reminders",
    "questions": "a partner asks you something",
    "answers": "news: answers of a partner, changes to sessions, and logins that are added to your record",
    "invitations": "invitations to your sessions, for your calendar",
    "digests": "digests",
}
"""The names of the kinds of messages."""

MISSED = {
    "mail": {
        "check-ins-open": "You get no mail when a check-in opens. Your inbox tells it.",
        "reminders": "You get no reminders by mail, neither before something is due nor after. Your inbox has them.",
        "questions": "You get no mail when a partner asks you something. If you do not look into your inbox in time, "
        "most questions lapse, and another date, a release or the closing of a goal that a partner asks for may count "
        "as agreed.",
        "answers": "You get no mail when a partner answers you or cancels a session, nor when a login is added to your "
        "record. Your inbox tells it.",
        "invitations": "You get no invitations to your sessions by mail. A session in your calendar stays there as it "
        "is, also if it moves or is cancelled. Your inbox tells it.",
        "digests": "You get no digest by mail: reminders that did not fit into your week are in your inbox only.",
    },
    "chat": {
        "check-ins-open": "Your chat does not tell when a check-in opens. Your inbox tells it.",
        "reminders": "You get no reminders in your chat, neither before something is due nor after. Your inbox has "
        "them.",
        "questions": "Your chat does not tell when a partner asks you something. If you do not look into your inbox in "
        "time, most questions lapse, and another date, a release or the closing of a goal that a partner asks for may "
        "count as agreed.",
        "answers": "Your chat does not tell when a partner answers you or cancels a session, nor when a login is added "
        "to your record. Your inbox tells it.",
        "invitations": "Invitations to your sessions come by mail only.",
        "digests": "You get no digest in your chat: reminders that did not fit into your week are in your inbox only.",
    },
}
"""What a person without messages of a kind over a channel misses."""
ADDRESS_REFUSED = (
    "A mail server does not take mail for your address: you get no mail until the directory has another one, or you "
    "confirm this one. Everything is in your inbox."
)
CHAT_REFUSED = (
    "Your chat does not take messages at the address that you gave: you get none there until you give an address "
    "again. Everything is in your inbox."
)
NO_CHAT = "You get no messages in your chat. Everything is in your inbox: look there for questions and reminders."
NO_CHAT_ADDRESS = "You get no messages in a chat, because there is no address of yours. Everything is in your inbox."
NO_MAIL = "You get no mail at all. Everything is in your inbox: look there for questions, answers and reminders."

RULES = {
    "heads-up": "Because you asked for a heads-up the working day before.",
    "check-in-opens": "Because your terms ask for a check-in, and it can be written now.",
    "gentle-reminder": "Because its grace has ended and nothing was said yet; this is the first reminder.",
    "what-is-in-the-way": "Because a reminder left some days ago and nothing was said yet.",
    "how-could-you-help": "Because it is open for some days now and nothing was said yet; you get this once.",
    "time-for-a-conversation": "Because nothing was said for a while; both of you get this, and after it there is "
    "silence.",
    "word-from-your-partner": "Because your partner asked you something; that is outside every budget.",
    "meeting-rhythm": "Because the usual day of your session does not suit both of you; that is outside every budget.",
    "answer": "Because it settles something between you two; news are outside every budget.",
    "changes-your-days": "Because it changes one of your next two working days; news are outside every budget.",
    "invitation": "Because you asked for invitations to your sessions.",
    "partner-did-something": "Because your partner did it; nobody asks you for anything.",
    "no-answer-for-now": "Because you had asked for something; news are outside every budget.",
    "more-from-your-partner": "Because news of one person do not fill your inbox.",
    "address-refused": "Because a mail to you came back.",
    "chat-refused": "Because your chat refused a message to you.",
    "login-linked": "Because a person who signs in with it acts as you.",
}

REPEATED = "It was said {times} times that day; this is the latest."

REASONS = {
    "budget": "It waited for this digest because this week's reminders of this partnership were used up.",
    "ceiling": "It waited for this digest because your own limit of reminders a week was reached.",
    "digest": "It waited for this digest because it would have been one message too many that day.",
    "quiet-hours": "It waited for this digest because it came outside your working hours.",
}


CONCERNS_YOU = "Because it concerns you."
NEWS_OF_PARTNER = "There is news from {partner}."


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader, and the reference data for them. Unknown values appear in general terms.

    ``asked`` is the language that a request asks for.
    """

    person: PersonId
    reference_data: MailboxReferenceData
    asked: Language | None = None

    @property
    def language(self) -> Language:
        """The language that a request asks for, or else that of the reader's locale."""
        if self.asked is not None:
            return self.asked
        reader = known(self.reference_data.streams, PERSON_PROJECTION, self.person)
        return ENGLISH if reader is None else language_of(reader.locale)

    @property
    def marks(self) -> str:
        """The two quotation marks of the reader's language."""
        return self.language.say("“”")

    @property
    def name(self) -> str:
        """The name of the reader. Empty if it is not known."""
        return self._name(self.person) or ""

    def partner(self, entry: Entry) -> str | Phrase:
        """The name of the other partner in the partnership of an entry."""
        pair = known(self.reference_data.streams, PARTNERSHIP_PROJECTION, entry.partnership)
        return (pair and self._name(pair.other(self.person))) or Phrase("your partner")

    def promise(self, entry: Entry) -> str | None:
        """The text of the promise of an entry."""
        promise = known(self.reference_data.streams, COMMITMENT_PROJECTION, entry.subject)
        return promise.text if promise is not None and isinstance(promise.text, str) else None

    def goal(self, entry: Entry) -> GoalReadModel | None:
        """The goal of an entry."""
        return known(self.reference_data.streams, GOAL_PROJECTION, entry.subject)

    def shown(self, instant: datetime | None, told: date) -> str | Phrase:
        """A moment in the reader's own zone and language, in a message of the day ``told``."""
        if instant is None:
            return Phrase("a date that is still open")
        reader = known(self.reference_data.streams, PERSON_PROJECTION, self.person)
        return self.language.moment(instant, ZoneInfo("UTC" if reader is None else reader.zone), told)

    def _name(self, person: PersonId) -> str | None:
        somebody = known(self.reference_data.streams, PERSON_PROJECTION, person)
        name = None if somebody is None else somebody.display_name
        return named(name, self.marks) or None if isinstance(name, str) else None


def subject(mailbox: Mailbox, message: Message, language: Language) -> str:
    """The subject line of a message."""
    return language.say(SUBJECTS[_subject(message, mailbox.entries_of(message))])


def _subject(message: Message, entries: Sequence[Entry]) -> int | str:
    if message.kind == "word":
        return "word"
    if message.kind == "news":
        if any(entry.about == "address-refused" for entry in entries):
            return "address-refused"
        if any(entry.about == "chat-refused" for entry in entries):
            return "chat-refused"
        if any(entry.login is not None for entry in entries):
            return "login"
        near = any(entry.news == "changes-my-days" for entry in entries)
        if any(entry.invites for entry in entries):
            return "invitation"
        return "near" if near else "news"
    if message.kind == "digest":
        return "welcome-back" if message.welcome_back else "digest"
    if all(entry.step == 0 and kind_of(entry.subject) == "check-ins" for entry in entries):
        return "check-in" if len(entries) == 1 else "check-ins"
    return max(entry.step or 0 for entry in entries)


def render_entry(entry: Entry, reader: Reader, told: date) -> str:
    """The text of an entry in a message of the day ``told``, with the partner's text.

    Lines of the partner have the mark of ``quoting.py``.
    """
    if entry.login is not None:
        return _told_of_login(entry.login, reader.shown(entry.due, told), reader)
    goal = reader.goal(entry)
    text = _template(entry, goal) or NEWS_OF_PARTNER
    words, quoted = _subject_of(text, entry, goal, reader)
    values = {"partner": reader.partner(entry), "promise": words, "goal": words, "due": reader.shown(entry.due, told)}
    said = reader.language.fill(text, values)
    return "\n".join([said[0].upper() + said[1:], *quoted, *_noted(entry, reader)])


def _subject_of(
    text: str, entry: Entry, goal: GoalReadModel | None, reader: Reader
) -> tuple[str | Phrase | None, Sequence[str]]:
    """How a sentence names the promise or the goal, and the lines quoted below it."""
    if "{goal" in text:
        title = goal.title if goal is not None and isinstance(goal.title, str) else None
        return _words(title, Phrase("a goal"), reader)
    return _words(reader.promise(entry), Phrase("a promise"), reader) if "{promise" in text else (None, ())


def _told_of_login(login: NewLogin, works_from: str | Phrase, reader: Reader) -> str:
    by = Phrase("by your company's directory")
    if login.feed is not None:
        by = Phrase("by your HR system, {feed}", feed=named(login.feed, reader.marks))
    shown, issuer = named(login.login, reader.marks), named(login.issuer, reader.marks)
    return reader.language.say(LOGIN, by=by, login=shown, issuer=issuer, effective_at=works_from)


def _words(text: str | None, otherwise: Phrase | None, reader: Reader) -> tuple[str | Phrase | None, Sequence[str]]:
    """How a sentence names a partner's text, and the lines quoted below it."""
    quoted = () if text is None else below(text)
    if text is None or not quoted:
        return otherwise, ()
    short = in_a_sentence(text, reader.marks)
    return (Phrase("what is quoted below"), quoted) if short is None else (short, ())


def _template(entry: Entry, goal: GoalReadModel | None) -> str | None:
    silence = "" if entry.sender is not None else " by silence"
    if entry.news is not None:
        other = ", other" if silence and entry.news == "other" else ""
        until = "" if entry.due is None else " until"
        keys = (
            f"{entry.about}{silence}{until}",
            f"{entry.about}{silence}{other}",
            f"{entry.about}{silence}",
            entry.about,
        )
        return next((NEWS[key] for key in keys if key in NEWS), None)
    if goal is not None and (text := WORDS.get(f"{entry.about} {goal.outcome}")) is not None:
        return text
    if entry.step is None:
        return WORDS.get(f"{entry.about}{silence}") or WORDS.get(entry.about)
    return STEPS.get((kind_of(entry.subject), entry.step))


def _noted(entry: Entry, reader: Reader) -> Sequence[str]:
    if entry.note is None:
        return ()
    writer, language = reader.partner(entry), reader.language
    note, quoted = _words(entry.note if isinstance(entry.note, str) else None, None, reader)
    if note is None:
        said = language.say("{writer} left a note with it.", writer=writer)
    elif quoted:
        said = language.say("{writer} writes:", writer=writer)
    else:
        said = language.say("{writer} writes: {note}", writer=writer, note=note)
    return (said[0].upper() + said[1:], *quoted)


def why(item: Item, message: Message, reader: Reader) -> str:
    """Why a person gets an entry: the rule, the use of the budgets, and why it waited."""
    entry = item.entry
    language = reader.language
    parts = [language.say(RULES.get(entry.why.rule, CONCERNS_YOU))]
    for budget in message.budgets:
        if budget.partnership == entry.partnership:
            sentence = "Reminder {used} of {limit} this week with {partner}."
            partner = reader.partner(entry)
            parts.append(language.say(sentence, used=budget.used, limit=budget.limit, partner=partner))
    if message.ceiling is not None:
        used, limit = message.ceiling.used, message.ceiling.limit
        parts.append(language.say("Reminder {used} of your own limit of {limit} a week.", used=used, limit=limit))
    if message.kind == "digest" and item.reason in REASONS:
        parts.append(language.say(REASONS[item.reason]))
    return " ".join(parts)


def paragraphs(mailbox: Mailbox, message: Message, reader: Reader) -> Mapping[EntryId, str]:
    """The text of each entry of a message, in its order."""
    return {entry.id: _said(mailbox, entry, reader) for entry in mailbox.entries_of(message)}


def _said(mailbox: Mailbox, entry: Entry, reader: Reader) -> str:
    said, earlier = render_entry(entry, reader, mailbox.week), mailbox.earlier(entry.id)
    return said if not earlier else f"{said}\n\n{reader.language.say(REPEATED, times=earlier + 1)}"

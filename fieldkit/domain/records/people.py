"""People, and what is talked about with them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Moment
from fieldkit.domain.records.base import Part, Record, refuse_without
from fieldkit.domain.values import SET_LIMIT, DateText, Line, Lines, RecordId, RecordIds, Text

_PERSON = ("person",)
TEAM_ROLES = frozenset({"lead", "deputy", "inspector", "assistant", "headquarters"})


class Person(Record, frozen=True, kw_only=True):
    """A person of the team, of the host or of neither. Only the team records."""

    name: Annotated[Line, About("Name", "In its own script.")]
    transliteration: Annotated[Line | None, About("Transliteration", "The name in Latin letters.")] = None
    function: Annotated[Line | None, About("Function", "Post or profession, as introduced.")] = None
    party: Annotated[Literal["team", "host", "other"], About("Party", "Which side the person belongs to.")]
    role: Annotated[
        Literal[
            "lead",
            "deputy",
            "inspector",
            "assistant",
            "interpreter",
            "observer",
            "escort",
            "host_representative",
            "headquarters",
        ]
        | None,
        About("Role", "What the person does in this mission."),
    ] = None
    organisation: Annotated[Line | None, About("Organisation", "Employer or ministry.")] = None
    language: Annotated[Line | None, About("Language", "Language spoken.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.role not in TEAM_ROLES or self.party == "team",
            f"a {self.role} belongs to the team, not to party {self.party}",
            where="person.role",
            remedy="Set party=team, or another role.",
        )
        refuse_without(
            self.role != "host_representative" or self.party == "host",
            f"a host representative belongs to the host, not to party {self.party}",
            where="person.role",
            remedy="Set party=host, or another role.",
        )


class Statement(Part, frozen=True, kw_only=True):
    """What one participant said."""

    speaker: Annotated[RecordId, About("Speaker", "Who said it.", targets=_PERSON)]
    text: Annotated[Text, About("Statement", "What was said.")]


class Meeting(Record, frozen=True, kw_only=True):
    """Talks: briefing, negotiation of access, closing."""

    topics: Annotated[Lines, About("Topics", "What it was about.")] = frozenset()
    participants: Annotated[RecordIds, About("Participants", "Who took part.", targets=_PERSON)] = frozenset()
    statements: Annotated[
        tuple[Statement, ...], Meta(max_length=SET_LIMIT), About("Statements", "Who said what, in order.")
    ] = ()
    documents: Annotated[
        RecordIds, About("Documents", "Documents exchanged.", targets=("document", "declaration"))
    ] = frozenset()
    ended: Annotated[Moment | None, About("Ended", "When it ended.")] = None


class Exchange(Part, frozen=True, kw_only=True):
    """One question and its answer."""

    question: Annotated[Text, About("Question")]
    answer: Annotated[Text | None, About("Answer", "Left out where none was given.")] = None
    objection: Annotated[Text | None, About("Objection", "In the objector's words.")] = None


class Interview(Record, frozen=True, kw_only=True):
    """A person's answers. A pseudonym may stand for the person."""

    interviewee: Annotated[Line | None, About("Interviewee", "Name or pseudonym.")] = None
    person: Annotated[
        RecordId | None, About("Person", "Who it is, where that may be recorded.", targets=_PERSON)
    ] = None
    present: Annotated[RecordIds, About("Present", "Everybody else in the room.", targets=_PERSON)] = (
        frozenset()
    )
    interpreter: Annotated[RecordId | None, About("Interpreter", "Who interpreted.", targets=_PERSON)] = None
    host_present: Annotated[bool | None, About("Host present", "Was anybody of the host in the room?")] = None
    audio_recorded: Annotated[bool | None, About("Recorded", "Was sound recorded?")] = None
    exchanges: Annotated[
        tuple[Exchange, ...],
        Meta(max_length=SET_LIMIT),
        About("Exchanges", "Questions and answers, in order."),
    ] = ()
    refused_topics: Annotated[Lines, About("Refused topics", "What was not to be asked or answered.")] = (
        frozenset()
    )

    def constrain(self) -> None:
        refuse_without(
            self.interviewee or self.person,
            "an interview is with somebody",
            where="interview.interviewee",
            remedy="Give a name or a pseudonym (interviewee=), or link a person.",
        )


class Comment(Record, frozen=True, kw_only=True):
    """The host's words on something recorded: verbatim, never edited by the team, always annexed."""

    text: Annotated[Text, About("Comment", "Verbatim, in the language it was given in.")]
    language: Annotated[Line | None, About("Language", "Language of the comment.")] = None
    translation: Annotated[Text | None, About("Translation", "The interpreter's rendering.")] = None
    target: Annotated[RecordId | None, About("On", "The record it speaks of.")] = None
    by_whom: Annotated[RecordId | None, About("By", "Who commented.", targets=_PERSON)] = None


class Commitment(Record, frozen=True, kw_only=True):
    """A request or a promise. The proposed, the agreed and the actual day are kept apart."""

    text: Annotated[Text, About("Commitment", "What is asked for or promised.")]
    by_whom: Annotated[RecordId | None, About("By", "Who is to do it.", targets=_PERSON)] = None
    to_whom: Annotated[RecordId | None, About("To", "Who is to receive it.", targets=_PERSON)] = None
    proposed: Annotated[DateText | None, About("Proposed", "Day proposed.")] = None
    agreed: Annotated[DateText | None, About("Agreed", "Day agreed.")] = None
    actual: Annotated[DateText | None, About("Actual", "Day it was done.")] = None
    status: Annotated[
        Literal["open", "agreed", "done", "declined"], About("Status", "Done needs evidence.")
    ] = "open"

    def constrain(self) -> None:
        refuse_without(
            self.status != "done" or self.evidence,
            "a commitment is closed only on evidence",
            where="commitment.evidence",
            remedy="Attach the document, photo or observation that shows it done.",
        )

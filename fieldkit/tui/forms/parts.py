"""Lists of parts inside a record (questions and answers, checks of a seal, splits of a sample): how they are typed.

While a form is open, a field of parts holds the JSON of the texts of each part; a part's texts are read as a form's are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from fieldkit.domain.fields import Field
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.moments import Moment
from fieldkit.domain.parse import parse
from fieldkit.errors import FieldkitError, UsageError

_SUMMARY: Final = 70


def parts_of(text: str) -> list[dict[str, str]]:
    """The texts of each part; what is no such list (typed by hand, or damaged) counts as none."""
    try:
        found = json.loads(text) if text.strip() else []
    except json.JSONDecodeError:
        return []
    members = found if isinstance(found, list) else [found]
    return [
        {str(name): str(value) for name, value in each.items()} for each in members if isinstance(each, dict)
    ]


def text_of_parts(parts: Sequence[Mapping[str, str]]) -> str:
    """The parts as the text of their field; nothing where there are none."""
    return json.dumps([dict(part) for part in parts], ensure_ascii=False) if parts else ""


def read_parts(field: Field, text: str, at: Moment) -> JSON:
    """The values of a field of parts. `UsageError` names the part and its field."""
    values: list[JSON] = []
    for place, part in enumerate(parts_of(text), start=1):
        value: dict[str, JSON] = {}
        for about in field.parts:
            typed = part.get(about.name, "")
            if not typed.strip():
                if about.required:
                    raise UsageError(
                        f"{field.label} {place}: {about.label.lower()} is needed", where=field.name
                    )
                continue
            try:
                value[about.name] = parse(about, typed, now=at)
            except FieldkitError as error:
                raise UsageError(
                    f"{field.label} {place}, {about.label.lower()}: {error.problem}",
                    where=field.name,
                    remedy=error.remedy,
                ) from None
        values.append(value)
    return values if field.listed or field.many else values[0] if values else None


def summary(field: Field, part: Mapping[str, str]) -> str:
    """One line that tells a part from the others."""
    told = " · ".join(" ".join(part[about.name].split()) for about in field.parts if part.get(about.name))
    return told if len(told) <= _SUMMARY else told[: _SUMMARY - 1] + "…"

"""Several values in one line of text, separated by commas; a backslash takes the next character as it is."""

from __future__ import annotations


def split_list(text: str) -> list[str]:
    """The members of a comma list, without the blanks around them; empty members are dropped."""
    members: list[list[tuple[str, bool]]] = [[]]
    taken = iter(text)
    for character in taken:
        if character == "\\":
            members[-1].append((next(taken, "\\"), True))
        elif character == ",":
            members.append([])
        else:
            members[-1].append((character, False))
    trimmed = (_trimmed(member) for member in members)
    return [member for member in trimmed if member]


def join_list(members: list[str]) -> str:
    """Members as one comma list, from which `split_list` gives the same members."""
    return ", ".join(_escaped(member) for member in members)


def _trimmed(member: list[tuple[str, bool]]) -> str:
    start, end = 0, len(member)
    while start < end and _blank(member[start]):
        start += 1
    while end > start and _blank(member[end - 1]):
        end -= 1
    return "".join(character for character, _ in member[start:end])


def _blank(character: tuple[str, bool]) -> bool:
    return character[0].isspace() and not character[1]


def _escaped(member: str) -> str:
    text = member.replace("\\", "\\\\").replace(",", "\\,")
    if text[-1:].isspace():
        text = f"{text[:-1]}\\{text[-1]}"
    return f"\\{text}" if text[:1].isspace() else text

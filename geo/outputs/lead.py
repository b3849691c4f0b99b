"""The lead: what the map shows of a day, in one or two sentences."""

from collections.abc import Iterator

from geo.history.situation import NOT_YET, LineOfDay, Situation, situations
from geo.inputs.layers import Layers
from geo.outputs.words import Words


def lead(words: Words, now: Situation, day: str | None = None) -> tuple[str, ...]:
    """Return the sentences about a situation; none if there is nothing to say.

    Parameters
    ----------
    words : Words
        The words of the language.
    now : Situation
        The situation, from `geo.history.situation`.
    day : str, optional
        The day (ISO 8601). By default, its place ``{day}`` stays in the text.
    """
    posts, patrols, line = _posts(words, now), _patrols(words, now), _line(words, now)
    if line and patrols:
        patrols = words.text("lead.and", one=patrols, other=line)
    elif line and posts:
        posts = words.text("lead.and", one=posts, other=line)
    first = posts or (line if not patrols else "")
    on_day = words.text("lead.on_day", what=first, **({"day": words.day(day)} if day else {})) if first else ""
    by_day = words.text("lead.by_day", what=patrols) if patrols else ""
    return tuple(filter(None, (on_day, by_day)))


def leads(words: Words, layers: Layers) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the lead, with the place ``{day}`` in it, from each day on which it changes; oldest first."""
    for day, now in situations(layers):
        yield day, lead(words, now)


def _posts(words: Words, now: Situation) -> str:
    """Return the clause about the agreed posts: their number by status."""
    every = now.agreed_posts
    if now.posts == {NOT_YET: every}:
        return words.counted("lead.posts.none", every) if every else ""
    parts: list[str] = []
    for status, count in now.posts.items():
        n = {"n": words.number(count), "all": words.number(every)}
        subject = "lead.posts.all" if count == every else "lead.posts.more" if parts else "lead.posts.first"
        parts.append(f"{words.text(subject, **n)} {words.counted(f'lead.{status}', count)}")
    return words.joined(parts)


def _patrols(words: Words, now: Situation) -> str:
    if now.patrols is None:
        return ""
    if not now.patrols:
        return words.text("lead.patrols.none")
    known = words.counted("lead.patrols", now.patrols)
    return words.counted("lead.more_patrols", now.undated_patrols, known=known) if now.undated_patrols else known


def _line(words: Words, now: Situation) -> str:
    """Return the clause about the line of contact; empty if the folder has no lines."""
    if not now.has_lines:
        return ""
    return words.text("lead.line.none") if now.line is None else _known_line(words, now.line)


def _known_line(words: Words, line: LineOfDay) -> str:
    text = words.text("lead.line.part" if line.is_part else "lead.line.whole", as_of=words.day(line.as_of))
    return words.text("lead.within", line=text, km=words.kilometres(line.precision_m)) if line.precision_m else text

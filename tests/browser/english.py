"""Finds English on the pages in other languages: what may be there, and what is shown that may not."""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from geo.inputs.catalog import CATALOGUE
from geo.inputs.credits import all_credits
from geo.outputs.texts import texts_of
from geo.outputs.words import Words

ALLOWED = Path(__file__).with_name("allowed_words.txt")
FOLDER = files("geo.outputs") / "assets" / "i18n"
# Two or more Latin letters, with accents; a combining dot belongs to the Turkish i.
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]{2,}")
# No word of another language of the page, so that a name with such a word in a translation does not excuse it.
ALWAYS = frozenset({"the", "of", "and", "with", "from", "by", "was", "were", "which", "that", "this"})
MGRS = r"\d{1,2}[C-X] [A-Z]{2} \d+ \d+"
# Columns that hold names, ids and addresses, in whatever language.
_NAMES = ("id", "also_called", "ref", "vertex_between", "vertex_sources", "sources", "place", "licence")

# Every text of a part of the page that is not in another language by its own mark, and what is read out in its place.
SHOWN = """(selectors) => {
  const own = document.documentElement.lang;
  const isOwn = (node) => node.closest('[lang]').lang === own && !node.closest('script, style, noscript, template');
  const found = new Set();
  for (const root of selectors.flatMap((selector) => [...document.querySelectorAll(selector)])) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (isOwn(node.parentElement)) found.add(node.data);
      } else if (isOwn(node)) {
        for (const name of ['aria-label', 'title', 'alt', 'placeholder']) found.add(node.getAttribute(name) ?? '');
      }
    }
  }
  return [...found].map((text) => text.replace(/\\s+/g, ' ').trim()).filter(Boolean);
}"""

# The details of features, one after the other, without laying out the map for each.
DETAILS = (
    """([wanted, selectors]) => {
  const shown = """
    + SHOWN
    + """;
  const { maxBounds } = map_reference.options;
  map_reference.options.maxBounds = L.latLngBounds([[80, 170], [81, 171]]);
  const found = new Set();
  for (const { name, features } of M4.catalogue) {
    for (const feature of features.slice(0, wanted[name] ?? features.length)) {
      M4.select(feature);
      for (const text of shown(selectors)) found.add(text);
    }
  }
  M4.select(null);
  Object.assign(map_reference.options, { maxBounds });
  return [...found];
}"""
)


@dataclass(frozen=True)
class Vocabulary:
    """What tells English from a language: names that stay, and words that are English only."""

    language: str
    names: frozenset[str]
    within: re.Pattern[str]
    english: frozenset[str]

    def english_in(self, text):
        """Return the words of a text that are English and no name; on the Arabic page, every word in Latin letters."""
        if text in self.names:
            return []
        words = WORD.findall(self.within.sub(" ", text))
        if self.language == "ar":
            return words
        return [word for word in words if word.lower() in self.english]


def vocabulary(layers, derived, language):
    """Return what tells English from a language on the page of these layers."""
    rows = [feature.properties.model_dump(mode="json") for layer in layers.values() for feature in layer.features]
    names, parts = set(), set()
    for row in rows:
        names.update(value for column, value in row.items() if column.startswith("name_") and value)
        names.update(part for column in _NAMES for text in _listed(row.get(column)) for part in _parts(text))
    names.update(id_ for frame in derived.layers.values() for id_ in frame["id"])
    places = [feature.properties for name in ("places", "observation_posts") for feature in layers[name].features]
    parts.update(getattr(place, f"name_{language}") or place.name_en for place in places)
    for source in (feature.properties for feature in layers["sources"].features):
        address = urlsplit(source.url or "").netloc
        names.update(filter(None, (source.title, source.publisher, address)))
        parts.update(filter(None, (source.publisher,)))
    for credit in all_credits(layers):
        parts.update((credit.holder, credit.licence.title))
    parts.update(allowed())
    own = {word for text in _own_texts(layers, language) for word in _words(text)}
    english = {word for text in _english_texts(rows, layers, derived) for word in _words(text)}
    single = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
    return Vocabulary(
        language,
        frozenset(names | parts),
        re.compile(rf"https?://\S+|{MGRS}|(?<!\w)(?:{single})(?!\w)"),
        frozenset((english | ALWAYS) - (own - ALWAYS)),
    )


def allowed():
    """Return the words and phrases that are allowed by hand."""
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _own_texts(layers, language):
    """Yield every text that exists in a language."""
    words = Words.of(layers, language)
    yield from (*words.texts.values(), *words.translations.values())
    yield from _in_language(layers.agreement.model_dump(mode="json"), language)
    for layer in layers.values():
        for feature in layer.features:
            yield from filter(
                None, (getattr(feature.properties, f"{kind}_{language}", None) for kind in ("name", "title"))
            )


def _in_language(value, language):
    """Yield every text that a table of the agreement gives in a language."""
    if isinstance(value, dict):
        if isinstance(value.get(language), str):
            yield value[language]
        value = value.values()
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        for part in value:
            yield from _in_language(part, language)


def _english_texts(rows, layers, derived):
    """Yield every English text that the page could show by mistake."""
    yield from texts_of(layers, "en").values()
    yield from json.loads((FOLDER / "en.json").read_text(encoding="utf-8")).values()
    for spec in CATALOGUE:
        yield from (spec.title, *spec.classes.values())
        for name, column in spec.record.model_fields.items() if spec.record else ():
            yield from (column.title or "", name.replace("_", " "))
    for fact in derived.facts.figures:
        yield from (fact.title, fact.unit, fact.how)
    for row in rows:
        if "publisher" not in row:
            kept = [column for column in row if column not in _NAMES and column not in ("fr", "ar", "tr")]
            prose = [column for column in kept if not column.startswith(("name_", "title_")) or column == "title_en"]
            yield from (text for column in prose for text in _listed(row[column]))


def _words(text):
    return (word.lower() for word in WORD.findall(text))


def _listed(value):
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _parts(text):
    """Return a name, and the names in it if it is a list of them."""
    return {text, *(part.strip() for part in re.split(r"[;,،؛|]", text))}

#!/usr/bin/python3
"""Every text that people read is translated, and nothing else is.

Extracts the texts of the templates ({{#_}}…{{/_}}, {{#_n count}}…{{|}}…{{/_n}})
and of the C sources (N_(), text_get() and text_plural() with literals) and
compares them with the .po files beside the features. Fails for a text that is
missing, fuzzy or empty in a language, for other {{placeholders}} or HTML tags
than the source has, for an entry nobody uses, and for a .po file the build
does not compile.
"""
import ast
import collections
import pathlib
import re
import sys

import polib

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = ["fr"]
FOLDERS = ["daemon", "tenants"]

Text = collections.namedtuple("Text", "one many where")

TEMPLATE_TEXT = re.compile(
    r"\{\{#_\}\}(?P<text>.*?)\{\{/_\}\}"
    r"|\{\{#_n [^}]*\}\}(?P<one>.*?)\{\{\|\}\}(?P<many>.*?)\{\{/_n\}\}", re.S)
PLACEHOLDER = re.compile(r"\{\{[^}]*\}\}")
TAG = re.compile(r"</?[a-z][a-z0-9]*", re.I)

C_TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|//[^\n]*)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<character>'(?:\\.|[^'\\\n])*')"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<other>\S)", re.S)


def fold(text):
    """As the template compiler does."""
    return re.sub(r"[ \t\n\r\f\v]+", " ", text).strip(" ")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def template_texts(path):
    source = path.read_text(encoding="utf-8")
    for match in TEMPLATE_TEXT.finditer(source):
        where = f"{path.relative_to(ROOT)}:{line_of(source, match.start())}"
        if match["text"] is not None:
            yield Text(fold(match["text"]), "", where)
        else:
            yield Text(fold(match["one"]), fold(match["many"]), where)


def c_tokens(source):
    """Tokens without comments; adjacent string literals joined."""
    tokens = []
    for match in C_TOKEN.finditer(source):
        kind, text = match.lastgroup, match.group()
        if kind == "comment":
            continue
        if kind == "string":
            text = ast.literal_eval(text)
            if tokens and tokens[-1][0] == "string":
                tokens[-1][1] += text
                continue
        tokens.append([kind, text, match.start()])
    return tokens


def c_texts(path):
    """Literals within N_(…), text_get(…) and text_plural(…)."""
    source = path.read_text(encoding="utf-8")
    if not re.search(r"\b(N_|text_get|text_plural)\b", source):
        return
    tokens = c_tokens(source)
    for i, (kind, word, position) in enumerate(tokens[:-1]):
        if kind != "word" or tokens[i + 1][1] != "(" or \
                word not in ("N_", "text_get", "text_plural"):
            continue
        where = f"{path.relative_to(ROOT)}:{line_of(source, position)}"
        strings, depth, at = [], 0, i + 1
        while at < len(tokens):
            if tokens[at][0] == "other":
                depth += {"(": 1, ")": -1}.get(tokens[at][1], 0)
            elif tokens[at][0] == "string":
                strings.append(tokens[at][1])
            if depth == 0:
                break
            at += 1
        if word != "text_plural":
            yield from (Text(string, "", where) for string in strings)
        elif len(strings) == 2:
            yield Text(strings[0], strings[1], where)


def extract():
    texts = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".html", ".txt"):
                texts.extend(template_texts(path))
            elif path.suffix in (".c", ".h"):
                texts.extend(c_texts(path))
    return texts


def marks(text):
    return sorted(PLACEHOLDER.findall(text)), sorted(TAG.findall(text))


def check_entry(text, entry, path):
    """Problems of one translation of one text."""
    where = f"{path.relative_to(ROOT)}:{entry.linenum}: {text.one!r}"
    if entry.fuzzy:
        yield f"{where} is fuzzy"
        return
    if text.many != entry.msgid_plural:
        yield f"{where} has the plural {entry.msgid_plural!r}, " \
              f"{text.where} has {text.many!r}"
        return
    pairs = [(text.one, entry.msgstr)]
    if text.many:
        # The form for one may spell the number out.
        pairs = [(text.many, entry.msgstr_plural.get(1, ""))]
        one = entry.msgstr_plural.get(0, "")
        if not one:
            yield f"{where} has no form for one"
        elif not set(marks(one)[0]) <= set(marks(text.many)[0]):
            yield f"{where} has other placeholders in the form for one"
    for source, translation in pairs:
        if not translation.strip():
            yield f"{where} is not translated"
        elif marks(source)[0] != marks(translation)[0]:
            yield f"{where} has other placeholders than its source"
        elif marks(source)[1] != marks(translation)[1]:
            yield f"{where} has other HTML tags than its source"


def read_catalogue(language, problems):
    """msgid → (entry, file), of all files of the language."""
    entries = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob(f"{language}.po")):
            build = path.with_name("meson.build")
            if not build.exists() or not re.search(
                    r"catalogues \+=.*'" + path.name + "'",
                    build.read_text(encoding="utf-8")):
                problems.append(f"{path.relative_to(ROOT)}: no catalogues += "
                                "in the meson.build beside it")
            for entry in polib.pofile(str(path), encoding="utf-8"):
                if entry.obsolete:
                    problems.append(f"{path.relative_to(ROOT)}:{entry.linenum}:"
                                    f" {entry.msgid!r} is obsolete")
                else:
                    entries.setdefault(entry.msgid, []).append((entry, path))
    return entries


def check_language(language, texts):
    problems = []
    entries = read_catalogue(language, problems)
    used = set()
    for text in texts:
        used.add(text.one)
        for entry, path in entries.get(text.one, []):
            problems.extend(check_entry(text, entry, path))
        if text.one not in entries:
            problems.append(f"{text.where}: {text.one!r} is missing in "
                            f"{language}")
    for msgid, places in entries.items():
        if msgid not in used:
            entry, path = places[0]
            problems.append(f"{path.relative_to(ROOT)}:{entry.linenum}: "
                            f"{msgid!r} is used nowhere")
    return problems


def main():
    texts = extract()
    if not texts:
        sys.exit("no text was found at all: the extraction is broken")
    problems = []
    for language in LANGUAGES:
        problems += check_language(language, texts)
    for problem in dict.fromkeys(problems):
        print(problem)
    print(f"{len({text.one for text in texts})} texts, "
          f"{len(set(problems))} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

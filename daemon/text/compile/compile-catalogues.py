#!/usr/bin/python3
"""Merges the .po files of one language into one .mo file.

compile-catalogues.py LANGUAGE OUTPUT.mo FILE.po…

Only files named LANGUAGE.po are read. A text that two files translate
differently is an error, as is a plural rule other than the daemon's
(daemon/text/catalogue.c). French gets the no-break spaces that its punctuation
wants and that nobody sees while typing. What is missing or fuzzy is left out
here; the lint test of the texts fails for it.
"""
import pathlib
import re
import sys

import polib

PLURAL_RULES = {"fr": "nplurals=2; plural=(n > 1);"}
NO_BREAK = "\u00a0"


def typeset(language, text):
    """No line may begin with a colon or end with an opening guillemet."""
    if language != "fr":
        return text
    text = re.sub(r" (?=[:;!?»])", NO_BREAK, text)
    return text.replace("« ", "«" + NO_BREAK)


def meaning(entry):
    """What must be the same wherever a text is translated again."""
    return entry.msgid_plural, entry.msgstr, tuple(
        form for _, form in sorted(entry.msgstr_plural.items()))


def merge(language, paths):
    merged = polib.POFile()
    merged.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_RULES[language],
    }
    seen = {}
    errors = []
    for path in paths:
        file = polib.pofile(str(path), encoding="utf-8")
        rule = file.metadata.get("Plural-Forms")
        if rule != PLURAL_RULES[language]:
            errors.append(f"{path}: Plural-Forms is {rule!r}, expected "
                          f"{PLURAL_RULES[language]!r}")
        for entry in file:
            if entry.obsolete or not entry.translated():
                continue
            entry.msgstr = typeset(language, entry.msgstr)
            entry.msgstr_plural = {
                form: typeset(language, text)
                for form, text in entry.msgstr_plural.items()}
            first = seen.setdefault(entry.msgid, (entry, path))
            if first[0] is entry:
                merged.append(entry)
            elif meaning(first[0]) != meaning(entry):
                errors.append(
                    f"{path}:{entry.linenum}: {entry.msgid!r} is translated "
                    f"otherwise in {first[1]}:{first[0].linenum}")
    return merged, errors


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    language, output = arguments[0], arguments[1]
    if language not in PLURAL_RULES:
        sys.exit(f"no plural rule for {language!r}")
    paths = [pathlib.Path(path) for path in arguments[2:]
             if pathlib.Path(path).stem == language]
    merged, errors = merge(language, paths)
    if errors:
        sys.exit("\n".join(errors))
    merged.save_as_mofile(output)


if __name__ == "__main__":
    main(sys.argv[1:])

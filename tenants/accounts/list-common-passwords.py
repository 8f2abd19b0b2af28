#!/usr/bin/python3
"""Writes the table of common_password.c from the frequency lists of zxcvbn
(Debian: python3-zxcvbn): leaked passwords, and words, names and titles that
are tried first. Hashes only, sorted; the lists themselves are not installed."""
import sys

from zxcvbn.frequency_lists import FREQUENCY_LISTS

LEAST = 4   # of letters; shorter ones are no base of a password
FEWEST = 10_000


def fnv1a(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def main(output):
    words = {word.lower() for words in FREQUENCY_LISTS.values() for word in words
             if len(word) >= LEAST}
    long = sum(len(word) >= 10 for word in words)
    if long < FEWEST:
        sys.exit(f"only {long} entries of ten characters or more: is this the right zxcvbn?")
    hashes = sorted({fnv1a(word) for word in words})
    with open(output, "w", encoding="ascii") as table:
        for value in hashes:
            table.write(f"0x{value:016x},\n")


if __name__ == "__main__":
    main(sys.argv[1])

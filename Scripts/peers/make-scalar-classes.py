#!/usr/bin/env python3
"""Writes Sources/Tokenizers/ScalarRuns.swift: how the tokenizers package classes each character.

    Scripts/peers/make-scalar-classes.py

Its regular expressions know Unicode 16, its other code Unicode 17, and Swift what the system has.
Models saw what the package gave them, so it is asked about every character, and the answers are
kept as runs of equal ones.
"""

import peers

peers.enter()

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

FILE = peers.ROOT / "Sources" / "Tokenizers" / "ScalarRuns.swift"
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
CHARACTERS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]

HEADER = '''/// The classes of all characters, as tokenizers {version} sees them.
///
/// Made by `Scripts/peers/make-scalar-classes.py`. One entry a run of characters that are alike:
/// how many characters without a class lie before it, its length less one, and its ``ScalarClass``
/// bits. Each number is written in digits of the base 32, the lowest first, in the alphabet of
/// base64; all but the last digit of a number have 32 added.
enum ScalarRuns {{
    static let text: StaticString = """
'''


def matching(others):
    """The characters that stay when the expression's are removed."""
    return set(normalizers.Replace(Regex(others), "").normalize_str("".join(CHARACTERS)))


def word_characters():
    """Those that keep a single word from being found beside them."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("word", single_word=True)])
    encoded = tokenizer.encode_batch([c + "word" for c in CHARACTERS])
    return {c for c, encoding in zip(CHARACTERS, encoded) if "word" not in encoding.tokens}


def digits():
    splitter = pre_tokenizers.Digits(individual_digits=True)
    return {c for c in CHARACTERS if len(splitter.pre_tokenize_str(f"a{c}a")) == 3}


def number(value):
    text = ""
    while value >= 32:
        text += DIGITS[32 + value % 32]
        value //= 32
    return text + DIGITS[value]


def main():
    classes = [matching(r"[^\p{L}]"), matching(r"[^\p{M}]"), matching(r"[^\p{N}]"), matching(r"\S")]
    words, numeric = word_characters(), digits()
    bits = [0] * 0x110000
    for c in CHARACTERS:
        kind = next((k for k, members in enumerate(classes, 1) if c in members), 0)
        bits[ord(c)] = kind + 8 * (c in words) + 16 * (c in numeric)
    text, end, start = "", 0, 0
    while start < 0x110000:
        stop = start + 1
        while stop < 0x110000 and bits[stop] == bits[start]:
            stop += 1
        if bits[start]:
            text += number(start - end) + number(stop - start - 1) + number(bits[start])
            end = stop
        start = stop
    lines = [text[i : i + 90] for i in range(0, len(text), 90)]
    body = "".join(f"        {line}\\\n" for line in lines[:-1]) + f"        {lines[-1]}\n"
    FILE.write_text(HEADER.format(version=tokenizers.__version__) + body + '        """\n}\n')


main()

#!/usr/bin/env python3
"""Makes the small tokenizer of Tests/Fixtures/tokenizers and what the Rust package does with it.

    Scripts/peers/make-tokenizer-goldens.py

`gpt2-tiny` is a byte-level BPE of 500 tokens with GPT-2's pattern, trained on the lines below, with
added tokens of every kind. `goldens.json` holds ids and texts by the tokenizers package, for this
file and for variants of it (a text in the file, replaced by another one). `characters.json` holds
which characters its regular expressions call letters, marks, numbers, white space and parts of
words, `shapes.json` the same for published shapes. All is seeded: a second run writes the same.
"""

import json
import random

import peers

peers.enter()

import tokenizer_shapes
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
TURES / "tokenizers"
END = "<|endoftext|>"

CORPUS = """
The quick brown fox jumps over the lazy dog. The dog doesn't mind; it's used to foxes.
There were 12 apples and 30 pears on the table, and then there were 42 pieces of fruit in all.
What is the answer to the question? The answer is that there is another question behind it.
    for index in range(100):
        total += index * 2  # twice the index
    return total
She said that they'd rather stay, that we're late, and that I've never been there: I'll go.
Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Das Übel ist überall.
Le cœur déçu mais l'âme plutôt naïve, Louÿs rêva de crapaüter en canoë au delà des îles.
В чащах юга жил бы цитрус? Да, но фальшивый экземпляр! Да, да, но не всегда.
敏捷的棕色狐狸跳过懒狗。狗不介意，狗很懒。生活的真谛是什么？生活就是生活。
いろはにほへと ちりぬるを わかよたれそ つねならむ
ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले
🙂 🙂🙂 😊 👍🏽 👩‍👩‍👧
"""

# From the shared strings of transformers' tokenizer tests.
SHARED = [
    "This is a test 😊\nI was born in 92000, and this is falsé.\n生活的真谛是\nHi  Hello\n"
    "Hi   Hello\n\n \n  \n Hello\n<s>\nhi<s>there\nThe following string should be properly encoded: "
    "Hello.\nBut ird and ปี   ird   ด\nHey how are you doing",
    "",
    " ",
    "  leading and trailing  ",
    "don't I'M we'LL they’re 'ſ 're 'v 'l '",
    "\r\n\r\n\t\t x\n \ny\u3000z\u00a0\u2028\u0085.",
    "٣٤ Ⅷ ½x² 1a2b  3",
    "\u1e9b\u0323 e\u0301 \u00e9 ﬁ \u212b \u0301 क्षि",
    "a\0b\x1c\x7f\ufeff\ufffd\U0010ffff",
]

PIECES = [
    # Words and what stands between them.
    *"the The answer question dog index 12 42 92000 a b x y 0 7 . , ! ? ; : # ( ) += -- ... $ ~ % ~~".split(),
    " ", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028",
    "\u0085", "\x0b", "\x1c", "\0", "\x7f", "\u200b", "\ufeff",
    # Contractions and what looks like them.
    "'", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'l", "'r", "’s", "'ſ",
    # Numbers of all kinds.
    "٣", "१२", "Ⅷ", "½", "²", "〇", "一", "𝟘", "①",
    # Letters of many scripts, composed and not.
    "é", "e\u0301", "ÿ", "œ", "ß", "Übel", "ſ", "ŉ", "ﬁ", "Å", "Ω", "δός", "чащах", "да", "Ա", "שָׁלוֹם",
    "مرحبا", "ऋषि", "क्ष", "ปี", "ด", "ไทย", "敏捷", "生活", "いろ", "ｶﾞ", "한글", "한", "ᚠ", "𐌰", "𝐀", "𠀀", "ʰ", "ª",
    # Marks alone, pictures of several scalars, and what has no meaning.
    "\u0301", "\u20e3", "\ufe0f", "\u200d", "🙂", "😊", "👍🏽", "👩‍👩‍👧", "🇫🇷", "1️⃣",
    "\ue000", "\u0378", "\ufffe", "\ufffd", "\U000e0001", "\U0010ffff",
    # Letters that Unicode 17 assigned: to the tokenizers package they are no letters yet.
    "\U000323b0", "\ua7d2",
    # Pieces of added tokens.
    "<", "<|", "|>", "<s", "word", "words", "wörd", "hello", "zebra", " zebra",
]  # fmt: skip

ADDED = [
    ("<s>", {"special": True}),
    ("<|left|>", {"special": True, "lstrip": True}),
    ("<|right|>", {"special": True, "rstrip": True}),
    ("<|both|>", {"lstrip": True, "rstrip": True}),
    ("<|normal|>", {"lstrip": True, "rstrip": True, "normalized": True}),
    ("word", {"single_word": True}),
    ("wörd", {"single_word": True, "normalized": True}),
    ("hello the", {"normalized": True}),
    # Overlaps others: the leftmost match wins, then the longest.
    ("<|", {}),
    ("the 4", {}),
    # In two scalars: é in one scalar is another text.
    ("e\u0301", {}),
    # Not spelled in the byte alphabet, so it is decoded as itself.
    ("数", {"special": True}),
    ("\n\n\n", {}),
]

VARIANTS = {
    "a space before the text": [
        '"pre_tokenizer": {\n    "type": "ByteLevel",\n    "add_prefix_space": false',
        '"pre_tokenizer": {\n    "type": "ByteLevel",\n    "add_prefix_space": true',
    ],
    "words that are not cut": [
        '"add_prefix_space": false,\n    "trim_offsets": true,\n    "use_regex": true\n  },\n  "post',
        '"add_prefix_space": false,\n    "trim_offsets": true,\n    "use_regex": false\n  },\n  "post',
    ],
    "whole words first": ['"ignore_merges": false', '"ignore_merges": true'],
    "unknown bytes are dropped": ['"~":', '"~~~~":', '"%":', '"%%%%":'],
    "unknown bytes are a token": [
        '"~":', '"~~~~":', '"%":', '"%%%%":', '"unk_token": null', f'"unk_token": "{END}"',
    ],
    "unknown bytes are one token": [
        '"~":', '"~~~~":', '"%":', '"%%%%":', '"unk_token": null', f'"unk_token": "{END}"',
        '"fuse_unk": false', '"fuse_unk": true',
    ],
}  # fmt: skip


def changed(text, changes):
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=499, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(CORPUS.splitlines() + SHARED, trainer)
    # A word that no merges make: only a tokenizer that ignores merges finds it.
    model = json.loads(tokenizer.to_str())
    model["model"]["vocab"]["Ġzebra"] = 499
    tokenizer = Tokenizer.from_str(json.dumps(model))
    for content, options in ADDED:
        tokenizer.add_tokens([AddedToken(content, **{"normalized": False, **options})])
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single=f"<s> $A {END}",
            pair=f"<s> $A {END} $B:1 {END}:1",
            special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", END)],
        ),
    ])
    return tokenizer


def random_text(generator, longest):
    added = [content for content, _ in ADDED] + [END]
    pieces = []
    for _ in range(generator.randint(1, longest)):
        # Several in a row of one kind, as in a text, and added tokens beside anything.
        kind = generator.random()
        if kind < 0.2:
            pieces.append(generator.choice(added))
        elif kind < 0.35:
            pieces.append(generator.choice([" ", "\n", "\t"]) * generator.randint(1, 3))
        else:
            pieces.append(generator.choice(PIECES))
    return "".join(pieces)


def encodings(tokenizer, texts):
    return [
        {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids}
        for text in texts
    ]


def decodings(tokenizer, generator, count):
    """Ids in any order: bytes that are no UTF-8, special tokens, ids without a token."""
    bytes_ = [tokenizer.token_to_id(c) for c in pre_tokenizers.ByteLevel.alphabet()]
    high = [tokenizer.token_to_id(chr(b)) for b in [0xC3, 0xE2, 0xED, 0xF0, 0xF4, 0xBF, 0xAE]]
    result = []
    for _ in range(count):
        size = tokenizer.get_vocab_size()
        draws = [
            lambda: generator.choice(sorted(bytes_)),
            lambda: generator.choice(high),
            lambda: generator.randrange(size + 3),
            lambda: generator.randrange(size - len(ADDED), size),
        ]
        ids = [generator.choice(draws)() for _ in range(generator.randint(1, 16))]
        result.append({
            "ids": ids,
            "text": tokenizer.decode(ids),
            "text_with_special_tokens": tokenizer.decode(ids, skip_special_tokens=False),
        })  # fmt: skip
    return result


def ranges(characters):
    """First and last of each run, one after the other."""
    result = []
    for code in sorted(characters):
        if result and result[-1] == code - 1:
            result[-1] = code
        else:
            result += [code, code]
    return result


def word_characters(characters):
    """Those that keep a single word from being found beside them."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("word", single_word=True)])
    encoded = tokenizer.encode_batch([c + "word" for c in characters])
    return [ord(c) for c, encoding in zip(characters, encoded) if "word" not in encoding.tokens]


def character_classes():
    characters = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    every = "".join(characters)
    classes = {"letters": r"[^\p{L}]", "marks": r"[^\p{M}]", "numbers": r"[^\p{N}]", "white_space": r"\S"}
    result = {
        name: ranges(map(ord, normalizers.Replace(Regex(others), "").normalize_str(every)))
        for name, others in classes.items()
    }
    return {**result, "word_characters": ranges(word_characters(characters))}


def shape_goldens():
    """What the shapes of published tokenizers do, each with its file, trained on the lines above."""
    generator = random.Random(21)
    result = []
    texts = CORPUS.splitlines() * 3 + SHARED
    for name, tokenizer in tokenizer_shapes.shapes(size=620, texts=texts, alphabet=1000).items():
        file = tokenizer.to_str()
        tokenizer = Tokenizer.from_str(file)
        pieces = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
        pieces += ["<0x41>", "▁", " ", "\n", *PIECES]
        samples = SHARED + [
            "".join(generator.choice(pieces) for _ in range(generator.randint(1, 12))) for _ in range(40)
        ]
        size = tokenizer.get_vocab_size()
        bytes_ = [i for t, i in sorted(tokenizer.get_vocab().items()) if len(t) == 1 or t.startswith("<0x")]
        rows = [
            [generator.choice([generator.randrange(size + 2), generator.choice(bytes_)]) for _ in range(10)]
            for _ in range(30)
        ] + [tokenizer.encode(text).ids for text in samples[:20]]
        result.append({
            "name": name,
            "file": file,
            "encodings": [{"text": t, "ids": tokenizer.encode(t).ids} for t in samples],
            "decodings": [
                {
                    "ids": ids,
                    "text": tokenizer.decode(ids),
                    "text_with_special_tokens": tokenizer.decode(ids, skip_special_tokens=False),
                }
                for ids in rows
            ],
        })  # fmt: skip
    return result


def main():
    generator = random.Random(20)
    tokenizer = train()
    (FOLDER / "gpt2-tiny").mkdir(parents=True, exist_ok=True)
    file = FOLDER / "gpt2-tiny" / "tokenizer.json"
    tokenizer.save(str(file))
    configuration = {"eos_token": END, "tokenizer_class": "PreTrainedTokenizerFast"}
    peers.write_json(FOLDER / "gpt2-tiny" / "tokenizer_config.json", configuration)

    # What the file says, not the object that was saved.
    tokenizer = Tokenizer.from_file(str(file))
    texts = SHARED + [random_text(generator, longest=14) for _ in range(400)]
    variants = []
    for name, changes in VARIANTS.items():
        variant = Tokenizer.from_str(changed(file.read_text(), changes))
        samples = [*SHARED, "a zebra", " zebra %~~ ~"]
        samples += [random_text(generator, longest=14) for _ in range(12)]
        variants.append({
            "name": name, "changes": changes, "encodings": encodings(variant, samples),
        })  # fmt: skip
    peers.write_json(
        FOLDER / "goldens.json",
        {
            "tokenizers": tokenizers.__version__,
            "encodings": encodings(tokenizer, texts),
            "with_special_tokens": [
                {"text": text, "ids": tokenizer.encode(text).ids} for text in SHARED
            ],
            "decodings": decodings(tokenizer, generator, 200),
            "variants": variants,
        },
    )
    peers.write_json(FOLDER / "characters.json", character_classes())
    (FOLDER / "shapes.json").write_text(
        json.dumps(shape_goldens(), ensure_ascii=False, separators=(",", ":")) + "\n"
    )


main()

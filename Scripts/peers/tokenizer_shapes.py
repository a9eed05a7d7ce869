"""The shapes of published tokenizers, trained small on local text.

Each is what the `tokenizer.json` of a model family says, with a few hundred tokens instead of a
hundred thousand: the same stages with the same settings, special tokens and added tokens.
"""

import json

import peers
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
QWEN35 = QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"\s\p{L}\p{N}", r"\s\p{L}\p{M}\p{N}")
# o200k's: no scanner of ours knows it.
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = [f"<0x{b:02X}>" for b in range(256)]


def training_texts():
    """This repository: English, code and numbers."""
    lines = []
    for pattern in ("Sources/*/*.swift", "Scripts/peers/*.py", "README.md"):
        for file in sorted(peers.ROOT.glob(pattern)):
            lines += file.read_text().splitlines()
    return lines[:6000]


def split(pattern, behavior="isolated"):
    return pre_tokenizers.Split(Regex(pattern), behavior=behavior)


def byte_level_shape(
    texts, size, pre=None, normalizer=None, special=(), added=(), post=None, use_regex=False, ignore=False
):
    """A byte-level BPE: the pre-tokenizers, then the bytes as characters."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore))
    if normalizer:
        tokenizer.normalizer = normalizer
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*pre, level]) if pre else level
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(texts, trainer)
    finish(tokenizer, special, added, post)
    return tokenizer


def sentencepiece_shape(
    texts, size, alphabet, decoder, normalizer=None, pre=None, special=("<unk>", "<s>", "</s>"),
    added=(), post=None, fallback=True,
):  # fmt: skip
    """A BPE over characters with byte fallback, as converted from SentencePiece."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=fallback))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=size, show_progress=False, limit_alphabet=alphabet,
        special_tokens=[*special, *(BYTES if fallback else [])],
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    file = json.loads(tokenizer.to_str())
    # The byte tokens are the model's, but no added tokens.
    file["added_tokens"] = [t for t in file["added_tokens"] if t["content"] in special]
    file["normalizer"] = json.loads(normalizer) if normalizer else None
    file["pre_tokenizer"] = json.loads(pre) if pre else None
    file["decoder"] = json.loads(decoder)
    tokenizer = Tokenizer.from_str(json.dumps(file))
    finish(tokenizer, [], added, post)
    return tokenizer


def finish(tokenizer, special, added, post):
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in special])
    tokenizer.add_tokens([AddedToken(t, **options) for t, options in added])
    if post:
        tokenizer.post_processor = template(tokenizer, post)


def template(tokenizer, first):
    return processors.TemplateProcessing(
        single=f"{first} $A", pair=f"{first} $A {first}:1 $B:1",
        special_tokens=[(first, tokenizer.token_to_id(first))],
    )  # fmt: skip


CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TOOLS = [(t, {"normalized": False}) for t in ("<tool_call>", "</tool_call>", "<think>", "</think>")]
REPLACE = '{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}'
PREPEND = '{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, %s]}' % REPLACE
UNDO = '{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}'
LLAMA_TEXT = '{"type": "Sequence", "decoders": [%s, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}' % UNDO
GEMMA_TEXT = '{"type": "Sequence", "decoders": [%s]}' % UNDO
METASPACE = '{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "%s", "split": %s}'
GEMMA_ADDED = [(c * n, {"normalized": False}) for c in ("\n", "▁") for n in range(2, 9)]
GEMMA_ADDED += [(t, {"normalized": False}) for t in ("<start_of_turn>", "<end_of_turn>", "\t\t", "<table>", "<tr>")]
PHI3_ADDED = [(t, {"normalized": False, "rstrip": True, "special": True}) for t in ("<|end|>", "<|user|>", "<|assistant|>")]
# Added tokens of every kind, on which implementations like to differ.
ODD_ADDED = [
    ("<|left|>", {"normalized": False, "lstrip": True}),
    ("<|both|>", {"normalized": False, "lstrip": True, "rstrip": True}),
    ("<|normal|>", {"normalized": True, "lstrip": True, "rstrip": True}),
    ("word", {"normalized": False, "single_word": True}),
    ("Wörd", {"normalized": True, "single_word": True}),
    ("hello the", {"normalized": True}),
    ("<|", {"normalized": False}),
    ("the 4", {"normalized": False}),
    ("e\u0301", {"normalized": False}),
]


def shapes(size=1500, texts=None, alphabet=120):
    """The name of each shape and its tokenizer.

    `alphabet` bounds the characters of the SentencePiece shapes; the others fall back to bytes.
    """
    texts = texts or training_texts()
    sp = {"texts": texts, "size": size, "alphabet": alphabet}
    return {
        "gpt2": byte_level_shape(texts, size, use_regex=True, special=["<|endoftext|>"], added=ODD_ADDED),
        "qwen2/qwen3": byte_level_shape(texts, size, [split(QWEN2)], normalizers.NFC(), CHATML, TOOLS),
        "qwen3.5": byte_level_shape(texts, size, [split(QWEN35)], normalizers.NFC(), CHATML, TOOLS),
        "llama3/smollm3": byte_level_shape(
            texts, size, [split(LLAMA3)], special=["<|begin_of_text|>", "<|eot_id|>"],
            post="<|begin_of_text|>", ignore=True,
        ),
        "smollm2": byte_level_shape(
            texts, size, [pre_tokenizers.Digits(individual_digits=True)], use_regex=True, special=CHATML, added=ODD_ADDED
        ),
        "llama2 (Prepend)": sentencepiece_shape(**sp, normalizer=PREPEND, decoder=LLAMA_TEXT, post="<s>", added=ODD_ADDED),
        "llama2 (Metaspace)": sentencepiece_shape(
            **sp, pre=METASPACE % ("first", "false"), decoder=LLAMA_TEXT, post="<s>"
        ),
        "mistral (Metaspace)": sentencepiece_shape(
            **sp, pre=METASPACE % ("always", "true"), decoder=METASPACE % ("always", "true"), post="<s>", added=ODD_ADDED
        ),
        "phi3": sentencepiece_shape(**sp, normalizer=PREPEND, decoder=LLAMA_TEXT, added=PHI3_ADDED),
        "gemma2/gemma3": sentencepiece_shape(
            **sp, normalizer=REPLACE,
            pre='{"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false}',
            decoder=GEMMA_TEXT, special=("<pad>", "<eos>", "<bos>", "<unk>"), added=GEMMA_ADDED, post="<bos>",
        ),
        "no fallback, fused unknown": sentencepiece_shape(
            **sp, pre=METASPACE % ("never", "false"), decoder=METASPACE % ("never", "false"), fallback=False
        ),
        "o200k (NSRegularExpression)": byte_level_shape(texts, size, [split(O200K)], special=CHATML),
        "NFKC, lower case, contiguous digits": byte_level_shape(
            texts, size, [pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Split(" ", "merged_with_next")],
            normalizers.Sequence([normalizers.Strip(), normalizers.NFKC(), normalizers.Lowercase()]), CHATML, ODD_ADDED,
        ),
        "NFD, white space, contiguous": byte_level_shape(
            texts, size, [split("[aeiou]", "contiguous"), split(r"\d", "removed"), split("[,.]", "merged_with_previous"), pre_tokenizers.WhitespaceSplit()],
            normalizers.NFD(), CHATML,
        ),
        "NFKD, words": byte_level_shape(texts, size, [pre_tokenizers.Whitespace()], normalizers.NFKD(), CHATML),
    }  # fmt: skip

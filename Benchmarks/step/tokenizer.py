"""A byte-level tokenizer of a given size, in Hugging Face's layout."""

import json


def alphabet():
    """The byte alphabet of byte-level tokenizers (GPT-2)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in table)
    return table | {byte: chr(256 + index) for index, byte in enumerate(others)}


def vocabulary_and_merges(size):
    """Tokens up to `size`; only bytes outside ASCII merge."""
    table = alphabet()
    tokens = [table[byte] for byte in range(256)]
    merges = []
    starts = [table[byte] for byte in range(128, 256)]
    firsts = list(starts)
    while len(tokens) < size:
        nexts = []
        for first in firsts:
            for second in starts:
                if len(tokens) == size:
                    break
                merges.append(f"{first} {second}")
                tokens.append(first + second)
                nexts.append(first + second)
        firsts = nexts
    return tokens, merges


def make_tokenizer(folder, vocabulary):
    """A byte-level tokenizer of exactly `vocabulary` tokens; ASCII characters never merge.

    A prompt of n ASCII characters so has n tokens, whatever the vocabulary.
    """
    tokens, merges = vocabulary_and_merges(vocabulary - 1)
    end = "<|end|>"
    bytes_rule = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    file = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            dict(id=vocabulary - 1, content=end, single_word=False, lstrip=False, rstrip=False,
                 normalized=False, special=True)],
        "normalizer": None, "pre_tokenizer": bytes_rule, "post_processor": None,
        "decoder": bytes_rule,
        "model": dict(
            type="BPE", dropout=None, unk_token=None, continuing_subword_prefix=None,
            end_of_word_suffix=None, fuse_unk=False, byte_fallback=False, ignore_merges=False,
            vocab={token: index for index, token in enumerate(tokens)}, merges=merges),
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(file))
    settings = dict(
        tokenizer_class="PreTrainedTokenizerFast", eos_token=end, pad_token=end,
        clean_up_tokenization_spaces=False, model_max_length=100000)  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2))

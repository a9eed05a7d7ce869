"""What transformers must find in a folder that `grpo init` made, beside the numbers."""

import torch
from peers import expect
from tokenizers import Tokenizer
from transformers import AutoTokenizer, GenerationConfig

TEXTS = [
    "12 + 7 = 19\n",
    " two  spaces\ttab",
    "naïve “quotes” 数 🙂",
    "<tool_call>{}</tool_call>",
    "",
]


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def check_tokenizer(folder, vocabulary):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # transformers may replace what tokenizer.json says by what a tokenizer's class says; the file
    # is the truth.
    file = Tokenizer.from_file(str(folder / "tokenizer.json"))
    expect(len(tokenizer) <= vocabulary, f"{len(tokenizer)} tokens, {vocabulary} embeddings")
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False)
        expected = file.encode(text, add_special_tokens=False).ids
        expect(ids == expected, f"{text!r} is {ids} by AutoTokenizer, {expected} by the file")
        decoded = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        expect(decoded == text, f"{text!r} decodes to {decoded!r}")
    special = set(tokenizer.all_special_ids)
    for token in special:
        text = tokenizer.convert_ids_to_tokens(token)
        ids = tokenizer.encode(text, add_special_tokens=False)
        expect(ids == [token], f"the special token {text!r} is {ids}, not [{token}]")
    return tokenizer


def check_tokenizer_and_stops(folder, model):
    """The tokens that end a completion are the same wherever they are written."""
    tokenizer = check_tokenizer(folder, model.config.vocab_size)
    generation = GenerationConfig.from_pretrained(folder)
    stops = as_list(generation.eos_token_id)
    configured = as_list(model.config.eos_token_id)
    expect(stops, "generation_config.json has no eos_token_id")
    expect(tokenizer.eos_token_id in stops, f"eos {tokenizer.eos_token_id} is not in {stops}")
    expect(set(configured) <= set(stops), f"config.json stops at {configured}, not {stops}")
    for name in ("bos", "pad"):
        ids = {
            "tokenizer": getattr(tokenizer, f"{name}_token_id"),
            "config.json": getattr(model.config, f"{name}_token_id"),
            "generation_config.json": getattr(generation, f"{name}_token_id"),
        }
        named = {value for value in ids.values() if value is not None}
        expect(len(named) <= 1, f"{name}_token_id differs: {ids}")
    prompt = torch.tensor([tokenizer.encode("2 + 2 = ", add_special_tokens=False)])
    count = model.generate(prompt, max_new_tokens=4, do_sample=False).shape[1]
    expect(count > prompt.shape[1], "transformers generates nothing")

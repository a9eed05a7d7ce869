"""Tiny models of every family and rotary type that we read, in both styles of config.json."""

import copy

SMALL = {
    "vocab_size": 101, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32,
    "dtype": "float32", "bos_token_id": None, "eos_token_id": 2, "pad_token_id": None,
}  # fmt: skip
# Sequences of 44 tokens go past the context (32), the original one (16) and the windows.
LENGTHS = [(3, 12), (10, 24), (20, 44)]
GEMMA = {"head_dim": 16, "query_pre_attn_scalar": 12, "sliding_window": 6}


def rope(kind, width=8):
    """rope_parameters of a type, for heads of which `width` channels are rotated."""
    extra = {
        "default": {},
        "linear": {"factor": 2.5},
        "dynamic": {"factor": 3.0},
        "llama3": {"factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 16},
        "yarn": {"factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 4.0},
        "yarn mscale": {"factor": 4.0, "original_max_position_embeddings": 16, "mscale": 0.8,
                        "mscale_all_dim": 0.5, "truncate": False, "beta_fast": 3.0},
        "longrope": {"original_max_position_embeddings": 16,
                     "short_factor": [1 + 0.1 * i for i in range(width // 2)],
                     "long_factor": [2 + 0.7 * i for i in range(width // 2)]},
    }[kind]  # fmt: skip
    theta = 500.0 if kind == "llama3" else 10000.0
    return {"rope_type": kind.split()[0], "rope_theta": theta, **extra}


def gemma3_rope(kind):
    return {"full_attention": {**rope(kind, 16), "rope_theta": 5000.0},
            "sliding_attention": rope("default")}  # fmt: skip


TYPES = ["default", "linear", "dynamic", "llama3", "yarn", "yarn mscale", "longrope"]
WINDOWS = {
    "sliding_window": 5, "use_sliding_window": True, "max_window_layers": 1,
}  # fmt: skip
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]

# name: (model_type, changes to SMALL)
CASES = {}
for kind in TYPES:
    CASES[f"llama {kind}"] = ("llama", {"rope_parameters": rope(kind)})
    CASES[f"qwen2 {kind}"] = ("qwen2", {"rope_parameters": rope(kind), **WINDOWS})
    CASES[f"qwen3 {kind}"] = ("qwen3", {"rope_parameters": rope(kind, 16), "head_dim": 16})
    CASES[f"mistral {kind}"] = ("mistral", {"rope_parameters": rope(kind), "sliding_window": 7})
    CASES[f"smollm3 {kind}"] = (
        "smollm3", {"rope_parameters": rope(kind), "no_rope_layer_interval": 2})  # fmt: skip
    CASES[f"gemma2 {kind}"] = ("gemma2", {"rope_parameters": rope(kind, 16), **GEMMA})
    if kind != "yarn mscale":  # transformers looks for truncate outside of nested parameters
        CASES[f"gemma3_text {kind}"] = (
            "gemma3_text",
            {"rope_parameters": gemma3_rope(kind), **GEMMA, "num_hidden_layers": 7})  # fmt: skip
CASES |= {
    "llama tied": ("llama", {"tie_word_embeddings": True}),
    "llama biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
    "llama head_dim 16": ("llama", {"head_dim": 16, "rope_parameters": rope("default")}),
    "llama heads 4/4": ("llama", {"num_key_value_heads": 4}),
    "llama heads 4/1": ("llama", {"num_key_value_heads": 1}),
    "llama gelu, eps 1e-2": ("llama", {"hidden_act": "gelu_pytorch_tanh", "rms_norm_eps": 1e-2}),
    "qwen2 unused window": ("qwen2", {**WINDOWS, "use_sliding_window": False}),
    "qwen2 layer_types": ("qwen2", {**WINDOWS, "layer_types": LAYERS, "head_dim": 16}),
    "qwen3 windows, bias": ("qwen3", {**WINDOWS, "head_dim": 16, "attention_bias": True}),
    "qwen3 tied": ("qwen3", {"tie_word_embeddings": True, "head_dim": 16}),
    "mistral no window": ("mistral", {"sliding_window": None}),
    "mistral head_dim 16": ("mistral", {"sliding_window": 4, "head_dim": 16}),
    "smollm3 windows, biases": (
        "smollm3", {**WINDOWS, "no_rope_layers": [1, 0, 0], "attention_bias": True,
                    "mlp_bias": True, "tie_word_embeddings": False}),
    "gemma2 no caps": (
        "gemma2", {**GEMMA, "attn_logit_softcapping": None, "final_logit_softcapping": None}),
    "gemma2 tight caps, bias": (
        "gemma2", {**GEMMA, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0,
                   "attention_bias": True, "tie_word_embeddings": False}),
    "gemma2 layer_types": ("gemma2", {**GEMMA, "layer_types": LAYERS[::-1]}),
    "gemma3_text capped": ("gemma3_text", {**GEMMA, "final_logit_softcapping": 4.0}),
    "gemma3_text pattern 2": ("gemma3_text", {**GEMMA, "sliding_window_pattern": 2}),
    "gemma3": ("gemma3", {**GEMMA, "num_hidden_layers": 7, "rope_parameters": gemma3_rope("linear")}),
    "gemma3 untied": ("gemma3", {**GEMMA, "tie_word_embeddings": False}),
    "phi3 default": ("phi3", {}),
    "phi3 window": ("phi3", {"sliding_window": 6, "tie_word_embeddings": True}),
    "phi3 partial": (
        "phi3", {"rope_parameters": {**rope("default"), "partial_rotary_factor": 0.5}}),
    "phi3 longrope": (
        "phi3", {"rope_parameters": rope("longrope"), "original_max_position_embeddings": 16}),
    "phi3 longrope partial": (
        "phi3", {"hidden_size": 64, "original_max_position_embeddings": 16,
                 "rope_parameters": {**rope("longrope", 12), "partial_rotary_factor": 0.75}}),
}  # fmt: skip


def make_config(name):
    """The transformers configuration of a case."""
    from transformers import CONFIG_MAPPING

    model_type, changes = CASES[name]
    values = {**SMALL, **copy.deepcopy(changes)}
    if model_type != "gemma3":
        if model_type == "phi3":
            values.setdefault("original_max_position_embeddings", 32)
        return CONFIG_MAPPING[model_type](**values)
    vision = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
              "num_attention_heads": 1, "image_size": 8, "patch_size": 4}  # fmt: skip
    tied = values.pop("tie_word_embeddings", True)
    return CONFIG_MAPPING["gemma3"](
        text_config=values, vision_config=vision, mm_tokens_per_image=4,
        tie_word_embeddings=tied, dtype="float32")  # fmt: skip


def make_model(name, seed, deviation=0.3):
    """A case's model with random weights, all of them in use."""
    import peers
    from transformers import AutoModelForCausalLM

    config = make_config(name)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    return peers.randomize(model, seed, deviation)


def text_part(model):
    """The decoder inside, and the name of its parameters in our order of names."""
    inner = getattr(model.model, "language_model", model.model)
    renamed = {}
    for name, parameter in model.named_parameters():
        if "language_model." in name:
            renamed[name.replace("model.language_model.", "model.")] = parameter
        elif inner is model.model or name.startswith("lm_head"):
            renamed[name] = parameter
    return inner, renamed


def legacy(config, longrope="longrope"):
    """A v5 config.json in the style of transformers 4, which most published models have.

    The oldest Phi-3 files call longrope "su", which we read and transformers 5.23 fails on.
    """
    config = copy.deepcopy(config)
    if "text_config" in config:
        config["text_config"] = legacy(config["text_config"])
        config["torch_dtype"] = config.pop("dtype")
        return config
    parameters = config.pop("rope_parameters")
    if "full_attention" in parameters:
        config["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
        parameters = parameters["full_attention"]
    config["rope_theta"] = parameters.pop("rope_theta")
    share = parameters.pop("partial_rotary_factor", 1.0)
    if share != 1:
        config["partial_rotary_factor"] = share
    if parameters["rope_type"] == "default":
        config["rope_scaling"] = None
    else:
        if config["model_type"] == "phi3":
            del parameters["original_max_position_embeddings"]
            parameters = {**parameters, "type": longrope}
            del parameters["rope_type"]
        elif config["model_type"] != "gemma3_text":
            parameters["type"] = parameters.pop("rope_type")
        config["rope_scaling"] = parameters
    if "dtype" in config:
        config["torch_dtype"] = config.pop("dtype")
    # Keys that version 4 did not write, or wrote only where they were not the default.
    if "_sliding_window_pattern" in config:
        config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
    config.pop("layer_types", None)
    if config["model_type"] in ("gemma2", "gemma3_text", "smollm3") and config["tie_word_embeddings"]:
        del config["tie_word_embeddings"]
    if config.get("head_dim") == config["hidden_size"] // config["num_attention_heads"]:
        config["head_dim"] = None
    config["transformers_version"] = "4.45.0"
    return dict(sorted(config.items()))

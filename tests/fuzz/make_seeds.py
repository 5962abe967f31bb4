# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the smallest models that are read, as seeds: make_seeds.py FOLDER. A fuzzer gets on the faster the smaller its seeds are."""
import json
import pathlib
import random
import struct
import sys

HIDDEN, MLP, VOCABULARY = 8, 12, 6
r = random.Random(3)


def numbers(shape):
    count = 1
    for size in shape:
        count *= size
    return struct.pack(f"<{count}f", *(r.uniform(-1, 1) for _ in range(count)))


def parameters():
    """(Hugging Face's name, ggml's name, shape) of a Llama with one layer, two heads and one of keys and values."""
    layer, block = "model.layers.0.", "blk.0."
    yield "model.embed_tokens.weight", "token_embd.weight", (VOCABULARY, HIDDEN)
    yield "model.norm.weight", "output_norm.weight", (HIDDEN,)
    for theirs, ggml, shape in [("input_layernorm", "attn_norm", (HIDDEN,)), ("post_attention_layernorm", "ffn_norm", (HIDDEN,)), ("self_attn.q_proj", "attn_q", (HIDDEN, HIDDEN)),
                                ("self_attn.k_proj", "attn_k", (4, HIDDEN)), ("self_attn.v_proj", "attn_v", (4, HIDDEN)), ("self_attn.o_proj", "attn_output", (HIDDEN, HIDDEN)),
                                ("mlp.gate_proj", "ffn_gate", (MLP, HIDDEN)), ("mlp.up_proj", "ffn_up", (MLP, HIDDEN)), ("mlp.down_proj", "ffn_down", (HIDDEN, MLP))]:
        yield f"{layer}{theirs}.weight", f"{block}{ggml}.weight", shape


def safetensors(metadata):
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, _, shape in parameters():
        bits = numbers(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + len(bits)]}
        data += bits
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def gguf():
    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    def texts(values):
        return struct.pack("<IQ", 8, len(values)) + b"".join(map(text, values))

    keys = [("general.architecture", 8, text("llama")), ("llama.embedding_length", 4, struct.pack("<I", HIDDEN)), ("llama.block_count", 4, struct.pack("<I", 1)),
            ("llama.feed_forward_length", 4, struct.pack("<I", MLP)), ("llama.attention.head_count", 4, struct.pack("<I", 2)), ("llama.attention.head_count_kv", 4, struct.pack("<I", 1)),
            ("llama.context_length", 4, struct.pack("<I", 64)), ("llama.attention.layer_norm_rms_epsilon", 6, struct.pack("<f", 1e-5)), ("tokenizer.ggml.model", 8, text("gpt2")),
            ("tokenizer.ggml.pre", 8, text("smollm")), ("tokenizer.ggml.tokens", 9, texts(["a", "b", "ab", "1", "Ġ", "<e>"])), ("tokenizer.ggml.merges", 9, texts(["a b"])),
            ("tokenizer.ggml.token_type", 9, struct.pack("<IQ6i", 5, 6, 1, 1, 1, 1, 1, 3)), ("tokenizer.ggml.eos_token_id", 4, struct.pack("<I", 5))]
    tensors, data = b"", b""
    for _, name, shape in parameters():
        tensors += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", size) for size in reversed(shape)) + struct.pack("<IQ", 0, len(data))
        data += numbers(shape)
        data += bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(list(parameters())), len(keys)) + b"".join(text(k) + struct.pack("<I", kind) + value for k, kind, value in keys) + tensors
    return head + bytes(-len(head) % 32) + data


folder = pathlib.Path(sys.argv[1])
config = {"model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": MLP, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": VOCABULARY,
          "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True, "hidden_act": "silu"}
(folder / "own.safetensors").write_bytes(safetensors({"config": json.dumps(config), "optimizer_steps": "0"}))
(folder / "model.safetensors").write_bytes(safetensors({}))
(folder / "model.gguf").write_bytes(gguf())
(folder / "config.json").write_text(json.dumps(config))

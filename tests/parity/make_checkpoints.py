# SPDX-License-Identifier: GPL-3.0-or-later
# Makes tests/parity/checkpoints: three tiny random models as folders in Hugging Face's layout and as GGUF files of the same
# weights, what transformers says of random sequences under them (logprobs.json), and blocks.gguf: random blocks of every
# quantised type that is read, each beside its numbers as the gguf package expands them.
#   llama3  bfloat16, in three shards, rotary positions scaled, grouped keys, tied
#   qwen2   float16, biases on q, k, v, own head
#   qwen3   float32, norms of q and k, heads larger than hidden / heads, tied
#
# Environment: python3 -m venv E && E/bin/pip install torch==2.11.0 transformers==5.23.0 safetensors==0.8.0 gguf==0.19.0
# Call:        E/bin/python tests/parity/make_checkpoints.py tests/parity/checkpoints
import json
import pathlib
import shutil
import sys

import gguf
import numpy
import torch
from transformers import AutoConfig, AutoModelForCausalLM

SHAPE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
             vocab_size=40, max_position_embeddings=128, initializer_range=0.25)
SCALING = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
               original_max_position_embeddings=8192)
MODELS = {
    "llama3": ("llama", torch.bfloat16, dict(tie_word_embeddings=True, rope_parameters=SCALING, rms_norm_eps=1e-5)),
    "qwen2": ("qwen2", torch.float16, dict(tie_word_embeddings=False, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3": ("qwen3", torch.float32, dict(tie_word_embeddings=True, head_dim=16, rope_parameters=dict(rope_type="default", rope_theta=5e4))),
}


def make_model(name, number):
    kind, dtype, differences = MODELS[name]
    torch.manual_seed(number)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SHAPE, **differences)).eval()
    with torch.no_grad():  # a norm's weight of 1 or a bias of 0 would hide a mistake there
        for key, parameter in model.named_parameters():
            if "norm" in key:
                parameter.uniform_(0.5, 1.5)
            elif key.endswith("bias"):
                parameter.uniform_(-0.5, 0.5)
    return model.to(dtype)


def turning_divisors(model):
    """What a GGUF file holds of Llama 3's scaling: plain speed / scaled speed of each pair."""
    head = model.config.hidden_size // model.config.num_attention_heads
    plain = model.config.rope_parameters["rope_theta"] ** -(torch.arange(0, head, 2) / head)
    scaled = type(model.model.rotary_emb)(model.config).inv_freq  # made anew: the model's own was rounded with its weights
    return (plain / scaled).numpy().astype(numpy.float32)


def neighbours(weight, heads):
    """The rows of q and k as llama.cpp keeps them: the two that turn together side by side."""
    size = weight.shape[0] // heads
    order = [head * size + side * (size // 2) + pair for head in range(heads) for pair in range(size // 2) for side in range(2)]
    return weight[order]


PARTS = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
         "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def gguf_name(name):
    whole = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
    if name in whole:
        return whole[name]
    _, _, layer, rest = name.split(".", 3)
    part, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{PARTS[part]}.{kind}"


def save_gguf(model, path):
    kind, dtype, _ = MODELS[path.stem]
    config = model.config
    writer = gguf.GGUFWriter(path, kind)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if kind == "qwen3":
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    writer.add_token_list([f"token {i}" for i in range(config.vocab_size)])
    if config.rope_parameters["rope_type"] == "llama3":
        writer.add_tensor("rope_freqs.weight", turning_divisors(model))
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        if kind == "llama" and "q_proj" in name:
            tensor = neighbours(tensor, config.num_attention_heads)
        if kind == "llama" and "k_proj" in name:
            tensor = neighbours(tensor, config.num_key_value_heads)
        if tensor.ndim == 1 or dtype == torch.float32:  # as llama.cpp's converter: vectors stay float
            writer.add_tensor(gguf_name(name), tensor.float().numpy())
        elif dtype == torch.float16:
            writer.add_tensor(gguf_name(name), tensor.numpy())
        else:
            writer.add_tensor(gguf_name(name), tensor.view(torch.int16).numpy().view(numpy.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def log_probabilities(model, ids):
    with torch.no_grad():
        scores = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
    return [round(scores[t, ids[t + 1]].item(), 7) for t in range(len(ids) - 1)]


def gradients(model, sequences):
    """Of the mean negative log-probability: norm and sum of each parameter's."""
    total = sum(len(ids) - 1 for ids in sequences)
    model.zero_grad()
    for ids in sequences:
        scores = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        (-scores.gather(1, torch.tensor(ids[1:])[:, None]).sum() / total).backward()
    return {name: [float(f"{parameter.grad.norm().item():.7g}"), float(f"{parameter.grad.sum().item():.7g}")]
            for name, parameter in model.named_parameters()}


def save_blocks(path):
    """Random bytes, but scales that are finite numbers; and plain types with their special values."""
    random = numpy.random.default_rng(20)
    writer = gguf.GGUFWriter(path, "none")
    halves = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2], "Q6_K": [208]}
    for name, places in halves.items():
        kind = gguf.GGMLQuantizationType[name]
        _, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (6, size), dtype=numpy.uint8)
        for place in places:
            scales = random.normal(0, 0.1, 6).astype(numpy.float16)
            scales[1] = 6e-8  # subnormal
            blocks[:, place:place + 2] = scales[:, None].view(numpy.uint8)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        writer.add_tensor(name + ".expected", gguf.quants.dequantize(blocks, kind).astype(numpy.float32))
    bits = random.integers(0, 0x7c00, 64, dtype=numpy.uint16) | (random.integers(0, 2, 64, dtype=numpy.uint16) << 15)
    bits[:4] = [0, 0x8000, 1, 0x7bff]
    writer.add_tensor("F16", bits.copy().view(numpy.float16))  # the writer writes at the end
    writer.add_tensor("F16.expected", bits.view(numpy.float16).astype(numpy.float32))
    bits[4:] = random.integers(0, 0x7f80, 60, dtype=numpy.uint16)
    writer.add_tensor("BF16", bits.view(numpy.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.add_tensor("BF16.expected", gguf.quants.dequantize(bits.view(numpy.uint8), gguf.GGMLQuantizationType.BF16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    expected = {}
    for number, name in enumerate(MODELS):
        model = make_model(name, number)
        model.save_pretrained(folder / name, max_shard_size="12KB" if name == "llama3" else "1GB")
        (folder / name / "generation_config.json").unlink(missing_ok=True)
        save_gguf(model, folder / f"{name}.gguf")
        again = AutoModelForCausalLM.from_pretrained(folder / name, dtype=torch.float32, attn_implementation="eager").eval()
        random = numpy.random.default_rng(number)
        sequences = [random.integers(0, SHAPE["vocab_size"], length).tolist() for length in (2, 9, 33, 120)]
        expected[name] = {"sequences": [{"ids": ids, "logprobs": log_probabilities(again, ids)} for ids in sequences],
                          "gradients": gradients(again, sequences)}
    save_blocks(folder / "blocks.gguf")
    lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in expected.items())
    (folder / "logprobs.json").write_text("{" + lines + "}\n")


main(pathlib.Path(sys.argv[1]))

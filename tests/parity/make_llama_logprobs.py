# SPDX-License-Identifier: GPL-3.0-or-later
# Makes two tiny random Llama models in our safetensors form (llama_tiny_a, llama_tiny_b) and llama_logprobs.json: what Hugging
# Face's LlamaForCausalLM says about random sequences under each, and the gradient of their mean negative log-probability. Model a
# shares embeddings and head; model b has a head of its own and two key-value heads for four query heads.
#
# Environment: python3 -m venv E && E/bin/pip install torch==2.11.0 transformers==5.23.0 safetensors==0.8.0
# Call:        E/bin/python tests/parity/make_llama_logprobs.py tests/parity
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM


def make_model(seed, **differences):
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=23, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=64, rms_norm_eps=1e-6, hidden_act="silu", attention_bias=False, mlp_bias=False,
        attention_dropout=0.0, initializer_range=0.2, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        **differences)
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():  # a norm's weight of 1 would hide a mistake there
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
    return model


def save(model, path):
    config = model.config
    keys = ["hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size", "vocab_size",
            "rms_norm_eps", "tie_word_embeddings", "max_position_embeddings"]
    ours = {"model_type": "llama", **{key: getattr(config, key) for key in keys}, "rope_theta": config.rope_parameters["rope_theta"]}
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()
               if not (config.tie_word_embeddings and name == "lm_head.weight")}
    assert all(tensor.dtype == torch.float32 for tensor in tensors.values())
    save_file(tensors, path, metadata={"format": "foothold", "config": json.dumps(ours)})


def log_probabilities(model, ids):
    """Natural log of p(ids[t] | before), t = 1..n-1, in float: good to about 5e-6."""
    scores = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
    return scores.gather(1, torch.tensor(ids[1:]).unsqueeze(1)).squeeze(1)


def gradients(model, sequences):
    """Of -mean(log p) over all tokens of all sequences: each tensor's norm, sum and last element."""
    logprobs = torch.cat([log_probabilities(model, ids) for ids in sequences])
    model.zero_grad()
    (-logprobs.mean()).backward()
    return {name: {"norm": p.grad.norm().item(), "sum": p.grad.sum().item(), "last": p.grad.flatten()[-1].item()}
            for name, p in model.named_parameters()}


def main(folder):
    models = {
        "llama_tiny_a": make_model(1, num_key_value_heads=4, tie_word_embeddings=True),
        "llama_tiny_b": make_model(2, num_key_value_heads=2, tie_word_embeddings=False),
    }
    generator = torch.Generator().manual_seed(3)
    sequences = [torch.randint(0, 23, (length,), generator=generator).tolist() for length in (2, 3, 7, 16, 33, 64)]
    lines = []
    for name, model in models.items():
        save(model, folder / f"{name}.safetensors")
        for ids in sequences:
            lines.append({"model": name, "ids": ids, "logprobs": log_probabilities(model, ids).tolist()})
        lines.append({"model": name, "gradients": gradients(model, sequences)})
    text = ",\n".join(json.dumps(line) for line in lines)
    (folder / "llama_logprobs.json").write_text(f"[\n{text}\n]\n")


main(pathlib.Path(sys.argv[1]))

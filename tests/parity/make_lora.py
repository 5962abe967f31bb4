# SPDX-License-Identifier: GPL-3.0-or-later
# Makes tests/parity/lora/: adapters on the tiny models of tests/parity/checkpoints/, and what PEFT makes of them: log-probabilities,
# gradients, and the adapter after two optimiser steps. Everything is computed in double.
#
# Environment: python3 -m venv E && E/bin/pip install torch==2.11.0 transformers==5.23.0 peft==0.21.2
# Call:        E/bin/python tests/parity/make_lora.py tests/parity/lora
import json
import pathlib
import shutil
import sys

import numpy
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

BLOCK = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "qwen2": dict(r=4, lora_alpha=6, target_modules=BLOCK + ["lm_head"]),  # biases, a head of its own
    "llama3": dict(r=3, lora_alpha=5, target_modules=["k_proj", "v_proj", "up_proj"], use_rslora=True),  # parts of what is one matrix inside
}
# An eps as large as the gradients, so that a step is a smooth function of them.
OPTIMIZER = dict(lr=2e-2, betas=(0.9, 0.95), eps=1e-3, weight_decay=0.01)
MAX_GRAD_NORM = 0.05  # below the gradient's


def scores(model, ids):
    return model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def backward(model, sequences):
    """Of the mean negative log-probability."""
    total = sum(len(ids) - 1 for ids in sequences)
    model.zero_grad()
    for ids in sequences:
        (-scores(model, ids).sum() / total).backward()


def main(folder):
    checkpoints = folder.parent / "checkpoints"
    shutil.rmtree(folder, ignore_errors=True)
    expected = {}
    for number, (name, settings) in enumerate(ADAPTERS.items()):
        torch.manual_seed(number)
        base = AutoModelForCausalLM.from_pretrained(checkpoints / name, dtype=torch.float64, attn_implementation="eager")
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings))
        trained = {key: p for key, p in model.named_parameters() if p.requires_grad}
        with torch.no_grad():  # a B of zero would hide a mistake in A; numbers that float holds, since float is saved
            for parameter in trained.values():
                parameter.copy_((parameter + 0.1 * torch.randn_like(parameter)).float())
        model.peft_config["default"].base_model_name_or_path = f"../../checkpoints/{name}"
        save = lambda to: model.to(torch.float32).save_pretrained(to) or model.to(torch.float64)
        save(folder / name)
        (folder / name / "README.md").unlink(missing_ok=True)
        random = numpy.random.default_rng(100 + number)
        sequences = [random.integers(0, 40, length).tolist() for length in (2, 9, 33, 70)]
        plain = lambda key: key.removeprefix("base_model.model.").replace(".default", "")
        rounded = lambda x: float(f"{x:.9g}")
        with torch.no_grad():
            logprobs = [[rounded(x) for x in scores(model, ids).tolist()] for ids in sequences]
        backward(model, sequences)
        gradients = {plain(key): [rounded(p.grad.norm().item()), rounded(p.grad.sum().item())] for key, p in trained.items()}
        optimizer = torch.optim.AdamW(trained.values(), **OPTIMIZER)
        norms = []
        for _ in range(2):
            backward(model, sequences)
            norms.append(rounded(torch.nn.utils.clip_grad_norm_(trained.values(), MAX_GRAD_NORM).item()))
            optimizer.step()
        save(folder / f"{name}-after")
        (folder / f"{name}-after" / "README.md").unlink(missing_ok=True)
        expected[name] = {"sequences": [{"ids": i, "logprobs": l} for i, l in zip(sequences, logprobs)], "gradients": gradients,
                          "optimizer": {**OPTIMIZER, "max_grad_norm": MAX_GRAD_NORM}, "norms": norms}
    (folder / "expected.json").write_text("{" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in expected.items()) + "}\n")


main(pathlib.Path(sys.argv[1]))

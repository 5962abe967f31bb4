#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""transformers beside `foothold-cli bench update` on a GPU: forward, the log-probs of the completions as TRL takes them, and
backward, for a model of Qwen2.5-0.5B's shape with random weights. Needs PyTorch with CUDA and transformers; prints a line of
JSON for bfloat16 weights, and one for float weights under autocast with AdamW's state in memory."""
import argparse
import json
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rows", type=int, default=10, help="attempts that go through together")
parser.add_argument("--prompt-tokens", type=int, default=256)
parser.add_argument("--new-tokens", type=int, default=512)
parser.add_argument("--steps", type=int, default=5)
flags = parser.parse_args()
shape = Qwen2Config(vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
                    num_key_value_heads=2, max_position_embeddings=4096, tie_word_embeddings=True)


def seconds(work, times):
    taken = []
    for _ in range(times):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]


def roof():
    """bf16 products a second, as libtorch does them; two operations a multiply-add."""
    side = 8192
    a, b = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return 2 * side**3 / seconds(lambda: a @ b, 10)


def measure(weights, autocast, products):
    model = Qwen2ForCausalLM(shape).to(weights).cuda().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True) if autocast else None
    tokens = torch.randint(0, shape.vocab_size, (flags.rows, flags.prompt_tokens + flags.new_tokens), device="cuda")
    advantages = torch.randn(flags.rows, 1, device="cuda")

    def forward_backward():
        with torch.autocast("cuda", torch.bfloat16, enabled=autocast):
            logits = model(input_ids=tokens, logits_to_keep=flags.new_tokens + 1, use_cache=False).logits[:, :-1]
            targets = tokens[:, -flags.new_tokens:]
            # Row by row, so that only one row's are there in floats.
            logprobs = torch.stack([row.float().log_softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1) for row, target in zip(logits, targets)])
            loss = -(torch.exp(logprobs - logprobs.detach()) * advantages).mean()
        loss.backward()

    forward_backward()
    if optimizer:
        optimizer.step()
    model.zero_grad()
    torch.cuda.reset_peak_memory_stats()
    taken = seconds(lambda: (forward_backward(), model.zero_grad()), flags.steps)
    work = 6 * sum(parameter.numel() for parameter in model.parameters()) * tokens.numel()
    print(json.dumps({"weights": str(weights), "autocast": autocast, "seconds": taken, "tokens_per_second": tokens.numel() / taken,
                      "ratio_to_products": work / taken / products, "peak_bytes": torch.cuda.max_memory_allocated()}), flush=True)


products = roof()
measure(torch.bfloat16, False, products)
measure(torch.float32, True, products)

# SPDX-License-Identifier: GPL-3.0-or-later
# Makes smollm2.json: 20 prompts as token ids, the 64 tokens that transformers' LlamaForCausalLM greedily goes on with, in float32 on the
# weights of SmolLM2-135M-Instruct's GGUF file (packaging/bootstrap --with-smollm2) as the gguf package expands them, and the
# log-probability of every token. "gap" is the smallest lead of a chosen token over the second best.
#
# Environment: python3 -m venv E && E/bin/pip install torch==2.11.0 transformers==5.23.0 tokenizers==0.23.3 gguf==0.19.0
# Call:        E/bin/python tests/parity/make_smollm2.py MODEL.gguf tests/parity/smollm2.json
import json
import sys

import gguf
import numpy
import tokenizers
import torch
from transformers import LlamaConfig, LlamaForCausalLM

PROMPTS = [
    "A farmer has 12 hens. Each hen lays 5 eggs a week. How many eggs are laid in 3 weeks?",
    "The capital of Portugal is", "Water boils at", "Once upon a time, a small robot",
    "To bake bread you need flour, water,", "def factorial(n):\n    ", "The three primary colours are",
    "Question: What is 7 times 8?\nAnswer:", "In the year 1969, people first", "She opened the door and saw",
    "A triangle has sides of 3, 4 and 5. Its area is", "Dear Sir or Madam,\n", "List four kinds of fruit:\n1.",
    "The quick brown fox", "Tom has 3 boxes with 24 pencils in each. He gives away 10 pencils. Now he has",
    "Photosynthesis is the process by which", "import numpy as np\n\nx = np.", "My favourite season is autumn because",
    "<|im_start|>user\nHow many days are in a leap year?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nAnna reads 15 pages a day. How long does a book of 180 pages take her?<|im_end|>\n<|im_start|>assistant\n",
]


def field(reader, key):
    return reader.get_field(key).contents()


def original_rows(weight, heads):
    """llama.cpp keeps the rows of q and k that turn together side by side; transformers a half head apart."""
    return weight.reshape(heads, -1, 2, weight.shape[-1]).swapaxes(1, 2).reshape(weight.shape)


def make_model(reader):
    get = lambda key: field(reader, "llama." + key)
    config = LlamaConfig(
        vocab_size=get("vocab_size"), hidden_size=get("embedding_length"), num_hidden_layers=get("block_count"),
        num_attention_heads=get("attention.head_count"), num_key_value_heads=get("attention.head_count_kv"),
        intermediate_size=get("feed_forward_length"), max_position_embeddings=get("context_length"), rms_norm_eps=1e-5,
        tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": get("rope.freq_base")})
    config._attn_implementation = "eager"
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    model = LlamaForCausalLM(config).eval()
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    for name, parameter in model.named_parameters():
        tensor = tensors[names.get_name(name, try_suffixes=(".weight",))]
        numbers = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        if "q_proj" in name:
            numbers = original_rows(numbers, config.num_attention_heads)
        if "k_proj" in name:
            numbers = original_rows(numbers, config.num_key_value_heads)
        parameter.data.copy_(torch.from_numpy(numbers.copy()))
    return model


def make_tokenizer(reader):
    tokens, merges = field(reader, "tokenizer.ggml.tokens"), field(reader, "tokenizer.ggml.merges")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({token: i for i, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [tokenizers.pre_tokenizers.Digits(individual_digits=True), tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens([token for token in tokens[:17]])
    return tokenizer


@torch.no_grad()
def main(model_path, json_path):
    reader = gguf.GGUFReader(model_path)
    model, tokenizer = make_model(reader), make_tokenizer(reader)
    lines = []
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        context, gap, cache, new = len(ids), 99.0, None, ids
        for _ in range(64):
            answer = model(torch.tensor([new]), past_key_values=cache, use_cache=True)
            cache = answer.past_key_values
            best = answer.logits[0, -1].topk(2)
            gap = min(gap, (best.values[0] - best.values[1]).item())
            new = [best.indices[0].item()]
            ids = ids + new
        scores = model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        logprobs = [round(scores[t, ids[t + 1]].item(), 5) for t in range(len(ids) - 1)]
        lines.append(json.dumps({"context": context, "gap": round(gap, 6), "ids": ids, "logprobs": logprobs}, separators=(",", ":")))
        print(gap, repr(tokenizer.decode(ids[context:])), file=sys.stderr)
    with open(json_path, "w") as file:
        file.write("[" + ",\n".join(lines) + "]\n")


main(*sys.argv[1:])

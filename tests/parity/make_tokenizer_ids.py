# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the small tokenizer of the test on generated text, and writes what Hugging Face's tokenizers makes of 6,000 generated texts.

    python make_tokenizer_ids.py                    # tokenizer.json and tokenizer_ids.json beside this file
    python make_tokenizer_ids.py --compare MODEL    # all texts through `foothold-cli tokenize` against MODEL/tokenizer.json

Needs: pip install tokenizers (0.23.3 was used). The generator is the same, number for number, as in test_tokenizer_ids.cpp.
"""
import json, pathlib, subprocess, sys
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

here = pathlib.Path(__file__).parent
MASK = (1 << 64) - 1


def mix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Draws:
    def __init__(self, key):
        self.state = mix(key)

    def below(self, n):
        self.state = mix(self.state)
        return self.state % n


tables = json.loads((here / "tokenizer_texts.json").read_text())


def text(seed, index):
    """One text: up to twelve parts, some with a blank between."""
    d = Draws(seed * 1000003 + index)
    out = ""
    for part in range(1 + d.below(12)):
        if part and d.below(2):
            out += " "
        kind = d.below(10)
        if kind < 4:
            out += tables["words"][d.below(len(tables["words"]))]
        elif kind == 4:
            low, high = tables["scripts"][d.below(len(tables["scripts"]))]
            out += "".join(chr(low + d.below(high - low + 1)) for _ in range(1 + d.below(8)))
        elif kind == 5:
            out += "".join(chr(48 + d.below(10)) for _ in range(1 + d.below(7)))
        elif kind == 6:
            out += tables["spaces"][d.below(len(tables["spaces"]))]
        elif kind == 7:
            out += tables["marks"][d.below(len(tables["marks"]))]
        elif kind == 8:
            out += chr(97 + d.below(26)) + "".join(chr(0x300 + d.below(0x70)) for _ in range(1 + d.below(3)))
        else:
            code = d.below(0x110000 - 0x800)
            out += chr(code if code < 0xD800 else code + 0x800)
    return out


WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def splits():
    """Name -> (normalizer, pre-tokenizer, ignore_merges): how the families split."""
    def words(digits):
        return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(WORDS % digits), "isolated"),
                                        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return {"gpt-2": (None, gpt2, False),
            "smollm": (None, pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2]), False),
            "qwen2": (normalizers.NFC(), words(r"\p{N}"), False),
            "llama-bpe": (None, words(r"\p{N}{1,3}"), True)}


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = splits()["smollm"][1]
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=1500, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator((text(2, i) for i in range(20000)), trainer)
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("Word", single_word=True), AddedToken("<left>", lstrip=True, normalized=False),
                          AddedToken("<right>", rstrip=True, special=True), AddedToken("<righter>")])
    return tokenizer


def with_split(tokenizer, name):
    normalizer, pre, whole = splits()[name]
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = whole
    out = Tokenizer.from_str(json.dumps(data))
    if normalizer:
        out.normalizer = normalizer
    out.pre_tokenizer = pre
    return out


def fnv(numbers):
    value = 0xCBF29CE484222325
    for n in numbers:
        for byte in (n & 0xFFFFFFFF).to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def compare(model):
    path = pathlib.Path(model) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(path))
    texts = [text(1, i) for i in range(6000)]
    program = str(here.parent.parent / "build/bin/foothold-cli")
    lines = "".join(json.dumps({"text": t}) + "\n" for t in texts)
    answers = subprocess.run([program, "tokenize", "--model", str(path)], input=lines, capture_output=True, text=True, check=True).stdout.split("\n")
    wrong = 0
    for t, line in zip(texts, answers):
        ours, theirs = json.loads(line), tokenizer.encode(t, add_special_tokens=False).ids
        if ours["ids"] != theirs or ours["decoded"] != tokenizer.decode(theirs, skip_special_tokens=False):
            wrong += 1
            if wrong <= 10:
                print(repr(t), ours, theirs, tokenizer.decode(theirs, skip_special_tokens=False), sep="\n  ")
    print(f"{len(texts)} texts, {wrong} differ")


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--compare":
        return compare(sys.argv[2])
    tokenizer = train()
    (here / "tokenizer.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
    out = {"texts": fnv(ord(c) for i in range(6000) for c in text(1, i)), "splits": {}}
    for name in splits():
        own = with_split(tokenizer, name)
        blocks = []
        for block in range(12):
            ids = []
            for i in range(500 * block, 500 * (block + 1)):
                ids += own.encode(text(1, i), add_special_tokens=False).ids + [-1]
            blocks.append(fnv(ids))
        data = json.loads(own.to_str())
        out["splits"][name] = {"normalizer": data["normalizer"], "pre_tokenizer": data["pre_tokenizer"], "ignore_merges": data["model"]["ignore_merges"],
                               "blocks": blocks, "first": own.encode(text(1, 0), add_special_tokens=False).ids}
    out["decoded"] = fnv(ord(c) for i in range(6000) for c in tokenizer.decode([j % tokenizer.get_vocab_size() for j in range(7 * i, 7 * i + i % 9)], skip_special_tokens=False))
    (here / "tokenizer_ids.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our speed beside TRL's and transformers', at equal work, taking turns in one run: `foothold-cli bench peers`.

  step    a whole step of the embedded default's shape: TRL's GRPOTrainer
  decode  32 attempts of SmolLM2-135M-Instruct, 32 + 32 tokens: transformers' generate()    } with --model FILE.gguf
  update  16 attempts of it, 32 + 96 tokens: transformers' forward and backward, where ours }
          takes the optimiser's step as well

Makes a Python environment of about 6 GB in --environment (a folder of the person's cache) and keeps it. Needs the network for that once.
With FOOTHOLD_KERNELS=eight in the environment both sides keep to AVX2.
Nothing else should run on the machine meanwhile. Prints a line of JSON for each comparison: medians of seconds, and how many times as
long the other one takes.
"""
import argparse, json, os, pathlib, random, statistics, subprocess, sys, tempfile, time

from environment import cache_folder, make_environment

PACKAGES = ["torch==2.11.0", "transformers==5.23.0", "trl==1.16.0", "datasets==5.2.0", "accelerate==1.15.0", "gguf==0.19.0"]
WORK = {"step": dict(problems=16, attempts=8, prompt_tokens=32, new_tokens=96),
        "decode": dict(problems=4, attempts=8, prompt_tokens=32, new_tokens=32),
        "update": dict(problems=2, attempts=8, prompt_tokens=32, new_tokens=96)}
EMBEDDED = dict(hidden=96, layers=3, heads=4, mlp=288, vocab=23)


def flags(values):
    return [text for name, value in values.items() for text in ("--" + name.replace("_", "-"), str(value))]


def ours(arguments, name, steps):
    """One turn of ours; its line of JSON."""
    model = ["--model", arguments.model] if name != "step" else flags(EMBEDDED)
    done = subprocess.run([arguments.cli, "bench", name, "--threads", str(arguments.threads), "--device", "cpu", "--steps", str(steps),
                           *model, *flags(WORK[name])], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench peers: `foothold-cli bench {name}` failed (see above)")
    return json.loads(done.stdout)


class Peer:
    """The other side in a process of its own: one line in asks for one turn, one line out is its seconds."""

    def __init__(self, python, arguments, name):
        words = [python, __file__, "--serve", name, "--threads", str(arguments.threads)]
        narrow = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"} if eight_lanes() else {}
        self.name, self.process = name, subprocess.Popen(words + (["--model", arguments.model] if arguments.model else []), text=True,
                                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **narrow})
        self.turn()  # Warms up.

    def turn(self):
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            sys.exit(f"bench peers: the other side of {self.name} ended (see above)")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def eight_lanes():
    return os.environ.get("FOOTHOLD_KERNELS") == "eight"


def busy():
    """How much others have to do: their processes that are ready to run, on average of the last minute."""
    return os.getloadavg()[0]


def compare(python, arguments, name, against):
    load = busy()
    if load > 0.5:
        print(f"bench peers: the machine is busy (load {load:.1f}). The figures will prove nothing: torch's threads wait for one another, "
              "and one that is late holds up all.", file=sys.stderr)
    turns = 3 if name == "step" else 1
    peer, theirs, mine, roofs = Peer(python, arguments, name), [], [], []
    for _ in range(arguments.rounds):
        line = ours(arguments, name, turns)
        mine.append(line["seconds"])
        roofs.append(line["ratio_to_roof"])
        theirs += [peer.turn() for _ in range(turns)]
    peer.close()
    a, b = statistics.median(mine), statistics.median(theirs)
    tokens = WORK[name]["problems"] * WORK[name]["attempts"] * WORK[name]["new_tokens"]
    print(json.dumps({"name": f"peers/{name}", "seconds": a, "against": against, "their_seconds": b, "times_as_fast": b / a,
                      "tokens_per_second": tokens / a, "their_tokens_per_second": tokens / b, "ratio_to_roof": statistics.median(roofs),
                      "threads": arguments.threads, **({"lanes": 8} if eight_lanes() else {}), "load_before": round(load, 1)}), flush=True)


# ---- The other side, in the environment. ----


def wait_for_turn():
    return bool(sys.stdin.readline())


def answer(start):
    print(json.dumps(time.perf_counter() - start), file=out, flush=True)


def serve_trl(work):
    import torch
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    # A word a token; the first three are the special ones.
    vocabulary = {f"t{i}": i for i in range(EMBEDDED["vocab"])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="t0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="t0", bos_token="t1", eos_token="t2")
    shape = LlamaConfig(vocab_size=EMBEDDED["vocab"], hidden_size=EMBEDDED["hidden"], intermediate_size=EMBEDDED["mlp"],
                        num_hidden_layers=EMBEDDED["layers"], num_attention_heads=EMBEDDED["heads"],
                        num_key_value_heads=EMBEDDED["heads"], max_position_embeddings=512, tie_word_embeddings=True, pad_token_id=0,
                        bos_token_id=1, eos_token_id=2)
    choose = random.Random(1)
    prompts = [" ".join(f"t{choose.randrange(3, EMBEDDED['vocab'])}" for _ in range(work["prompt_tokens"])) for _ in range(1024)]

    class Turns(TrainerCallback):
        """A step begins when it is asked for."""

        def on_step_begin(self, args, state, control, **kwargs):
            if not wait_for_turn():
                os._exit(0)
            self.start = time.perf_counter()

        def on_step_end(self, args, state, control, **kwargs):
            answer(self.start)

    count = iter(range(1 << 40))
    trainer = GRPOTrainer(
        model=LlamaForCausalLM(shape), processing_class=tokenizer, train_dataset=Dataset.from_dict({"prompt": prompts}),
        # 0, 1, 0, 1, ...: no group without a gradient.
        reward_funcs=lambda completions, **kwargs: [float(next(count) % 2) for _ in completions], callbacks=[Turns()],
        args=GRPOConfig(output_dir=tempfile.mkdtemp(), per_device_train_batch_size=work["problems"] * work["attempts"],
                        num_generations=work["attempts"], max_completion_length=work["new_tokens"], max_steps=100000,
                        generation_kwargs={"min_new_tokens": work["new_tokens"], "top_k": 0}, temperature=1.0, beta=0.0, learning_rate=1e-4,
                        gradient_checkpointing=False, bf16=False, fp16=False, use_cpu=True, logging_strategy="no", save_strategy="no",
                        report_to=[], disable_tqdm=True))
    trainer.train()


def load_gguf(path):
    """The weights of a GGUF file in float32, as transformers reads them itself."""
    import torch
    from transformers import AutoModelForCausalLM
    path = pathlib.Path(path)
    return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)


def serve_model(name, work, path):
    import torch
    model = load_gguf(path)
    torch.manual_seed(1)
    rows, vocabulary = work["problems"] * work["attempts"], model.config.vocab_size
    while wait_for_turn():
        if name == "decode":
            prompts = torch.randint(3, vocabulary, (work["problems"], work["prompt_tokens"])).repeat_interleave(work["attempts"], 0)
            start = time.perf_counter()
            done = model.generate(prompts, attention_mask=torch.ones_like(prompts), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                                  min_new_tokens=work["new_tokens"], max_new_tokens=work["new_tokens"], pad_token_id=0)
            assert done.shape == (rows, work["prompt_tokens"] + work["new_tokens"])
        else:
            tokens = torch.randint(3, vocabulary, (rows, work["prompt_tokens"] + work["new_tokens"]))
            start = time.perf_counter()
            for part in tokens.split(4):  # All logits of more rows at once take memory and no less time.
                logits = model(part, use_cache=False).logits[:, work["prompt_tokens"] - 1:-1]
                targets = part[:, work["prompt_tokens"]:]
                torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").backward()
            model.zero_grad()
        answer(start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", default="build/bin/foothold-cli")
    parser.add_argument("--model", default="", help="a GGUF file of a Llama model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--only", choices=list(WORK), help="one comparison")
    parser.add_argument("--environment", type=pathlib.Path, default=cache_folder() / "peers")
    parser.add_argument("--serve", choices=list(WORK), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        global out
        out, sys.stdout = sys.stdout, sys.stderr  # What the libraries print is no answer.
        os.environ.update(CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
        import torch
        torch.set_num_threads(arguments.threads)
        work = WORK[arguments.serve]
        return serve_trl(work) if arguments.serve == "step" else serve_model(arguments.serve, work, arguments.model)
    python = make_environment(arguments.environment.absolute(), PACKAGES, "bench peers", "torch, transformers, TRL; about 6 GB")
    against = {"step": "TRL 1.16.0, GRPOTrainer", "decode": "transformers 5.23.0, generate()",
               "update": "transformers 5.23.0, forward and backward"}
    for name in [arguments.only] if arguments.only else ["step"] + ["decode", "update"] * bool(arguments.model):
        compare(python, arguments, name, against[name])


main()

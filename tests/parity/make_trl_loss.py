# SPDX-License-Identifier: GPL-3.0-or-later
# Makes trl_loss.jsonl: inputs of our objective and what TRL 1.16.0 itself answers, advantages, loss and derivative.
#
# Environment: python3 -m venv E && E/bin/pip install torch==2.11.0 transformers==5.23.0 trl==1.16.0 datasets==5.2.0 accelerate==1.15.0
# Call:        E/bin/python tests/parity/make_trl_loss.py > tests/parity/trl_loss.jsonl
#
# A real GRPOTrainer runs its own _generate_and_score_completions and _compute_loss. Three of its doors are replaced, so that the
# numbers are ours and double: where completions come from (_generate), where rewards come from (_calculate_rewards), and where
# log-probabilities come from (_get_per_token_logps_and_entropies). The derivative is autograd's.
import itertools
import json
import random
import sys
import tempfile

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer


class TableTrainer(GRPOTrainer):
    """A trainer whose completions, rewards and log-probabilities are read from one case."""

    def load(self, case):
        self.case = case
        self.num_generations = len(case["rewards"][0])
        self.loss_type = case["loss_type"]
        self.scale_rewards = case["scale_rewards"]
        self.epsilon_low, self.epsilon_high = case["epsilon"], case["epsilon_high"]
        self.beta = case["beta"]
        self.max_completion_length = case["max_completion_length"]
        # With one iteration TRL takes the trained model for the sampling one, with more it asks for the old log-probabilities.
        self.num_iterations = 1 if case["old_logp"] is None else 2
        self.ref_model = "reference"
        self.logp = self.padded(case["logp"]).requires_grad_()

    @staticmethod
    def padded(rows):
        width = max(len(row) for row in rows)
        return torch.tensor([row + [0.0] * (width - len(row)) for row in rows], dtype=torch.float64)

    def _generate(self, prompts):
        completions = [[1] * len(row) for row in self.case["logp"]]
        return [[1]] * len(completions), completions, self.case["mask"], ["x"] * len(completions), None, {}, None, None

    def _calculate_rewards(self, inputs, prompts, completions, completion_ids_list):
        rewards = [float("nan") if r is None else r for group in self.case["rewards"] for r in group]
        return torch.tensor(rewards, dtype=torch.float64).unsqueeze(1)

    def _get_per_token_logps_and_entropies(self, model, *args, compute_entropy=False, **kwargs):
        if compute_entropy:  # only _compute_loss asks for it
            return self.logp, torch.zeros_like(self.logp), None
        return self.padded(self.case["ref_logp"] if model == "reference" else self.case["old_logp"]), None, None

    def answer(self, case):
        self.load(case)
        inputs = self._generate_and_score_completions([{"prompt": "x"}] * len(case["logp"]))
        loss = self._compute_loss(self.model, inputs)
        loss.backward()
        assert loss.dtype == self.logp.grad.dtype == torch.float64
        dlogp = [grad[: len(row)].tolist() for grad, row in zip(self.logp.grad, case["logp"])]
        return {"advantages": inputs["advantages"].tolist(), "loss": loss.item(), "dlogp": dlogp}


def make_trainer(directory):
    config = LlamaConfig(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, vocab_size=4)
    tokenizer = Tokenizer(models.WordLevel({"[PAD]": 0, "x": 1, "[EOS]": 2, "[UNK]": 3}, unk_token="[UNK]"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", eos_token="[EOS]", unk_token="[UNK]")
    arguments = GRPOConfig(
        output_dir=directory, per_device_train_batch_size=4, num_generations=4, gradient_accumulation_steps=1, use_cpu=True,
        bf16=False, use_bias_correction_kl=False, report_to=[], epsilon=0.2, epsilon_high=0.28, beta=0.0)
    trainer = TableTrainer(
        model=LlamaForCausalLM(config), reward_funcs=lambda completions, **kwargs: [0.0] * len(completions), args=arguments,
        train_dataset=Dataset.from_list([{"prompt": "x"}] * 4), processing_class=tokenizer)
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1  # the training loop sets this
    return trainer


def rounded(value):
    return round(value, 6)  # short lines; both sides read the same decimal


def make_case(rng, loss_type, scale_rewards, beta, *, rewards=None, on_policy=False, spread=0.6, epsilon=0.2, epsilon_high=0.28):
    """Random rows; the log-ratios reach +-spread, far over the clip range of about +-0.2."""
    if rewards is None:
        size = rng.choice([2, 3, 4])
        rewards = [[rng.choice([0.0, 1.0]) for _ in range(size)], [rng.choice([0.0, 0.5, 1.0, -0.3]) for _ in range(size)],
                   [rng.choice([0.0, 1.0, 0.1])] * size]  # the last group has no spread
    rows = [rng.randint(1, 5) for group in rewards for _ in group]
    logp = [[rounded(-rng.expovariate(1.0) - 0.01) for _ in range(n)] for n in rows]
    old = [[rounded(x - rng.uniform(-spread, spread)) for x in row] for row in logp]
    ref = [[rounded(x + rng.gauss(0, 0.4)) for x in row] for row in logp]
    mask = [[int(rng.random() < 0.8) for _ in range(n)] for n in rows]
    return {"loss_type": loss_type, "epsilon": epsilon, "epsilon_high": epsilon_high, "beta": beta, "scale_rewards": scale_rewards,
            "max_completion_length": 6, "rewards": rewards, "logp": logp, "old_logp": None if on_policy else old,
            "ref_logp": ref if beta != 0 else None, "mask": mask}


def cases():
    rng = random.Random(20260)
    losses, scales = ["grpo", "dr_grpo", "dapo", "bnpo"], ["group", "batch", "none"]
    for loss_type, scale, beta in itertools.product(losses, scales, [0.0, 0.04]):
        yield make_case(rng, loss_type, scale, beta)
    for loss_type in losses:  # sampled by the very model that is trained
        yield make_case(rng, loss_type, "group", 0.04, on_policy=True)
    for scale in scales:  # attempts that could not be judged; one of the groups keeps a single judged attempt
        yield make_case(rng, "dapo", scale, 0.0, rewards=[[0.0, None, 1.0], [None, 1.0, None], [1.0, 1.0, 0.0]])
    yield make_case(rng, "grpo", "batch", 0.0, rewards=[[0.5], [1.0]])  # groups of one
    yield make_case(rng, "grpo", "group", 0.04, rewards=[[0.1] * 3, [0.7] * 3])  # nothing but the KL pulls
    yield make_case(rng, "dapo", "group", 0.0, rewards=[[0, 1, 1, 0, 0, 0, 0, 1]], spread=2.0, epsilon=0.1, epsilon_high=0.5)
    for loss_type in losses:  # a row, then every row, without an unmasked token
        case = make_case(rng, loss_type, "group", 0.04)
        case["mask"] = [[0] * len(row) if loss_type != "grpo" or i == 0 else row for i, row in enumerate(case["mask"])]
        yield case


def main():
    torch.set_default_dtype(torch.float64)  # else Bessel's n / (n - 1), a quotient of integers, would be rounded to float
    with tempfile.TemporaryDirectory() as directory:
        trainer = make_trainer(directory)
        for case in cases():
            print(json.dumps({"input": case, "output": trainer.answer(case)}, separators=(",", ":")))
    print(f"torch {torch.__version__}", file=sys.stderr)


main()

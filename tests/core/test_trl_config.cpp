// SPDX-License-Identifier: GPL-3.0-or-later
// Configurations of TRL's GRPO trainer: its defaults, what becomes what, what is ignored and said so, what is refused and where.
#include <QTemporaryDir>
#include <QtTest>
#include <functional>
#include <set>

#include "record/error.h"
#include "record/experiment_file.h"
#include "record/experiment_keys.h"
#include "session/trl_config.h"
#include "session/trl_keys.h"

using namespace foothold;
namespace fs = std::filesystem;

class TestTrlConfig : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path path(const std::string& name) { return fs::path(tmp_.path().toStdString()) / name; }
    fs::path write(const std::string& name, const std::string& text) {
        save_text_file(path(name), text);
        return path(name);
    }
    /// The file with model and problems, which every configuration needs.
    TrlRun read(const std::string& text, const std::vector<std::pair<std::string, Value>>& changes = {}) {
        return read_trl_config(write("c.yaml", "model_name_or_path: model\ndataset_name: p.jsonl\n" + text), changes);
    }
    std::string refusal(const std::string& text) {
        try {
            read(text);
        } catch (const UserError& error) {
            return error.what();
        }
        return "not refused";
    }

#define CONTAINS(text, part) QVERIFY2((text).find(part) != std::string::npos, (text).c_str())

private slots:
    void initTestCase() {
        fs::create_directory(path("model"));
        std::string lines;
        for (int i = 0; i < 40; ++i) lines += "{\"question\":\"What is " + std::to_string(i) + " + 1?\",\"answer\":\"Add one.\\n#### " + std::to_string(i + 1) + "\"}\n";
        write("p.jsonl", lines);
    }

    /// What TRL 1.16 does with a file that names a model and problems, and nothing else.
    void trls_defaults_are_applied() {
        const TrlRun run = read("");
        const Experiment& e = run.experiment;
        QCOMPARE(e.seed, 42);
        QCOMPARE(e.optimizer.lr, 1e-6);
        QCOMPARE(e.optimizer.betas, (std::vector<double>{0.9, 0.999}));
        QCOMPARE(e.optimizer.schedule, std::string("linear"));
        QCOMPARE(e.optimizer.max_grad_norm, 1.0);
        QCOMPARE(e.loss.type, std::string("dapo"));
        QCOMPARE(e.loss.beta, 0.0);
        QCOMPARE(e.loss.epsilon_high, 0.2);
        QCOMPARE(e.sampling.attempts, 8);
        QCOMPARE(e.sampling.problems, 1);  // 8 attempts a batch
        QCOMPARE(e.sampling.max_new_tokens, 512);
        QCOMPARE(e.steps, 3 * 40);
        QCOMPARE(e.problems.pool, 40);
        QCOMPARE(e.problems.family, std::string("text"));
        QCOMPARE(e.heldout.n, 0);
        QCOMPARE(e.checkpoint.every, 500);
        QCOMPARE(e.guidance.policy, std::string("grpo"));
        QVERIFY(is_preset(e));
        QVERIFY(run.out.empty() && !run.use_cpu);
        CONTAINS(run.report, "learning_rate = 1e-6 (default)");
        QVERIFY(run.report.find("ignored") == std::string::npos);
    }

    void values_go_to_our_keys() {
        const TrlRun run = read(R"(
num_generations: 4
per_device_train_batch_size: 4
gradient_accumulation_steps: 2
steps_per_generation: 8     # 32 attempts, 4 optimiser steps over each
num_iterations: 2
max_steps: 100
learning_rate: "5e-6"
beta: 0.04
epsilon: 0.1
epsilon_high: 0.28
scale_rewards: false
loss_type: dr_grpo
lr_scheduler_type: constant_with_warmup
adam_beta2: 0.99
temperature: 0.7
top_p: .95
max_completion_length: 64
weight_decay: 0.01
max_grad_norm: 0
seed: 7
save_steps: 40
eval_strategy: steps
eval_steps: 20
num_generations_eval: 3
output_dir: out
use_cpu: yes
)", {{"heldout.n", std::int64_t{10}}});
        const Experiment& e = run.experiment;
        QCOMPARE(e.sampling.attempts, 4);
        QCOMPARE(e.sampling.problems, 8);
        QCOMPARE(e.loss.minibatches, 4);
        QCOMPARE(e.loss.num_iterations, 2);
        QCOMPARE(e.steps, 13);  // 100 optimiser steps, 8 a step
        QCOMPARE(e.optimizer.lr, 5e-6);
        QCOMPARE(e.loss.beta, 0.04);
        QCOMPARE(e.loss.epsilon, 0.1);
        QCOMPARE(e.loss.epsilon_high, 0.28);
        QCOMPARE(e.loss.scale_rewards, std::string("none"));
        QCOMPARE(e.loss.type, std::string("dr_grpo"));
        QCOMPARE(e.optimizer.schedule, std::string("constant"));
        QCOMPARE(e.optimizer.betas, (std::vector<double>{0.9, 0.99}));
        QCOMPARE(e.sampling.temperature, 0.7);
        QCOMPARE(e.sampling.top_p, 0.95);
        QCOMPARE(e.sampling.max_new_tokens, 64);
        QCOMPARE(e.optimizer.weight_decay, 0.01);
        QCOMPARE(e.optimizer.max_grad_norm, 0.0);
        QCOMPARE(e.seed, 7);
        QCOMPARE(e.checkpoint.every, 5);
        QCOMPARE(e.heldout.every, 3);
        QCOMPARE(e.heldout.attempts, 3);
        QCOMPARE(e.problems.pool, 30);
        QCOMPARE(run.out, fs::path("out"));
        QVERIFY(run.use_cpu);
        // Its default has a say here, and is another than ours.
        CONTAINS(run.report, "use_bias_correction_kl = true (default)");
        QCOMPARE(read("epsilon: 0.3").experiment.loss.epsilon_high, 0.3);
        QCOMPARE(read("epsilon: 0.3\nepsilon_high: null").experiment.loss.epsilon_high, 0.3);
        QCOMPARE(read("num_generations: 2\nnum_train_epochs: 0.5").experiment.steps, 5);
        QCOMPARE(read("max_completion_length: ~").experiment.sampling.max_new_tokens, 0);
    }

    void use_peft_is_an_adapter() {
        QCOMPARE(read("lora_r: 8").experiment.model.lora_rank, 0);
        CONTAINS(read("lora_r: 8").report, "without use_peft");
        const auto plain = read("use_peft: true").experiment.model;
        QCOMPARE(plain.lora_rank, 16);
        QCOMPARE(plain.lora_alpha, 32.0);
        QCOMPARE(plain.lora_targets, (std::vector<std::string>{"q_proj", "v_proj"}));
        const auto given = read("use_peft: true\nlora_r: 4\nlora_alpha: 8\nlora_target_modules: [q_proj, down_proj]").experiment.model;
        QCOMPARE(given.lora_rank, 4);
        QCOMPARE(given.lora_alpha, 8.0);
        QCOMPARE(given.lora_targets, (std::vector<std::string>{"q_proj", "down_proj"}));
        QCOMPARE(read("use_peft: true\nlora_target_modules: all-linear").experiment.model.lora_targets.size(), std::size_t{7});
        CONTAINS(read("use_peft: true\nlora_dropout: 0.1").report, "without dropout");
        QVERIFY_THROWS_EXCEPTION(UserError, read("use_peft: true\nlora_target_modules: [query]"));
    }

    void the_report_says_what_was_not_taken() {
        const std::string report = read("top_k: 50\nmin_p: null\nwarmup_steps: 10\nmask_truncated_completions: true\nadam_epsilon: 0.00000001\ngradient_checkpointing: true\n"
                                        "report_to: [wandb, none]\nreward_funcs: [accuracy_reward]\ntop_entropy_quantile: 1\nmax_prompt_length: 512\n").report;
        const std::size_t anyway = report.find("Foothold does this anyway"), ignored = report.find("No counterpart");
        QVERIFY(anyway < ignored && ignored != std::string::npos);
        for (const char* key : {"min_p = null", "adam_epsilon = 0.00000001", "reward_funcs = accuracy_reward", "top_entropy_quantile = 1"}) {
            const std::size_t at = report.find(key);
            QVERIFY2(at > anyway && at < ignored, key);
        }
        for (const char* key : {"top_k = 50", "warmup_steps = 10", "mask_truncated_completions = true", "gradient_checkpointing = true", "report_to = wandb, none", "max_prompt_length = 512"}) {
            const std::size_t at = report.find(key);
            QVERIFY2(at != std::string::npos && at > ignored, key);
        }
    }

    void data_in_folders_and_json() {
        fs::create_directories(path("set/main"));
        fs::copy_file(path("p.jsonl"), path("set/main/train.jsonl"));
        const fs::path file = write("c.json", "{\n\t\"model_name_or_path\": \"model\",\n\t\"dataset_name\": \"set\",\n\t\"dataset_config\": \"main\",\n\t\"num_generations\": 2,\n\t\"report_to\": null\n}\n");
        const TrlRun run = read_trl_config(file);
        QCOMPARE(run.experiment.sampling.attempts, 2);
        QCOMPARE(fs::path(run.experiment.problems.file), path("set/main/train.jsonl"));
        const std::string mixture = "model_name_or_path: model\ndatasets:\n  - path: json\n    data_files: p.jsonl\n    split: train\n";
        QCOMPARE(read_trl_config(write("d.yaml", mixture)).experiment.problems.file, std::string("p.jsonl"));
    }

    void changes_win_and_count() {
        const TrlRun run = read_trl_config(write("c.yaml", "model_name_or_path: org/model\nnum_train_epochs: 1\n"),
                                           {{"model.path", std::string("model")}, {"problems.file", path("p.jsonl").string()}, {"guidance.policy", std::string("ghpo")}, {"sampling.problems", std::int64_t{4}}});
        QCOMPARE(run.experiment.guidance.policy, std::string("ghpo"));
        QCOMPARE(run.experiment.steps, 10);
        QCOMPARE(read("max_steps: 9", {{"steps", std::int64_t{4}}}).experiment.steps, 4);
    }

    void mistakes_are_named_with_their_line() {
        CONTAINS(refusal("num_generation: 8"), "line 3: unknown key \"num_generation\"");
        CONTAINS(refusal("num_generation: 8"), "did you mean \"num_generations\"?");
        CONTAINS(refusal("seed: 1\nnum_generations: eight"), "line 4: num_generations = eight: must be a whole number");
        CONTAINS(refusal("num_generations: 8.5"), "line 3: num_generations = 8.5");
        CONTAINS(refusal("num_generations: [8]"), "line 3");
        CONTAINS(refusal("learning_rate: null"), "line 3: learning_rate = null");
        CONTAINS(refusal("learning_rate: true"), "must be a number from 0 to 1");
        CONTAINS(refusal("learning_rate: 1e999"), "line 3");
        CONTAINS(refusal("use_cpu: perhaps"), "line 3: use_cpu = perhaps: must be true or false");
        CONTAINS(refusal("loss_type: cispo"), "one of grpo, dr_grpo, dapo, bnpo");
        CONTAINS(refusal("lr_scheduler_type: polynomial"), "line 3: lr_scheduler_type = polynomial");
        CONTAINS(refusal("num_generations: 3"), "no multiple of num_generations = 3");
        CONTAINS(refusal("generation_batch_size: 24\nsteps_per_generation: 3"), "line 4: steps_per_generation and generation_batch_size");
        CONTAINS(refusal("num_generations: 16\ngeneration_batch_size: 32"), "splits groups");
        CONTAINS(refusal("seed: 1\nseed: 2"), "line 4: seed is there twice");
        CONTAINS(refusal("seed: [1"), "line ");
        CONTAINS(refusal("seed: \xff"), "not UTF-8");
        CONTAINS(refusal("eval_strategy: steps"), "heldout.n");  // 64 of 40 problems.
        CONTAINS(refusal("datasets: [{path: a, columns: [x]}]"), "\"columns\"");
        const auto whole = [&](const std::string& text) {
            try {
                read_trl_config(write("w.yaml", text));
            } catch (const UserError& error) {
                return std::string(error.what());
            }
            return std::string("not refused");
        };
        CONTAINS(whole(""), "holds no settings");
        CONTAINS(whole("- a"), "holds no settings");
        CONTAINS(whole("seed: 1"), "there is no model_name_or_path");
        CONTAINS(whole("model_name_or_path: model"), "there is no dataset_name");
        CONTAINS(whole("seed: 1\nmodel_name_or_path: Org/Model\ndataset_name: p.jsonl"), "line 2: model_name_or_path = Org/Model: no such folder");
        CONTAINS(whole("model_name_or_path: model\ndataset_name: openai/gsm8k"), "line 2: dataset_name = openai/gsm8k: no such file");
        CONTAINS(whole(std::string(100000, '[')), "w.yaml");
        CONTAINS(whole("a: &a [x]\nb: [*a, *a]"), "unknown key");
    }

    /// A key stands in one table, and a default is what its setting takes.
    void the_tables_are_whole() {
        std::set<std::string> seen;
        for (const std::string& name : trl_names()) QVERIFY2(seen.insert(name).second, name.c_str());
        for (const TrlSetting& s : trl_settings()) {
            Experiment e;
            set_key_text(e, s.ours, std::string(s.standard));
        }
    }
};

QTEST_GUILESS_MAIN(TestTrlConfig)
#include "test_trl_config.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// foothold-cli as scripts use it: lines, exit codes, messages.
#include <QJsonDocument>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "core/text_model.h"

class TestCli : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    struct Result {
        int code;
        QByteArray out, err;
        QJsonObject last() const { return QJsonDocument::fromJson(out.trimmed().split('\n').last()).object(); }
    };
    Result call(const QStringList& arguments, const QByteArray& input = {}) {
        QProcess p;
        p.start(qEnvironmentVariable("FOOTHOLD_BIN") + "/foothold-cli", arguments);
        p.write(input);
        p.closeWriteChannel();
        p.waitForFinished(120000);
        return {p.exitCode(), p.readAllStandardOutput(), p.readAllStandardError()};
    }
    QString path(const QString& name) { return tmp_.filePath(name); }
    QString write(const QString& name, const QByteArray& text) {
        QFile file(path(name));
        file.open(QIODevice::WriteOnly);
        file.write(text);
        return file.fileName();
    }
    const QByteArray small_ = "steps = 3\n[problems]\ntiers = [\"+:4\", \"*:6\"]\npool = 8\n[sampling]\nproblems = 4\nattempts = 4\n[heldout]\nn = 4\n";

   private Q_SLOTS:
    void helpAndWrongFlags() {
        for (const char* verb : {"run", "resume", "fork", "compare", "study", "problems", "corrupt", "pretrain", "eval", "logprobs", "export", "loss", "info", "bench"}) {
            QCOMPARE(call({verb, "--help"}).code, 0);
            const Result wrong = call({verb, "--no-such-flag"});
            QCOMPARE(wrong.code, 2);
            QVERIFY(!wrong.err.isEmpty());
        }
        QCOMPARE(call({}).code, 2);
        QCOMPARE(call({"dance"}).code, 2);
    }

    void aBaseIsMadeWhereverItIsWanted() {
        const QString recipe = write("tiny.toml", "[model]\nhidden_size = 16\nlayers = 1\nheads = 2\nintermediate_size = 16\nmax_positions = 64\n[problems]\nfamily = \"addition\"\ntiers = [\"1-digit\"]\n[training]\nsteps = 2\nbatch = 2\n");
        const QString model = path("new/folder/tiny.safetensors");
        QCOMPARE(call({"pretrain", recipe, "--out", model}).code, 0);
        QVERIFY(QFile::exists(model));
        write("taken", "a file");
        const Result refused = call({"pretrain", recipe, "--out", path("taken/tiny.safetensors")});
        QVERIFY2(refused.code == 2 && refused.err.contains("cannot be made"), refused.err);
    }

    /// A base whose recipe is there says how it is made.
    void aMissingBaseNamesItsRecipe() {
        const QString experiment = write("early.toml", "[model]\npath = \"models/countdown-early.safetensors\"\n[problems]\nfamily = \"countdown\"\ntiers = [\"3x20\"]\n");
        const Result refused = call({"run", experiment, "--out", path("early"), "--steps", "1"});
        QVERIFY2(refused.code == 2 && refused.err.contains("foothold-cli pretrain") && refused.err.contains("countdown-early.toml"), refused.err);
    }

    void problemsGoThroughCorrupt() {
        const Result problems = call({"problems", "--family", "chain", "--tier", "*:6", "--n", "5", "--seed", "3"});
        QCOMPARE(problems.code, 0);
        QCOMPARE(problems.out.trimmed().split('\n').size(), 5);
        QCOMPARE(call({"problems", "--family", "chain", "--tier", "*:6", "--n", "5", "--seed", "3"}).out, problems.out);
        const Result corrupted = call({"corrupt", "--operator", "noise", "--dose", "0.5", "--seed", "1"}, problems.out + "rubbish\n");
        QCOMPARE(corrupted.code, 1);
        const auto lines = corrupted.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 6);
        QVERIFY(lines[5].contains("line 6"));
        const QJsonObject first = QJsonDocument::fromJson(lines[0]).object();
        QCOMPARE(first["state"].toString(), QString("broken"));
        QCOMPARE(first["corrupted_steps"].toArray().size(), 6);
        QCOMPARE(QJsonDocument::fromJson(call({"corrupt", "--operator", "swap", "--dose", "0", "--seed", "1"}, problems.out).out.split('\n')[0]).object()["state"].toString(), QString("kept"));
        // The state is computed: one wrong result breaks it where it is the last one.
        const auto errors = call({"corrupt", "--operator", "error", "--dose", "0.17", "--seed", "1"}, call({"problems", "--family", "chain", "--tier", "*:6", "--n", "60", "--seed", "3"}).out);
        int kept = 0;
        for (const QByteArray& line : errors.out.trimmed().split('\n')) {
            const QJsonObject o = QJsonDocument::fromJson(line).object();
            QCOMPARE(o["state"].toString() == "kept", o["corrupted_steps"].toArray().last() == o["steps"].toArray().last());
            kept += o["state"].toString() == "kept";
        }
        QVERIFY(kept > 30 && kept < 60);
        const Result wide = call({"problems", "--family", "chain", "--tier", "+:6", "--n", "1", "--seed", "3", "--set", "problems.modulus=47"});
        QCOMPARE(QJsonDocument::fromJson(call({"corrupt", "--operator", "paraphrase", "--set", "problems.modulus=47"}, wide.out).out).object()["state"].toString(), QString("kept"));
        QCOMPARE(call({"corrupt", "--operator", "swop", "--seed", "1"}, problems.out).code, 2);
        QCOMPARE(call({"problems", "--family", "chain", "--tier", "/:6", "--n", "5"}).code, 2);
        QCOMPARE(call({"problems", "--family", "chains", "--tier", "+:6", "--n", "5"}).code, 2);
    }

    /// Tiers by what a model solves: of generated problems, whose successes vary, and of a file, which a run then takes.
    void tiersComeFromAModelsSuccesses() {
        const QStringList made = {"problems", "--family", "chain", "--tier", "+:4", "--n", "24", "--seed", "3", "--model", "models/chain-slips.safetensors", "--pass", "4", "--device", "cpu"};
        const Result tiered = call(made);
        QVERIFY2(tiered.code == 0, tiered.err);
        QCOMPARE(call(made).out, tiered.out);
        const auto lines = tiered.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 24);
        QSet<QString> seen;
        for (const QByteArray& line : lines) {
            const QJsonObject o = QJsonDocument::fromJson(line).object();
            const int solved = o["solved"].toInt();
            QCOMPARE(o["attempts"].toInt(), 4);
            QCOMPARE(o["tier"].toString(), QString(solved == 4 ? "1-always" : solved >= 2 ? "2-often" : solved == 1 ? "3-seldom" : "4-never"));
            seen.insert(o["tier"].toString());
        }
        QVERIFY(seen.size() >= 2);

        foothold::write_text_model(path("tier-model").toStdString());
        QByteArray texts;
        for (int i = 0; i < 6; ++i) texts += QString(R"({"question":"What is %1 + 2?","answer":"Two more than %1.\n#### %2"})").arg(i).arg(i + 2).toUtf8() + '\n';
        const Result never = call({"problems", "--problems", write("plain.jsonl", texts), "--n", "5", "--model", path("tier-model"), "--pass", "2", "--set", "sampling.max_new_tokens=4", "--device", "cpu"});
        QVERIFY2(never.code == 0, never.err);
        QCOMPARE(never.out.count("4-never"), 5);
        const QString file = write("tiered.jsonl", never.out);
        QVERIFY(call({"info", file}).out.contains(R"({"4-never":5})"));
        const Result run = call({"run", write("tiers.toml", "steps = 1\n[problems]\nfamily = \"text\"\ntiers = [\"4-never\"]\n[sampling]\nproblems = 2\nattempts = 2\nmax_new_tokens = 4\n[heldout]\nn = 1\n"), "--set", "problems.file=" + file,
                                 "--set", "model.path=" + path("tier-model"), "--out", path("tier-run"), "--device", "cpu"});
        QVERIFY2(run.code == 0, run.err);
        QVERIFY(run.last()["heldout"].toObject().contains("4-never"));
        // A file of problems has no others with as many steps left: the curve is of the trace alone.
        const Result curve = call({"study", "prefix-curve", path("tier-run"), "--cuts", "2", "--most", "32", "--half-width", "0.2", "--device", "cpu"});
        QVERIFY2(curve.code == 0, curve.err);
        for (const QJsonValue& row : curve.last()["rows"].toArray()) QCOMPARE(row["variant"].toString(), QString("gold"));
        QCOMPARE(curve.last()["rows"].toArray().size(), 2);
        QCOMPARE(call({"problems", "--problems", file, "--pass", "2"}).code, 2);  // Whose successes?
    }

    void aRunLeavesWhatTheContractSays() {
        const QString toml = write("small.toml", small_), dir = path("run");
        const Result run = call({"run", toml, "--out", dir, "--set", "guidance.policy=ghpo", "--device", "cpu"});
        QVERIFY2(run.code == 0, run.err);
        const QJsonObject last = run.last();
        QCOMPARE(last["steps"].toInt(), 3);
        QCOMPARE(last["run_dir"].toString(), dir);
        QVERIFY(last["tokens_generated"].toInt() > 0);
        for (const char* key : {"accuracy", "sound", "greedy", "n"}) QVERIFY(last["heldout"].toObject()["*:6"].toObject().contains(key));
        for (const char* file : {"/experiment.toml", "/run.sqlite", "/log.txt", "/checkpoints/step-3.safetensors", "/checkpoints/step-0.safetensors"}) QVERIFY2(QFile::exists(dir + file), file);

        QCOMPARE(call({"run", toml, "--out", dir}).code, 2);  // not empty
        const Result more = call({"resume", dir, "--steps", "5", "--device", "cpu"});
        QVERIFY2(more.code == 0, more.err);
        QCOMPARE(more.last()["steps"].toInt(), 5);

        QCOMPARE(call({"export", dir, "--what", "metrics", "--to", path("m.csv")}).code, 0);
        QFile csv(path("m.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const QByteArrayList rows = csv.readAll().trimmed().split('\n');
        QCOMPARE(rows.size(), 7);  // header, steps 0 to 5
        QVERIFY(rows[0].startsWith("step,"));
        for (const char* name : {"frac_all_wrong", "frac_all_wrong/before_hints", "frac_reward_zero_std", "frac_rescued/sound", "hint_ratio/mean", "tokens_generated", "num_tokens", "step_time"})
            QVERIFY2(rows[0].contains(name), name);
        QCOMPARE(call({"export", dir, "--what", "rollouts", "--to", path("r.jsonl")}).code, 0);
        QFile jsonl(path("r.jsonl"));
        QVERIFY(jsonl.open(QIODevice::ReadOnly));
        const QJsonObject attempt = QJsonDocument::fromJson(jsonl.readLine()).object();
        for (const char* key : {"step", "problem", "tier", "occurrence", "round", "attempt", "origin", "hint_ratio", "sampled_under", "trained_under", "trained", "prompt", "hint", "completion", "reward", "advantage", "verdict", "sound", "first_wrong_step", "extracted", "gold"})
            QVERIFY2(attempt.contains(key), key);
        QCOMPARE(call({"export", dir, "--what", "experiment", "--to", path("e.toml")}).code, 0);
        QCOMPARE(call({"info", path("e.toml")}).code, 0);
        QCOMPARE(call({"export", dir, "--what", "tensorboard", "--to", path("events")}).code, 0);
        QCOMPARE(call({"export", dir, "--what", "model", "--to", path("folder")}).code, 0);
        QVERIFY(call({"info", path("folder")}).out.contains("Hugging Face"));
        QCOMPARE(call({"export", dir, "--what", "model", "--to", path("folder")}).code, 2);  // There is one already.
        QVERIFY(QFileInfo(path("events") + "/events.out.tfevents.0.foothold").size() > 1000);
        QCOMPARE(call({"export", dir, "--what", "report", "--to", path("report.html")}).code, 0);
        QFile report(path("report.html"));
        QVERIFY(report.open(QIODevice::ReadOnly) && report.readAll().trimmed().endsWith("</html>"));
        QCOMPARE(call({"info", dir}).code, 0);
        const Result eval = call({"eval", "--model", dir + "/checkpoints/step-5.safetensors", "--family", "chain", "--tier", "+:4", "--n", "10", "--attempts", "4", "--device", "cpu"});
        QVERIFY2(eval.code == 0, eval.err);
        QCOMPARE(eval.last()["n"].toInt(), 10);
        QVERIFY(eval.last()["pass@k"].toObject().contains("4"));
    }

    /// `trl grpo --config FILE.yaml` as it is: a run by TRL's defaults, in its output_dir, and its completions.
    void aConfigurationOfTrlRuns() {
        foothold::write_text_model(path("text-model").toStdString());
        QByteArray problems;
        for (int i = 0; i < 4; ++i) problems += QString(R"({"prompt":[{"role":"user","content":"What is %1 + 2?"}],"solution":"$%2$"})").arg(i).arg(i + 2).toUtf8() + '\n';
        write("problems.jsonl", problems);
        const QString dir = path("trl-run");
        const QString yaml = write("grpo.yaml", "model_name_or_path: text-model\ndataset_name: problems.jsonl\nnum_generations: 4\nmax_completion_length: 6\nnum_train_epochs: 1\nwarmup_steps: 2\nuse_cpu: true\noutput_dir: " + dir.toUtf8() + "\n");
        const Result run = call({"run", yaml});
        QVERIFY2(run.code == 0, run.err);
        QVERIFY2(run.err.contains("learning_rate = 1e-6 (default)") && run.err.contains("warmup_steps = 2"), run.err);
        QCOMPARE(run.last()["steps"].toInt(), 2);
        QCOMPARE(run.last()["run_dir"].toString(), dir);
        QCOMPARE(call({"export", dir, "--what", "completions", "--to", path("c.jsonl")}).code, 0);
        QFile jsonl(path("c.jsonl"));
        QVERIFY(jsonl.open(QIODevice::ReadOnly));
        const QByteArrayList lines = jsonl.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 16);
        const QJsonObject first = QJsonDocument::fromJson(lines[0]).object();
        for (const char* column : {"step", "prompt", "completion", "accuracy_reward", "advantage"}) QVERIFY2(first.contains(column), column);
        QVERIFY(first["prompt"].toString().contains(" + 2?"));
        QVERIFY(call({"info", yaml}).out.contains("lr = 1e-06"));
    }

    void badInputIsOneClearMessage() {
        const auto refused = [&](const QStringList& arguments, const QByteArray& part) {
            const Result r = call(arguments);
            QVERIFY2(r.code == 2, arguments.join(' ').toUtf8() + r.err);
            QVERIFY2(r.err.contains(part), r.err);
        };
        refused({"run", write("bad.toml", "[guidance]\npolcy = \"ghpo\"\n")}, "line 2");
        refused({"run", path("none.toml")}, "none.toml");
        refused({"run", write("ok.toml", small_), "--out", path("x"), "--set", "guidance.ratio=2"}, "0 to 1");
        refused({"run", path("ok.toml"), "--out", path("x"), "--set", "nothing"}, "key=value");
        refused({"run", path("ok.toml"), "--out", "/proc/x"}, "/proc/x");
        refused({"resume", tmp_.path()}, "not a run");
        refused({"resume", path("nowhere")}, "nowhere");
        refused({"export", tmp_.path(), "--what", "metrics", "--to", path("m")}, "not a run");
        refused({"export", tmp_.path(), "--what", "report", "--to", path("m")}, "not a run");
        refused({"export", tmp_.path(), "--what", "reprot", "--to", path("m")}, "report");
        write("foreign.safetensors", "this is no model at all");
        refused({"run", path("ok.toml"), "--out", path("x"), "--set", "model.path=" + path("foreign.safetensors")}, "foreign.safetensors");
        refused({"eval", "--model", path("foreign.safetensors"), "--family", "chain"}, "foreign.safetensors");
        refused({"bench", "everything"}, "bench list");
        refused({"info", "nonsense"}, "experiment");
        QVERIFY(!QFile::exists(path("x")));
    }

    void aForkGoesOnAndACurveIsMeasuredOnIt() {
        const QString parent = path("parent"), fork = path("fork");
        QCOMPARE(call({"run", write("fork.toml", small_), "--out", parent}).code, 0);
        const Result forked = call({"fork", parent, "--at", "1", "--set", "guidance.policy=grpo", "--out", fork});
        QVERIFY2(forked.code == 0, forked.err);
        QCOMPARE(forked.last()["steps"].toInt(), 3);
        QVERIFY(QFile::exists(fork + "/run.sqlite"));
        QCOMPARE(call({"fork", parent, "--at", "1", "--out", fork}).code, 2);  // The folder is in use.
        const QStringList curve = {"study", "prefix-curve", fork, "--at", "2", "--problem", "chain/*:6/0", "--cuts", "3", "--half-width", "0.2", "--operator", "shuffle", "--seed", "4"};
        const Result measured = call(curve);
        QVERIFY2(measured.code == 0, measured.err);
        QCOMPARE(measured.last()["cells_done"].toInt(), 1);
        for (const auto row : measured.last()["rows"].toArray()) {
            const QJsonObject point = row.toObject();
            QVERIFY(point["n"].toInt() >= 32);
            QVERIFY(point["lo"].toDouble() <= point["successes"].toDouble() / point["n"].toInt() && point["successes"].toDouble() / point["n"].toInt() <= point["hi"].toDouble());
        }
        QCOMPARE(call(curve).last()["rows"].toArray(), measured.last()["rows"].toArray());
        QCOMPARE(call({"study", "prefix-curve", fork, "--problem", "nobody"}).code, 2);
        QCOMPARE(call({"study", "prefix-curve", fork, "--at", "9"}).code, 2);
        QVERIFY(call({"study", "list"}).out.contains("prefix-curve"));
    }

    void whatPeopleWroteAboveTheVerdictsStays() {
        const QString page = path("page.md");
        QCOMPARE(call({"study", "all", "--setting", "full", "--read", "--out", path("no-cells"), "--markdown", page}).code, 0);
        const auto written = [&] {
            QFile file(page);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const QByteArray once = written();
        QVERIFY(once.startsWith("| question | verdict |"));
        QFile above(page);
        QVERIFY(above.open(QIODevice::WriteOnly));
        above.write("# Ours\n\n" + once + "left over\n");
        above.close();
        QCOMPARE(call({"study", "all", "--setting", "full", "--read", "--out", path("no-cells"), "--markdown", page}).code, 0);
        QCOMPARE(written(), "# Ours\n\n" + once);
    }

    void theEnginesBenchmarksPrintOursTheRoofAndTheRatio() {
        const QString model = FOOTHOLD_SOURCE_DIR "/tests/parity/checkpoints/qwen3.gguf";
        for (const QString name : {"step", "decode", "update"})
            for (const QStringList& of : {QStringList{"--hidden", "32"}, QStringList{"--model", model}}) {
                const Result r = call(QStringList{"bench", name, "--problems", "2", "--attempts", "2", "--prompt-tokens", "4", "--new-tokens", "8", "--steps", "1", "--device", "cpu"} + of);
                QVERIFY2(r.code == 0, r.err);
                QCOMPARE(r.last()["name"].toString(), name);
                QCOMPARE(r.last()["completion_tokens"].toInt(), 32);
                const double seconds = r.last()["seconds"].toDouble(), ratio = r.last()["ratio_to_roof"].toDouble();
                QVERIFY(seconds > 0 && ratio > 0);  // The roof is measured a moment later: on a busy machine it may lie lower.
                QVERIFY(std::abs(r.last()["roof_tokens_per_second"].toDouble() * ratio * seconds - 32) < 1e-6);
            }
        QCOMPARE(call({"bench", "decode", "--model", path("nowhere.gguf")}).code, 2);
    }

    void everyKernelOfADecodeStepIsMeasured() {
        const Result r = call({"bench", "kernels", "--device", "cpu", "--hidden", "32", "--kv-heads", "2", "--problems", "2", "--attempts", "2"});
        QVERIFY2(r.code == 0, r.err);
        QStringList kernels;
        for (const QByteArray& text : r.out.trimmed().split('\n')) {
            const QJsonObject line = QJsonDocument::fromJson(text).object();
            QVERIFY(line["seconds"].toDouble() > 0 && line["bytes"].toDouble() > 0 && line["ratio_to_copy"].toDouble() > 0);
            kernels << line["kernel"].toString();
        }
        for (const char* kernel : {"embed", "add_rms_norm", "rotate_append", "attend", "silu_times", "multiply head", "sample", "decode, a step"}) QVERIFY(kernels.contains(kernel));
    }

    void logprobsOfGivenIds() {
        const QString folder = FOOTHOLD_SOURCE_DIR "/tests/parity/checkpoints/";
        for (const QString& model : {folder + "qwen3", folder + "qwen3.gguf"}) {
            const Result r = call({"logprobs", "--model", model, "--device", "cpu"}, "{\"ids\":[1,2,3,4]}\n{\"ids\":[5]}\n{\"ids\":[]}\n{\"ids\":[1,40]}\n{\"ids\":[1.5]}\nrubbish\n{\"ids\":[1,2,3]}\n");
            QCOMPARE(r.code, 1);
            const auto lines = r.out.trimmed().split('\n');
            QCOMPARE(lines.size(), 7);
            const auto numbers = [&](int line) { return QJsonDocument::fromJson(lines[line]).object()["logprobs"].toArray(); };
            QCOMPARE(numbers(0).size(), 3);
            QVERIFY(numbers(0)[0].toDouble() < 0);
            QVERIFY(lines[1].contains("[]"));
            for (const int bad : {2, 3, 4, 5}) QVERIFY2(lines[bad].contains(QString("\"line %1: ").arg(bad + 1).toUtf8()), lines[bad]);
            QVERIFY(std::abs(numbers(6)[1].toDouble() - numbers(0)[1].toDouble()) < 1e-5);
        }
        const Result missing = call({"logprobs", "--model", path("nowhere.gguf")});
        QCOMPARE(missing.code, 2);
        QVERIFY(missing.err.contains("nowhere.gguf"));
        QCOMPARE(call({"eval", "--model", folder + "qwen3", "--family", "chain"}).code, 2);  // Another vocabulary.
    }

    void tablesAreJsonLines() {
        for (const char* table : {"experiment", "policies", "corruptions", "families", "studies"}) {
            const Result listed = call({"info", table});
            QVERIFY2(listed.code == 0, listed.err);
            for (const QByteArray& line : listed.out.trimmed().split('\n')) QVERIFY2(!QJsonDocument::fromJson(line).isNull(), line);
        }
        QVERIFY(call({"info", "experiment"}).out.contains("checkpoint.every"));  // The last one.
        QVERIFY(call({"bench", "list"}).out.contains("step"));
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "test_cli.moc"

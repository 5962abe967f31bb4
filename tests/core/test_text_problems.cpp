// SPDX-License-Identifier: GPL-3.0-or-later
// Problem files, steps of written solutions, the families of plain text, and a training step on them.
#include <QTemporaryDir>
#include <QtTest>
#include <fmt/format.h>
#include <fstream>
#include <set>

#include "core/scripted_engine.h"
#include "record/error.h"
#include "text/answer_judge.h"
#include "tasks/corruption.h"
#include "tasks/hint.h"
#include "tasks/problem_file.h"
#include "tasks/text_steps.h"
#include "training/trainer.h"

using namespace foothold;
using Steps = std::vector<std::string>;

namespace {

std::string message_of(const std::function<void()>& what) {
    try {
        what();
    } catch (const UserError& error) {
        return error.what();
    }
    return "no error";
}

#define CONTAINS(text, part) QVERIFY2((text).find(part) != std::string::npos, (text).c_str())

/// The tokenizer of the parity test, with or without a chat.
FamilyOptions options(bool chat) {
    auto text = std::make_shared<ModelText>();
    text->tokenizer = read_tokenizer_json(FOOTHOLD_SOURCE_DIR "/tests/parity/tokenizer.json");
    if (chat) text->chat = ChatTemplate::recognise("<|im_start|> <|im_end|>");
    text->end_token = *text->tokenizer->find(chat ? "<|im_end|>" : "<|endoftext|>");
    FamilyOptions out;
    out.text = text;
    return out;
}

Problem line(const char* text, const ProblemFileOptions& how = {}) { return read_problem_line(text, how); }

}  // namespace

class TestTextProblems : public QObject {
    Q_OBJECT

private slots:
    void data_sets_for_trl_are_read() {
        const Problem chat = line(R"({"prompt":[{"role":"user","content":"Half of 8?"}],"solution":"$4$"})");
        QCOMPARE(chat.prompt, std::string("Half of 8?"));
        QCOMPARE(chat.answer, std::string("4"));
        QVERIFY(chat.steps.empty());
        const Problem worked = line(R"({"prompt":"Half of 8?","solution":"We halve. It is \\boxed{4}."})");
        QCOMPARE(worked.answer, std::string("4"));
        QCOMPARE(worked.steps, Steps{"We halve."});
        CONTAINS(message_of([] { line(R"({"prompt":[{"role":"system","content":"x"},{"role":"user","content":"y"}],"solution":"4"})"); }), "one message, the user's");
        CONTAINS(message_of([] { line(R"({"prompt":[7],"solution":"4"})"); }), "one message, the user's");
    }

    void solutions_are_cut_at_sentences_and_lines() {
        QCOMPARE(cut_into_steps("She has 3 pens. He has 4.5 more. Dr. Lee has none!\nTogether: 7.5"), (Steps{"She has 3 pens.", "He has 4.5 more.", "Dr. Lee has none!\n", "Together: 7.5"}));
        QCOMPARE(cut_into_steps("Let $x = 1. Then$ go. Now \\[ a. B \\] is. \\begin{align} c. D\\\\ e. F\\end{align} End."),
                 (Steps{"Let $x = 1. Then$ go.", "Now \\[ a. B \\] is.", "\\begin{align} c. D\\\\ e. F\\end{align} End."}));
        QCOMPARE(cut_into_steps("It costs $5. Then $6 more. Good."), (Steps{"It costs $5.", "Then $6 more.", "Good."}));
        QCOMPARE(cut_into_steps("  \n\n A.\n\n  B\n"), (Steps{"A.\n\n", "B\n"}));
        QCOMPARE(cut_into_steps("5! is 120. So"), (Steps{"5! is 120.", "So"}));
        QCOMPARE(cut_into_steps(""), Steps{});
        QCOMPARE(join_words(cut_into_steps("One. Two.\nThree. Four.")), std::string("One. Two.\nThree. Four."));
    }

    void calculator_marks_are_taken_out() {
        QCOMPARE(without_calculator_marks("48/2 = <<48/2=24>>24 and <<1+1=2>>2"), std::string("48/2 = 24 and 2"));
        QCOMPARE(without_calculator_marks("a << b and c"), std::string("a << b and c"));
    }

    void a_step_that_states_the_answer_is_known() {
        QVERIFY(states_answer("So 3 + 4 = 7 pens.", "7", "How many pens?"));
        QVERIFY(states_answer("There are 1,200 of them", "1200", "How many?"));
        QVERIFY(states_answer("There are 7.0 of them", "7", "How many?"));
        QVERIFY(!states_answer("There are 17 or 70 of them", "7", "How many?"));
        QVERIFY(!states_answer("With the 7 pens she writes 3 lines", "7", "She has 7 pens. How many lines?"));
        QVERIFY(states_answer("With the pens she has 14 / 2 = 7 lines", "7", "She has 7 pens. How many lines?"));
        QVERIFY(states_answer("The answer is clear", "7", "?"));
        QVERIFY(states_answer("we get $x = \\frac{3}{4}$.", "\\frac{3}{4}", "Solve."));
        QVERIFY(!states_answer("we get $x$ by dividing.", "\\frac{3}{4}", "Solve."));
        QVERIFY(states_answer("so $y = k$.", "k", "Solve for $k$."));
    }

    void the_known_forms_are_read() {
        const Problem g = line(R"({"question":"Ann has 3 pens and buys 5, then doubles them. How many?","answer":"Ann has 3 + 5 = <<3+5=8>>8 pens.\nDoubled, 2 * 8 = <<2*8=16>>16.\n#### 16"})");
        QCOMPARE(g.answer, std::string("16"));
        QCOMPARE(g.steps, (Steps{"Ann has 3 + 5 = 8 pens.\n"}));
        QCOMPARE(g.ending, std::string("Doubled, 2 * 8 = 16.\nThe answer is \\boxed{16}."));
        ProblemFileOptions keep;
        keep.keep_calculator_marks = true;
        CONTAINS(line(R"({"question":"q","answer":"It is 1 + 1 = <<1+1=2>>2.\nSo 3.\n#### 3"})", keep).steps[0], "<<1+1=2>>");
        const Problem m = line(R"({"problem":"Find $x$.","solution":"Adding gives $2x = 6.$ Halving, $x = \\boxed{3}$.","level":"Level 2","type":"Algebra"})");
        QCOMPARE(m.answer, std::string("3"));
        QCOMPARE(m.tier, std::string("Level 2"));
        QCOMPARE(m.steps, (Steps{"Adding gives $2x = 6.$"}));
        QCOMPARE(m.ending, std::string("Halving, $x = \\boxed{3}$."));
        ProblemFileOptions columns;
        columns.columns = {{"prompt", "q"}, {"answer", "final"}, {"steps", "why"}, {"tier", "class"}};
        const Problem p = line(R"({"q":"How?","final":12,"why":["First.","Then 12."],"class":5})", columns);
        QCOMPARE(p.answer, std::string("12"));
        QCOMPARE(p.tier, std::string("5"));
        QCOMPARE(p.steps, (Steps{"First."}));
        const Problem own = line(R"({"id":"a","tier":"t","prompt":"How?","answer":"1","steps":["x"],"ending":"y \\boxed{1}"})");
        QCOMPARE(own.ending, std::string("y \\boxed{1}"));
    }

    void errors_name_file_line_and_column() {
        QTemporaryDir dir;
        const std::string path = dir.filePath("p.jsonl").toStdString();
        const auto error = [&](const std::string& text) {
            std::ofstream(path) << "{\"question\":\"q\",\"answer\":\"#### 1\"}\n" << text << "\n";
            return message_of([&] { read_problem_file(path, {}); });
        };
        CONTAINS(error(R"({"text":"a","gold":"b"})"), path + ": line 2: there is no column \"prompt\"; the line has: gold, text");
        CONTAINS(error("{\"question\":\"\xff\",\"answer\":\"#### 1\"}"), path + ": line 2: not UTF-8 (byte 14)");
        CONTAINS(error("{\"question\":"), "line 2: not JSON");
        CONTAINS(error("[]"), "line 2: not a JSON object");
        CONTAINS(error(R"({"prompt":"a","answer":["b"]})"), "column \"answer\" is neither a text nor a number");
        CONTAINS(error(R"({"problem":"a","solution":"no box"})"), "no \\boxed");
        CONTAINS(error(R"({"prompt":"a","answer":"b","steps":[1]})"), "column \"steps\"");
        CONTAINS(message_of([&] { read_problem_file("/nonexistent", {}); }), "cannot be read");
        Experiment experiment;
        experiment.problems.columns = {"question"};
        CONTAINS(message_of([&] { problem_file_options(experiment); }), "problems.columns: \"question\"");
    }

    void a_file_is_split_into_pool_and_held_out() {
        QTemporaryDir dir;
        Experiment e;
        e.problems.family = "text";
        e.problems.file = dir.filePath("p.jsonl").toStdString();
        e.problems.tiers = {};
        e.problems.pool = 12;
        e.heldout.n = 3;
        std::ofstream file(e.problems.file);
        for (int i = 0; i < 40; ++i) file << fmt::format(R"({{"prompt":"Problem {}","answer":"{}","tier":"{}"}})", i / 2 * 2, i, i % 4 < 2 ? "easy" : "hard") << "\n";
        file.close();
        const auto family = make_family("text", options(true));
        const ProblemSet set = make_problem_set(e, *family);
        QCOMPARE(set.tiers, (Steps{"easy", "hard"}));
        QCOMPARE(set.pool_size, std::size_t{12});
        QCOMPARE(set.problems.size(), std::size_t{18});
        std::set<std::string> prompts;
        for (const Problem& p : set.problems) prompts.insert(p.prompt);
        QCOMPARE(prompts.size(), std::size_t{18});
        e.heldout.n = 10;
        CONTAINS(message_of([&] { make_problem_set(e, *family); }), "leaves none to train on");
        e.problems.tiers = {"medium"};
        CONTAINS(message_of([&] { make_problem_set(e, *family); }), "its tiers are: easy, hard");
    }

    /// Every generated problem: the reference is sound, its tier's depth is its number of computations, no hint states the answer.
    void words_are_exact() {
        const auto family = make_family("words", options(true));
        for (const char* tier : {"2", "3", "5", "8", "12"}) {
            std::vector<std::string> taken;
            for (const Problem& p : make_problems(*family, tier, 60, 7, "", taken)) {
                QCOMPARE(p.steps.size() + 1, static_cast<std::size_t>(std::stoi(tier)));
                const Judgement whole = family->judge(p, "", Placement::prompt, family->solution(p), true);
                QVERIFY2(whole.verdict == Verdict::correct && whole.soundness == Soundness::sound && !whole.skipping && whole.first_wrong_step < 0, problem_to_json(p).c_str());
                QVERIFY(!family->refuse_trace(p, p.steps));
                for (std::size_t k = 0; k <= p.steps.size(); ++k) {
                    const auto given = std::span(p.steps).first(k);
                    QVERIFY(family->state_holds(p, given));
                    QCOMPARE(family->follow(p, given), Steps(p.steps.begin() + static_cast<std::ptrdiff_t>(k), p.steps.end()));
                    const Hint hint = first_steps(p.steps, static_cast<int>(k));
                    const Judgement rest = family->judge(p, hint.text, Placement::answer, hint.rest + " " + p.ending, true);
                    QVERIFY2(rest.verdict == Verdict::correct && rest.soundness == Soundness::sound, problem_to_json(p).c_str());
                }
                // An answer without work is lucky, a wrong step is found at its place.
                QCOMPARE(family->judge(p, "", Placement::prompt, "\\boxed{" + p.answer + "}", true).soundness, Soundness::lucky);
                // A number that happens to stand last in a ramble is no answer, though `verify` would take it for one.
                const std::string ramble = "This is a classic puzzle about boxes and shelves, which nobody has solved so far.\nThere are " + p.answer + " of them in the attic.";
                QCOMPARE(family->judge(p, "", Placement::prompt, ramble, true).verdict, Verdict::unparseable);
                QCOMPARE(judge_answer(p.answer, ramble).verdict, Verdict::correct);
                Random random(3);
                Steps wrong = p.steps;
                wrong.back() = family->misstate(wrong.back(), random);
                QVERIFY(wrong.back() != p.steps.back());
                QVERIFY(!family->state_holds(p, wrong));
                const Judgement bad = family->judge(p, "", Placement::prompt, join_words(wrong) + " " + p.ending, true);
                QCOMPARE(bad.first_wrong_step, static_cast<int>(p.steps.size()) - 1);
                QCOMPARE(bad.soundness, Soundness::lucky);
            }
        }
        CONTAINS(message_of([&] { Random random(1); family->make("1", random); }), "from 2 to 12");
        CONTAINS(message_of([&] { Random random(1); make_family("text")->make("1", random); }), "makes no problems of its own");
        CONTAINS(message_of([&] { make_family("words")->tokenizer(); }), "name a model with a tokenizer");
    }

    void corruptions_keep_what_they_declare() {
        const auto family = make_family("words");
        std::vector<std::string> taken;
        const auto problems = make_problems(*family, "5", 30, 1, "", taken);
        for (const CorruptionOperator& op : corruption_operators())
            for (const Problem& p : problems) {
                const CorruptedTrace trace = corrupt(op, p, problems, 0.5, 3, *family);
                if (op.keeps_state) QVERIFY2(trace.state_kept, (op.name + ": " + join_words(trace.steps)).c_str());
                if (op.name == "error-propagated") QCOMPARE(trace.steps.size(), p.steps.size());
            }
        // Steps about others reveal nothing of the story, and leave it where it began.
        for (const Problem& p : problems)
            for (const char* foreign : {"irrelevant", "filler"}) {
                const auto steps = corrupt(find_corruption(foreign), p, problems, 1, 3, *family).steps;
                QVERIFY(!family->reveals(p, steps) && !family->state_holds(p, steps));
                QVERIFY(family->reveals(p, p.steps) && family->state_holds(p, p.steps));
            }
    }

    /// Numbers stand in expressions there, not between blanks, and steps end lines.
    void corruptions_reach_into_a_text() {
        const auto family = make_family("text");
        Problem p, other;
        p.prompt = "A pen costs 4 dollars and a book 3 times as much. What do two of each cost?";
        p.answer = "32";
        p.steps = {"A book costs 3*4=12 dollars\n", "Two pens cost 2*4=8 dollars and\n", "two books cost 2*12=24.50 dollars"};
        p.tier = other.tier = "all";
        other.prompt = "Another.";
        other.steps = {"One.", "Two.\n", "Three."};
        const std::vector<Problem> pool = {p, other};
        const auto made = [&](const char* name, double dose = 1) { return corrupt(find_corruption(name), p, pool, dose, 4, *family); };
        const auto line_ends = [](const std::vector<std::string>& steps) { return std::count_if(steps.begin(), steps.end(), [](const std::string& s) { return s.ends_with('\n'); }); };
        const auto digits = [](std::string s) {
            std::erase_if(s, [](char c) { return c < '0' || c > '9'; });
            std::sort(s.begin(), s.end());
            return s;
        };
        for (const CorruptionOperator& op : corruption_operators()) {
            if (op.name == "none" || family->unfit(op.name)) continue;
            const CorruptedTrace trace = made(op.name.c_str());
            QVERIFY2(trace.steps != p.steps, op.name.c_str());
            QVERIFY2(trace.state_kept == (op.keeps_state || trace.steps.empty()), op.name.c_str());
            if (trace.steps.size() == p.steps.size() && op.name != "swap") QVERIFY2(line_ends(trace.steps) == 2, join_words(trace.steps).c_str());
        }
        for (std::size_t i = 0; i < 3; ++i) {
            const std::string swapped = made("swap-numbers").steps[i], noisy = made("noise").steps[i];
            QVERIFY(swapped != p.steps[i]);
            QCOMPARE(digits(swapped), digits(p.steps[i]));
            QCOMPARE(noisy.size(), p.steps[i].size());  // As many digits.
            QVERIFY(std::equal(noisy.begin(), noisy.end(), p.steps[i].begin(), [](char a, char b) { return a == b || (a >= '0' && a <= '9' && b >= '0' && b <= '9'); }));
        }
        QCOMPARE(line_ends(made("insert").steps), 4);
        QCOMPARE(family->steps_done(p, made("insert").steps), 3);
        QVERIFY(!made("shuffle").state_kept && !made("reverse").state_kept);
        CONTAINS(message_of([&] { made("error-propagated"); }), "cannot be computed again");
        CONTAINS(message_of([&] { made("paraphrase"); }), "no other wording");
    }

    void hints_stand_where_they_belong() {
        const auto chat = make_family("words", options(true)), base = make_family("words", options(false));
        Random random(5);
        const Problem p = chat->make("3", random);
        QCOMPARE(chat->natural_placement(), Placement::prompt);
        QCOMPARE(base->natural_placement(), Placement::answer);
        const std::string hint = p.steps[0];
        const std::string asked = chat->context(p, hint, Placement::prompt);
        QVERIFY(asked.starts_with("<|im_start|>user\n" + p.prompt + "\n\n"));
        QVERIFY(asked.ends_with("<|im_end|>\n<|im_start|>assistant\n"));
        CONTAINS(asked, "\n" + hint + "\n\n");
        QVERIFY(chat->context(p, hint, Placement::answer).ends_with("<|im_start|>assistant\n" + hint));
        QVERIFY(base->context(p, hint, Placement::answer).ends_with("Solution:\n" + hint));
    }

    /// Whatever hint is cut, its ids are the beginning of those of problem and trace encoded together.
    void hints_are_cut_from_the_encoded_whole() {
        for (const bool chat : {true, false}) {
            const auto family = make_family("words", options(chat));
            std::vector<std::string> taken;
            for (const Problem& p : make_problems(*family, "5", 20, 2, "", taken)) {
                const auto [whole, first] = family->encode_solution(p);
                QCOMPARE(family->tokenizer().decode(std::span(whole).first(first)), family->context(p, {}, Placement::answer));
                for (int k = 0; k <= 4; ++k) {
                    const Hint hint = first_steps(p.steps, k);
                    const auto ids = family->encode_context(p, hint.text, hint.rest, Placement::answer);
                    QVERIFY(ids.size() <= whole.size() && std::equal(ids.begin(), ids.end(), whole.begin()));
                    QCOMPARE(family->tokenizer().decode(ids), family->context(p, hint.text, Placement::answer));
                }
            }
        }
    }

    /// GHPO on words: groups that fail without a hint are asked again with it, and the ids trained on are those sampled under.
    void a_step_is_trained_on_text() {
        for (const char* placement : {"prompt", "answer"}) {
            Experiment e;
            e.problems.family = "words";
            e.problems.tiers = {"4"};
            e.problems.pool = 6;
            e.sampling.problems = 3;
            e.sampling.attempts = 4;
            e.guidance.placement = placement;
            e.heldout.n = 2;
            const auto family = make_family("words", options(true));
            const ProblemSet set = make_problem_set(e, *family);
            const auto hinted = [&](const std::string& context) {
                const std::string mark = std::string(placement) == "prompt" ? "This is how a solution begins:" : "assistant\n";
                const std::size_t at = context.rfind(mark);
                return at != std::string::npos && context.size() > at + mark.size() && (std::string(placement) == "prompt" || context.substr(at + mark.size()).find("has") != std::string::npos);
            };
            ScriptedEngine engine(*family, [&](const std::string& context, int attempt) { return hinted(context) && attempt == 0; }, [&](const std::string& context) {
                for (const Problem& p : set.problems)
                    if (context.find(p.prompt) != std::string::npos) return "So \\boxed{" + p.answer + "}";
                return std::string("?");
            });
            Trainer trainer(engine, *family, set, e);
            trainer.before_training({});
            const StepRecord record = trainer.step({});
            for (const GroupSummary& g : record.summary.groups) {
                QCOMPARE(int{g.correct_before}, 0);
                QCOMPARE(int{g.correct}, 1);
                QVERIFY(g.hint_ratio > 0);
            }
            QVERIFY(!engine.trained.empty());
            for (const ScoredSequence& s : engine.trained) {
                const std::vector<Token> context(s.tokens.begin(), s.tokens.begin() + static_cast<std::ptrdiff_t>(s.first));
                QVERIFY(std::any_of(engine.asked.begin(), engine.asked.end(), [&](const GenerateRequest& r) { return r.context == context; }));
                QVERIFY(hinted(family->tokenizer().decode(context)));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestTextProblems)
#include "test_text_problems.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Corruption operators: doses, identities, declared states.
#include <QtTest>
#include <map>
#include <set>

#include "record/error.h"
#include "tasks/corruption.h"
#include "tasks/problem_set.h"

using namespace foothold;

namespace {

std::multiset<std::string> bag(const std::vector<std::string>& steps) { return {steps.begin(), steps.end()}; }

std::multiset<std::string> words(const std::string& step) {
    std::multiset<std::string> out;
    for (std::string_view w : split_words(step)) out.emplace(w);
    return out;
}

}  // namespace

class TestCorruption : public QObject {
    Q_OBJECT
    std::unique_ptr<Family> family_ = make_family("chain");
    std::vector<Problem> problems_;

    CorruptedTrace apply(const std::string& name, const Problem& p, double dose, std::uint64_t seed = 1) {
        return corrupt(find_corruption(name), p, problems_, dose, seed, family_->alphabet());
    }

   private Q_SLOTS:
    void initTestCase() {
        std::vector<std::string> taken;
        problems_ = make_problems(*family_, "*:10", 40, 5, "", taken);
    }

    void doseNoneIsTheIdentityAndSeedsDecide() {
        for (const CorruptionOperator& op : corruption_operators())
            for (const Problem& p : problems_) {
                const CorruptedTrace none = apply(op.name, p, 0);
                QCOMPARE(none.steps, p.steps);
                QCOMPARE(std::count(none.changed.begin(), none.changed.end(), true), std::ptrdiff_t{0});
                QCOMPARE(apply(op.name, p, 0.6, 3).steps, apply(op.name, p, 0.6, 3).steps);
            }
        QVERIFY(apply("noise", problems_[0], 1, 1).steps != apply("noise", problems_[0], 1, 2).steps);
    }

    void noMoreStepsChangeThanTheDose() {
        for (const CorruptionOperator& op : corruption_operators())
            for (double dose : {0.1, 0.3, 0.5, 1.0})
                for (const Problem& p : problems_) {
                    const CorruptedTrace t = apply(op.name, p, dose);
                    const auto most = static_cast<std::ptrdiff_t>(std::llround(dose * 10));
                    QVERIFY(std::count(t.changed.begin(), t.changed.end(), true) <= most);
                    QCOMPARE(t.steps.size(), op.name == "truncate" ? p.steps.size() - static_cast<std::size_t>(most) : p.steps.size());
                    for (std::size_t i = 0; i < t.steps.size(); ++i) {
                        QCOMPARE(t.changed[i], t.steps[i] != p.steps[i]);
                        family_->vocabulary().encode(t.steps[i]);  // stays in the language
                    }
                }
    }

    void eachOperatorDoesWhatItSays() {
        for (const Problem& p : problems_) {
            const auto swapped = apply("swap", p, 1).steps;
            QVERIFY(std::any_of(problems_.begin(), problems_.end(), [&](const Problem& q) { return q.prompt != p.prompt && q.steps == swapped; }));
            QCOMPARE(bag(apply("shuffle", p, 1).steps), bag(p.steps));
            const auto exchanged = apply("swap-numbers", p, 1).steps;
            for (std::size_t i = 0; i < p.steps.size(); ++i) QCOMPARE(words(exchanged[i]), words(p.steps[i]));
            const auto filled = apply("filler", p, 1).steps;
            for (std::size_t i = 0; i < p.steps.size(); ++i) {
                QCOMPARE(split_words(filled[i]).size(), split_words(p.steps[i]).size());
                QCOMPARE(words(filled[i]).count("|"), split_words(p.steps[i]).size());
            }
            const auto cut = apply("truncate", p, 0.4).steps;
            QVERIFY(std::equal(cut.begin(), cut.end(), p.steps.begin()));
            QVERIFY(apply("truncate", p, 1).steps.empty());
        }
        // Something does change where all steps are touched.
        for (const char* name : {"swap", "noise", "shuffle", "swap-numbers", "filler"}) QVERIFY(apply(name, problems_[0], 1).steps != problems_[0].steps);
    }

    void swapNeedsADonor() {
        QVERIFY_EXCEPTION_THROWN(corrupt(find_corruption("swap"), problems_[0], std::span(problems_).first(1), 1, 1, family_->alphabet()), UserError);
        QVERIFY_EXCEPTION_THROWN(find_corruption("swop"), UserError);
    }
};

QTEST_GUILESS_MAIN(TestCorruption)
#include "test_corruption.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Our judge against Math-Verify on 1,200 generated pairs (answers.jsonl, made by make_answers.py). Where the two differ, reading decided;
// answers_decided.json holds each decision with its reason.
#include <QtTest>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "text/answer_judge.h"

using namespace foothold;
using nlohmann::json;

class TestAnswers : public QObject {
    Q_OBJECT

private slots:
    void we_agree_or_reading_decided() {
        std::map<std::pair<std::string, std::string>, bool> decided;
        std::ifstream decisions(FOOTHOLD_SOURCE_DIR "/tests/parity/answers_decided.json");
        for (const json& d : json::parse(decisions)) decided[{d.at("gold"), d.at("answer")}] = d.at("correct");
        std::ifstream file(FOOTHOLD_SOURCE_DIR "/tests/parity/answers.jsonl");
        int pairs = 0, agreed = 0;
        for (std::string line; std::getline(file, line); ++pairs) {
            const json row = json::parse(line);
            const std::string gold = row.at("gold"), answer = row.at("answer");
            const bool theirs = row.at("math_verify"), ours = judge_answer(gold, answer).verdict == Verdict::correct;
            agreed += ours == theirs;
            const auto decision = decided.find({gold, answer});
            const bool expected = decision == decided.end() ? theirs : decision->second;
            QVERIFY2(ours == expected, qPrintable(QString::fromStdString(line)));
        }
        QVERIFY(pairs >= 1000);
        QVERIFY2(agreed >= 0.97 * pairs, qPrintable(QString("%1 of %2 agree").arg(agreed).arg(pairs)));
    }
};

QTEST_GUILESS_MAIN(TestAnswers)
#include "test_answers.moc"

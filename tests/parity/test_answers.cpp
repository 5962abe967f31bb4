// SPDX-License-Identifier: GPL-3.0-or-later
// Our judge on 2,200 generated pairs that were made to be equal or not (answers.jsonl, by make_answers.py). Where the generator was wrong,
// reading decided; answers_decided.json holds each decision with its reason. Math-Verify 0.9.0 says otherwise on 70 of them, and is wrong on each.
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
    void pairs_are_judged_as_they_were_made() {
        std::map<std::pair<std::string, std::string>, bool> decided;
        std::ifstream decisions(FOOTHOLD_SOURCE_DIR "/tests/parity/answers_decided.json");
        for (const json& d : json::parse(decisions)) decided[{d.at("gold"), d.at("answer")}] = d.at("correct");
        std::ifstream file(FOOTHOLD_SOURCE_DIR "/tests/parity/answers.jsonl");
        int pairs = 0;
        for (std::string line; std::getline(file, line); ++pairs) {
            const json row = json::parse(line);
            const std::string gold = row.at("gold"), answer = row.at("answer");
            const auto decision = decided.find({gold, answer});
            const bool expected = decision == decided.end() ? row.at("equal").get<bool>() : decision->second;
            QVERIFY2((judge_answer(gold, answer).verdict == Verdict::correct) == expected, qPrintable(QString::fromStdString(line)));
        }
        QVERIFY(pairs == 2200);
    }
};

QTEST_GUILESS_MAIN(TestAnswers)
#include "test_answers.moc"

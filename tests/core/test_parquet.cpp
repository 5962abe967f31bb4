// SPDX-License-Identifier: GPL-3.0-or-later
// Problems out of a Parquet file (parity/make_parquet.py), damaged ones, and what is said where Apache Arrow is not there.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "formats/parquet_file.h"
#include "record/error.h"
#include "record/experiment_file.h"
#include "record/paths.h"
#include "tasks/problem_file.h"

using namespace foothold;

namespace {

const std::filesystem::path sample = FOOTHOLD_SOURCE_DIR "/tests/parity/problems.parquet";

bool module_is_there() { return std::filesystem::exists(program_dir().parent_path() / "lib/foothold/libfoothold_parquet.so"); }

std::string complaint(const std::filesystem::path& path, const ProblemFileOptions& options = {}) {
    try {
        read_problem_file(path, options);
    } catch (const UserError& error) {
        return error.what();
    }
    return "none";
}

#define CONTAINS(text, part) QVERIFY2((text).find(part) != std::string::npos, (text).c_str())

}  // namespace

class TestParquet : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;

private slots:
    void without_the_module_the_message_says_what_to_run() {
        QVERIFY(is_parquet(sample));
        QVERIFY(!is_parquet(FOOTHOLD_SOURCE_DIR "/CMakeLists.txt"));
        if (module_is_there()) QSKIP("the module is there");
        CONTAINS(complaint(sample), "packaging/bootstrap --with-parquet");
    }

    void rows_are_problems() {
        if (!module_is_there()) QSKIP("built without Apache Arrow");
        const auto problems = read_problem_file(sample, {});
        QCOMPARE(problems.size(), std::size_t{5});
        for (std::size_t i = 0; i < 5; ++i) {
            const Problem& p = problems[i];
            QCOMPARE(p.prompt, "What is " + std::to_string(i) + " + 2?");
            QCOMPARE(p.answer, std::to_string(i + 2));
            QCOMPARE(p.tier, std::string(i < 2 ? "easy" : "hard"));
            QCOMPARE(p.id, "problems/" + std::to_string(i + 1));
            QCOMPARE(p.steps, std::vector<std::string>{"Two more than " + std::to_string(i) + "."});
        }
        ProblemFileOptions named;
        named.columns = {{"prompt", "solution"}, {"answer", "n"}};
        CONTAINS(complaint(sample, named), "row 2: column \"n\" is neither a text nor a number");
    }

    void every_type_of_column_becomes_json() {
        if (!module_is_there()) QSKIP("built without Apache Arrow");
        std::vector<nlohmann::json> rows;
        for_each_parquet_row(sample, [&](const std::string& row) { rows.push_back(nlohmann::json::parse(row)); });
        QCOMPARE(rows.size(), std::size_t{5});
        QCOMPARE(rows[0]["n"].get<int>(), 1);
        QVERIFY(rows[1]["n"].is_null() && rows[2]["weights"].is_null() && rows[0]["image"].is_null());
        QCOMPARE(rows[0]["weights"], (nlohmann::json{0.5, 1.0}));
        QVERIFY(rows[1]["weights"].is_array() && rows[1]["weights"].empty());
        QCOMPARE(rows[4]["price"].get<std::string>(), std::string("1.50"));
    }

    /// Cut anywhere, or with a byte changed: problems or a message with the file's name, no crash.
    void damaged_files_are_refused() {
        if (!module_is_there()) QSKIP("built without Apache Arrow");
        const std::string whole = load_text_file(sample);
        const std::filesystem::path file = std::filesystem::path(tmp_.path().toStdString()) / "damaged.parquet";
        const auto write = [&](const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; };
        for (std::size_t size = 4; size < whole.size(); size += 1 + size / 7) {
            write(whole.substr(0, size));
            CONTAINS(complaint(file), "damaged.parquet: cannot be read as Parquet");
        }
        for (std::size_t at = 5; at < whole.size(); at += 2) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
            write(bytes);
            const std::string what = complaint(file);
            QVERIFY2(what == "none" || what.find("damaged.parquet: ") != std::string::npos, what.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestParquet)
#include "test_parquet.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// "Get a small real model": what it says before, a fetch that works, one that fails, and one that is not there.
#include <QFile>
#include <QPushButton>
#include <QSpinBox>

#include "ui/window_bench.h"
#include "ui/workspaces/notice_bar.h"

using namespace foothold;
using namespace foothold::ui;
using test::WindowBench;

namespace {

/// A program that stands in for the set-up script: it is asked in the same way.
std::filesystem::path script(const QTemporaryDir& folder, const char* body) {
    const QString path = folder.filePath(QStringLiteral("fetch"));
    save_text_file(path.toStdString(), std::string("#!/bin/sh\n[ \"$1\" = --with-smollm2 ] || exit 9\n") + body);
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return path.toStdString();
}

}  // namespace

class TestGetModel : public QObject {
    Q_OBJECT
   private Q_SLOTS:
    void init() {
        data_ = std::make_unique<QTemporaryDir>();
        qputenv("XDG_DATA_HOME", data_->path().toUtf8());
    }

    void itSaysHowLargeItIsAndFetchesOnlyWhenTold() {
        QTemporaryDir folder;
        WindowBench bench({1600, 1000}, false, script(folder, "mkdir -p $XDG_DATA_HOME/foothold/models && echo x > $XDG_DATA_HOME/foothold/models/SmolLM2-135M-Instruct.Q4_1.gguf"));
        bench.trigger("model.get");
        QVERIFY2(bench.window->notice()->text().contains(QStringLiteral("98 MB")) && bench.window->notice()->text().contains(QStringLiteral("Apache-2.0")), qPrintable(bench.window->notice()->text()));
        QVERIFY(!std::filesystem::exists(data_dir() / "models"));
        QVERIFY(!bench.find<QSpinBox>("model.lora_rank")->isVisible());
        bench.click("notice.fetch");
        QTRY_VERIFY(bench.window->notice()->text().contains(QStringLiteral("is there")));
        bench.click("notice.words");
        QTRY_COMPARE(bench.made.size(), std::size_t{2});
        QCOMPARE(bench.made.back().problems.family, std::string("words"));
        // What the experiment names is what was fetched.
        QCOMPARE(find_file(bench.made.back().model.path), data_dir() / bench.made.back().model.path);
        // A model of that size may be trained through an adapter.
        auto* rank = bench.find<QSpinBox>("model.lora_rank");
        QVERIFY(rank->isVisible());
        QCOMPARE(rank->text(), QStringLiteral("All weights"));
        rank->setValue(16);
        bench.trigger("run");
        QCOMPARE(bench.made.back().model.lora_rank, std::int64_t{16});
    }

    void aFetchThatFailsSaysWhy() {
        QTemporaryDir folder;
        WindowBench bench({1600, 1000}, false, script(folder, "echo 'bootstrap: no route to anywhere'; exit 2"));
        bench.trigger("model.get");
        bench.click("notice.fetch");
        QTRY_VERIFY2(bench.window->notice()->text().contains(QStringLiteral("no route to anywhere")), qPrintable(bench.window->notice()->text()));
    }

    void withoutTheScriptItSaysWhatToType() {
        WindowBench bench({1600, 1000}, false, "/nowhere/fetch");
        bench.trigger("model.get");
        QVERIFY(bench.window->notice()->text().contains(QStringLiteral("packaging/bootstrap --with-smollm2")));
    }

   private:
    std::unique_ptr<QTemporaryDir> data_;
};

QTEST_MAIN(TestGetModel)
#include "test_get_model.moc"

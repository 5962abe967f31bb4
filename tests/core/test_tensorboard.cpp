// SPDX-License-Identifier: GPL-3.0-or-later
// TensorBoard's event files, byte for byte. The reference bytes were written by the record writer and the protobuf
// classes of the Python package tensorboard 2.21.0 (tensorboard.summary.writer.record_writer,
// tensorboard.compat.proto.event_pb2) from the values named here.
#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "core/store_samples.h"
#include "record/error.h"
#include "store/tensorboard.h"

using namespace foothold;
namespace fs = std::filesystem;

class TestTensorboard : public QObject {
    Q_OBJECT
    QTemporaryDir tmp_;
    fs::path path(const char* name) { return fs::path(tmp_.path().toStdString()) / name; }

    static QByteArray hex(const std::string& bytes) { return QByteArray::fromStdString(bytes).toHex(); }
    static std::string content(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::unique_ptr<RunReader> store(const char* name, const std::vector<StepRecord>& records) {
        auto writer = RunWriter::create(path(name), samples::experiment("ghpo"), samples::info());
        for (const StepRecord& record : records) writer->append(record);
        writer->flush();
        return RunReader::open(path(name));
    }
    static StepRecord measured(std::int64_t step, std::vector<std::pair<std::string, double>> metrics) {
        StepRecord record;
        record.summary.step = step;
        record.summary.metrics = std::move(metrics);
        return record;
    }

private slots:
    /// RFC 3720, appendix B.4, and the usual check value.
    void theChecksumIsCastagnolis() {
        QCOMPARE(tensorboard::crc32c("123456789"), 0xe3069283u);
        QCOMPARE(tensorboard::crc32c(std::string(32, '\0')), 0x8a9136aau);
        QCOMPARE(tensorboard::crc32c(std::string(32, '\xff')), 0x62a8ab43u);
        QCOMPARE(tensorboard::crc32c(""), 0u);
    }

    /// wall_time 1.5, step 300, reward 0.1, heldout/*:10/accuracy 0.25.
    void recordsEqualThoseOfThePackage() {
        const std::vector<std::pair<std::string, double>> scalars = {{"reward", 0.1}, {"heldout/*:10/accuracy", 0.25}};
        QCOMPARE(
            hex(tensorboard::record(tensorboard::version_event()) +
                tensorboard::record(tensorboard::scalars_event(1.5, 300, scalars))),
            QByteArray("0f000000000000006d532b091a0d627261696e2e4576656e743a32fc9851293b000000000000001a23ac5c090000000"
                       "00000f83f10ac022a2d0a0d0a06"
                       "72657761726415cdcccc3d0a1c0a1568656c646f75742f2a3a31302f6163637572616379150000803e2cfb7242"));
    }

    void zerosAndWhatIsNoNumber() {
        const auto one = [](double value) {
            const std::vector<std::pair<std::string, double>> scalars = {{"loss", value}};
            return hex(tensorboard::scalars_event(0, 0, scalars));
        };
        QCOMPARE(one(0), QByteArray("2a0d0a0b0a046c6f73731500000000"));
        QCOMPARE(one(std::numeric_limits<double>::quiet_NaN()), QByteArray("2a0d0a0b0a046c6f7373150000c07f"));
        QCOMPARE(hex(tensorboard::scalars_event(0, 0, {})), QByteArray("2a00"));
    }

    /// A record a step, its time the training time so far; a second export gives the same bytes.
    void aRunBecomesOneFile() {
        const auto run = store("run", {measured(0, {{"x", 1}}), measured(1, {{"x", 2}, {"step_time", 0.5}}),
                                       measured(2, {{"x", 3}, {"step_time", 0.25}})});
        const fs::path dir = path("a/b"), file = dir / "events.out.tfevents.0.foothold";
        export_tensorboard(*run, dir);
        std::string expected = tensorboard::record(tensorboard::version_event());
        const auto add = [&](double time, std::int64_t step, std::vector<std::pair<std::string, double>> scalars) {
            expected += tensorboard::record(tensorboard::scalars_event(time, step, scalars));
        };
        add(0, 0, {{"x", 1}});
        add(0.5, 1, {{"x", 2}, {"step_time", 0.5}});
        add(0.75, 2, {{"x", 3}, {"step_time", 0.25}});
        QCOMPARE(hex(content(file)), hex(expected));
        export_tensorboard(*run, dir);
        QCOMPARE(hex(content(file)), hex(expected));
        QCOMPARE(std::distance(fs::directory_iterator(dir), fs::directory_iterator()),
                 1);  // Nothing half-written beside it.
    }

    void aRunWithoutSteps() {
        export_tensorboard(*store("empty", {}), path("none"));
        QCOMPARE(hex(content(path("none") / "events.out.tfevents.0.foothold")),
                 hex(tensorboard::record(tensorboard::version_event())));
    }

    void aPlaceThatIsNoFolder() {
        const auto run = store("refused", {});
        std::ofstream(path("file")) << "kept";
        QVERIFY_THROWS_EXCEPTION(UserError, export_tensorboard(*run, path("file")));
        QCOMPARE(content(path("file")), std::string("kept"));
        QVERIFY_THROWS_EXCEPTION(UserError, export_tensorboard(*run, "/proc/nowhere"));
    }
};

QTEST_GUILESS_MAIN(TestTensorboard)
#include "test_tensorboard.moc"

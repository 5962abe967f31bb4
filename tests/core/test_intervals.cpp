// SPDX-License-Identifier: GPL-3.0-or-later
// Intervals against worked examples and against simulation.
#include <QtTest>
#include <cmath>
#include <random>

#include "statistics/intervals.h"

using namespace foothold;

class TestIntervals : public QObject {
    Q_OBJECT

   private Q_SLOTS:
    /// Newcombe 1998 (Statistics in Medicine 17:873-890), table II, method 10, printed to four digits.
    void agreesWithThePaper_data() {
        QTest::addColumn<double>("x1");
        QTest::addColumn<double>("n1");
        QTest::addColumn<double>("x2");
        QTest::addColumn<double>("n2");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("56/70 - 48/80") << 56.0 << 70.0 << 48.0 << 80.0 << 0.0524 << 0.3339;
        QTest::newRow("9/10 - 3/10") << 9.0 << 10.0 << 3.0 << 10.0 << 0.1705 << 0.8090;
        QTest::newRow("6/7 - 2/7") << 6.0 << 7.0 << 2.0 << 7.0 << 0.0582 << 0.8062;
        QTest::newRow("5/56 - 0/29") << 5.0 << 56.0 << 0.0 << 29.0 << -0.0381 << 0.1926;
        QTest::newRow("0/10 - 0/20") << 0.0 << 10.0 << 0.0 << 20.0 << -0.1611 << 0.2775;
        QTest::newRow("10/10 - 0/20") << 10.0 << 10.0 << 0.0 << 20.0 << 0.6791 << 1.0;
    }
    void agreesWithThePaper() {
        QFETCH(double, x1);
        QFETCH(double, n1);
        QFETCH(double, x2);
        QFETCH(double, n2);
        QFETCH(double, low);
        QFETCH(double, high);
        const auto [from, to] = newcombe_difference(x1, n1, x2, n2);
        QVERIFY2(std::abs(from - low) < 6e-5 && std::abs(to - high) < 6e-5, qPrintable(QStringLiteral("[%1, %2]").arg(from, 0, 'f', 5).arg(to, 0, 'f', 5)));
        const auto [back_from, back_to] = newcombe_difference(x2, n2, x1, n1);
        QVERIFY(std::abs(back_from + to) < 1e-12 && std::abs(back_to + from) < 1e-12);
    }

    void nothingSampledSaysNothing() {
        QCOMPARE(newcombe_difference(0, 0, 3, 4), (std::pair<double, double>(-1, 1)));
        QCOMPARE(newcombe_difference(3, 4, 0, 0), (std::pair<double, double>(-1, 1)));
    }

    void fiellersIntervalHoldsTheTruthAsOftenAsItSays() {
        // (p1 - p0) / (p2 - p0) from three shares of 96 attempts each, as at one cut of a curve.
        std::mt19937_64 random(3);
        const double p0 = 0.1, p1 = 0.4, p2 = 0.7, truth = (p1 - p0) / (p2 - p0);
        const int n = 96, trials = 4000;
        int held = 0;
        for (int i = 0; i < trials; ++i) {
            const auto share = [&](double p) { return std::binomial_distribution<int>(n, p)(random) / static_cast<double>(n); };
            const auto variance = [](double p) { return p * (1 - p) / n; };
            const double a0 = share(p0), a1 = share(p1), a2 = share(p2);
            const auto interval = fieller_ratio(a1 - a0, a2 - a0, variance(a1) + variance(a0), variance(a2) + variance(a0), variance(a0));
            QVERIFY(interval);
            held += interval->first <= truth && truth <= interval->second;
        }
        QVERIFY2(held > 0.93 * trials && held < 0.97 * trials, qPrintable(QString::number(held)));
        QVERIFY(!fieller_ratio(0.1, 0.05, 0.01, 0.01, 0));
    }
};

QTEST_GUILESS_MAIN(TestIntervals)
#include "test_intervals.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The theme: text can be read in both modes, icons and fonts are all there and take the colour asked for.
#include <QApplication>
#include <QDir>
#include <QFontInfo>
#include <QPen>
#include <QPixmap>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <set>

#include "ui/theme/theme.h"

using namespace foothold;
using namespace foothold::ui;

namespace {

/// Relative luminance and contrast ratio of WCAG 2.1.
double luminance(const QColor& c) {
    const auto linear = [](double x) { return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

double contrast(const QColor& a, const QColor& b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

class TestTheme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void textIsReadable_data() {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void textIsReadable() {
        QFETCH(bool, dark);
        Theme& theme = Theme::instance();
        theme.setMode(dark ? Theme::Mode::dark : Theme::Mode::light);
        QCOMPARE(theme.isDark(), dark);
        const auto check = [&](ColorRole ink, ColorRole ground) {
            const double ratio = contrast(theme.color(ink), theme.color(ground));
            QVERIFY2(ratio >= 4.5,
                     qPrintable(QStringLiteral("role %1 on %2: %3").arg(int(ink)).arg(int(ground)).arg(ratio)));
        };
        for (const auto ground : {ColorRole::window, ColorRole::surface, ColorRole::sunken, ColorRole::field})
            for (const auto ink : {ColorRole::text, ColorRole::text2, ColorRole::text3}) check(ink, ground);
        for (const auto ink :
             {ColorRole::accent, ColorRole::good, ColorRole::bad, ColorRole::warn, ColorRole::allRightLine})
            check(ink, ColorRole::surface);
        check(ColorRole::onAccent, ColorRole::accent);
        check(ColorRole::text, ColorRole::accentSoft);
        check(ColorRole::text, ColorRole::given);
        QCOMPARE(QApplication::palette().color(QPalette::WindowText), theme.color(ColorRole::text));
        QVERIFY(!qApp->styleSheet().contains('%'));  // Every token was filled in.
    }

    void hintLevelsDifferInLightness() {
        Theme& theme = Theme::instance();
        for (const auto mode : {Theme::Mode::light, Theme::Mode::dark}) {
            theme.setMode(mode);
            const QColor a = theme.stateColor(GroupState::rescued, 0, .25),
                         b = theme.stateColor(GroupState::rescued, 0, .5),
                         c = theme.stateColor(GroupState::rescued, 0, .75);
            QVERIFY(contrast(a, b) > 1.4);
            QVERIFY(contrast(b, c) > 1.4);
        }
    }

    void everyIconLoadsAndTakesItsColour() {
        Theme::instance().setMode(Theme::Mode::light);
        const QStringList files = QDir(QStringLiteral(FOOTHOLD_SOURCE_DIR "/resources/icons")).entryList({"*.svg"});
        QVERIFY(files.size() >= 20);
        for (const QString& file : files) {
            const QString name = file.chopped(4);
            QVERIFY2(QFile::exists(":/icons/" + file), qPrintable(name + " is not in window.qrc"));
            const QImage image = Theme::instance().icon(name, ColorRole::bad).pixmap(QSize(32, 32)).toImage();
            std::set<QRgb> solid;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (qAlpha(image.pixel(x, y)) == 255) solid.insert(image.pixel(x, y));
            QVERIFY2(!solid.empty(), qPrintable(name));
            if (name != "app")
                QVERIFY2(solid.contains(Theme::instance().color(ColorRole::bad).rgb()), qPrintable(name));
        }
        QVERIFY(Theme::instance().icon("no-such-icon").isNull());
    }

    void iconFollowsTheTheme() {
        Theme& theme = Theme::instance();
        theme.setMode(Theme::Mode::light);
        const QIcon icon = theme.icon("stop");
        const QRgb light = icon.pixmap(QSize(16, 16)).toImage().pixel(8, 8);
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setMode(Theme::Mode::dark);
        QCOMPARE(changed.count(), 1);
        const QRgb dark = icon.pixmap(QSize(16, 16)).toImage().pixel(8, 8);
        QCOMPARE(light, 0xFF18202Bu);
        QCOMPARE(dark, theme.color(ColorRole::text).rgb());
        QCOMPARE(icon.pixmap(QSize(16, 16), QIcon::Disabled).toImage().pixel(8, 8),
                 theme.color(ColorRole::text3).rgb());
    }

    void fontsAreOurs() {
        const Theme& theme = Theme::instance();
        for (const auto role : {FontRole::cardTitle, FontRole::sectionTitle, FontRole::body, FontRole::button,
                                FontRole::caption, FontRole::headline})
            QCOMPARE(QFontInfo(theme.font(role)).family(), QStringLiteral("Inter"));
        QCOMPARE(QFontInfo(theme.font(FontRole::mono)).family(), QStringLiteral("JetBrains Mono"));
        QCOMPARE(theme.font(FontRole::cardTitle).pixelSize(), 14);
        QCOMPARE(theme.font(FontRole::caption).pixelSize(), 11);
    }

    void tiersDifferByDashAndWeight() {
        const Theme& theme = Theme::instance();
        for (int tier = 1; tier < 4; ++tier)
            QVERIFY(theme.tierPen(tier, 4).dashPattern() != theme.tierPen(tier - 1, 4).dashPattern());
        QCOMPARE(theme.tierPen(3, 4).style(), Qt::SolidLine);
        QVERIFY(theme.tierPen(3, 4).widthF() > theme.tierPen(0, 4).widthF());
    }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"

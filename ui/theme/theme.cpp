// SPDX-License-Identifier: GPL-3.0-or-later
// The colours, fonts and measures of interface/spec.md section 2, and the application's palette and style sheet made
// from them.
#include "ui/theme/theme.h"

#include "ui/theme/controls.h"
#include "ui/theme/icons.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QPen>
#include <QStyle>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>

static void initWindowResources() { Q_INIT_RESOURCE(window); }  // A static library's resources wait to be asked for.

namespace foothold::ui {
namespace {

struct Token {
    ColorRole role;
    QRgb light, dark;
};

constexpr std::array kTokens = {
    Token{ColorRole::window, 0xEEF0F3, 0x101318},
    Token{ColorRole::surface, 0xFFFFFF, 0x191D24},
    Token{ColorRole::sunken, 0xF6F7F9, 0x14181E},
    Token{ColorRole::field, 0xFFFFFF, 0x20252E},
    Token{ColorRole::border, 0xDEE2E8, 0x2A303A},
    Token{ColorRole::borderStrong, 0xC3CAD4, 0x414957},
    Token{ColorRole::text, 0x18202B, 0xE7EAEF},
    Token{ColorRole::text2, 0x4C5766, 0xB0B9C5},
    Token{ColorRole::text3, 0x626D7B, 0x8D97A5},
    Token{ColorRole::accent, 0x2459C4, 0x6AA2F7},
    Token{ColorRole::onAccent, 0xFFFFFF, 0x0B1220},
    Token{ColorRole::accentSoft, 0xE8EFFC, 0x1D2C47},
    Token{ColorRole::good, 0x0B7A5B, 0x4FC3A1},
    Token{ColorRole::bad, 0xB23A1E, 0xF08A6C},
    Token{ColorRole::warn, 0x9A5B00, 0xF0B75A},
    Token{ColorRole::gridLine, 0xE9ECF0, 0x242A33},
    Token{ColorRole::allWrong, 0x979FAB, 0x5C6572},
    Token{ColorRole::allWrongLine, 0x6C7582, 0x858E9C},
    Token{ColorRole::mixedLow, 0xA9CBEA, 0x24476B},
    Token{ColorRole::mixedHigh, 0x1767AE, 0x5DB1F2},
    Token{ColorRole::allRight, 0xD3EBE4, 0x1E3F3A},
    Token{ColorRole::allRightLine, 0x2B7A68, 0x5FB8A4},
    // The three levels differ in lightness as well as in fill. The published dark .75 (F3B453) outshone the dead zone,
    // and .25 and .50 were close at 7 px: the steps are wider here and the dark ramp ends lower.
    Token{ColorRole::rescued25, 0xF3B75E, 0x8A5F22},
    Token{ColorRole::rescued50, 0xD97C0B, 0xBD7D2C},
    Token{ColorRole::rescued75, 0xA84F00, 0xE09F45},
    Token{ColorRole::rescuedGround, 0xFBE6C6, 0x3B2D17},
    Token{ColorRole::lucky, 0x8E4A94, 0xC98BD0},
    Token{ColorRole::given, 0xFBE6C6, 0x3B2D17},
    Token{ColorRole::rose, 0xA8508F, 0xDB8FC3},
};

constexpr bool tokensInOrder() {
    for (std::size_t i = 0; i < kTokens.size(); ++i)
        if (static_cast<std::size_t>(kTokens[i].role) != i) return false;
    return true;
}
static_assert(tokensInOrder(), "kTokens must list the roles in their order");

QColor mix(const QColor& a, const QColor& b, double share) {
    const auto part = [share](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * share)); };
    return {part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue())};
}

/// One rule a control; %names% are colour roles. Combo boxes, spin boxes, sliders and check boxes are painted by
/// Controls.
constexpr const char* kStyleSheet = R"(
QToolTip { color: %text%; background: %field%; border: 1px solid %borderStrong%; padding: 4px 6px; }
QMainWindow, QDialog { background: %window%; }
QFrame[card="true"] { background: %surface%; border: 1px solid %border%; border-radius: 6px; }
QFrame[verticalRule="true"] { background: %border%; border: none; }
QFrame[rule="true"] { background: %border%; border: none; max-height: 1px; min-height: 1px; }
QFrame[sunken="true"] { background: %sunken%; border: none; border-radius: 4px; }

QMenuBar { background: %window%; spacing: 0; padding: 0 4px; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 4px; margin: 1px 0; }
QMenuBar::item:selected { background: %border%; }
QMenu { background: %field%; border: 1px solid %borderStrong%; padding: 4px; }
QMenu::item { padding: 5px 22px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: %accentSoft%; color: %text%; }
QMenu::item:disabled { color: %text3%; }
QMenu::separator { height: 1px; background: %border%; margin: 4px 6px; }
QMenu::icon { padding-left: 6px; }

QPushButton { background: %field%; color: %text%; border: 1px solid %borderStrong%; border-radius: 4px; padding: 0 11px;
  min-height: 26px; font-weight: 500; }
QPushButton:hover { border-color: %text3%; }
QPushButton:pressed { background: %sunken%; }
QPushButton:checked { background: %accentSoft%; border-color: %accent%; }
QPushButton:disabled { background: transparent; color: %text3%; border-color: %border%; }
QPushButton[primary="true"] { background: %accent%; color: %onAccent%; border-color: %accent%; }
QPushButton[primary="true"]:hover { background: %accentHover%; border-color: %accentHover%; }
QPushButton[primary="true"]:pressed { background: %accentPressed%; border-color: %accentPressed%; }
QPushButton[primary="true"]:disabled { background: transparent; color: %text3%; border-color: %border%; }
QPushButton[flat="true"] { background: transparent; border-color: transparent; }
QPushButton[flat="true"]:hover { border-color: %borderStrong%; }
QPushButton[pill="true"] { border-radius: 13px; min-height: 24px; }
QPushButton[link="true"] { background: transparent; border: none; padding: 0; color: %accent%; min-height: 18px; }
QPushButton[link="true"]:hover { text-decoration: underline; }
QPushButton[link="true"]:disabled { color: %text3%; }
QPushButton:focus { border: 2px solid %accent%; padding: 0 10px; min-height: 24px; }
QPushButton[primary="true"]:focus { border-color: %accentRing%; }
QPushButton[link="true"]:focus { border: none; padding: 0; text-decoration: underline; min-height: 18px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px; }
QToolButton:hover { border-color: %borderStrong%; }
QToolButton:pressed, QToolButton:checked { background: %accentSoft%; }
QToolButton:focus { border: 2px solid %accent%; padding: 3px; }
QToolButton::menu-indicator { image: none; }

QFrame[segmented="true"] { background: %segment%; border: 1px solid %border%; border-radius: 6px; }
QFrame[segmented="true"] QToolButton, QFrame[segmented="true"] QPushButton { background: transparent; border: 1px solid transparent;
  border-radius: 5px; padding: 0 16px; min-height: 24px; color: %text2%; font-weight: 500; }
QFrame[segmented="true"] QToolButton:hover, QFrame[segmented="true"] QPushButton:hover { border-color: %borderStrong%; }
QFrame[segmented="true"] QToolButton:checked, QFrame[segmented="true"] QPushButton:checked { background: %segmentOn%; color: %text%;
  font-weight: 600; border-color: %borderStrong%; }
QFrame[segmented="true"] QToolButton:focus, QFrame[segmented="true"] QPushButton:focus { border: 1px solid %accent%; }
QFrame[segmented="true"] QToolButton:disabled, QFrame[segmented="true"] QPushButton:disabled { color: %text3%; }

QLineEdit { background: %field%; color: %text%; border: 1px solid %borderStrong%; border-radius: 4px; padding: 0 7px; min-height: 26px;
  selection-background-color: %accent%; selection-color: %onAccent%; }
QLineEdit:hover { border-color: %text3%; }
QLineEdit:focus { border: 2px solid %accent%; padding: 0 6px; min-height: 24px; }
QLineEdit:disabled { background: transparent; color: %text3%; border-color: %border%; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none; padding: 0; min-height: 0; }
QPlainTextEdit, QTextEdit { background: %field%; color: %text%; border: 1px solid %border%; border-radius: 4px;
  selection-background-color: %accent%; selection-color: %onAccent%; }

QScrollArea, QScrollArea > QWidget, QScrollArea > QWidget > QWidget { background: transparent; }
QScrollArea { border: none; }
QAbstractItemView { background: %field%; color: %text%; border: 1px solid %border%; border-radius: 4px; outline: none;
  alternate-background-color: %sunken%; selection-background-color: %accentSoft%; selection-color: %text%; }
QAbstractItemView::item { min-height: 26px; padding: 0 6px; border: none; }
QAbstractItemView::item:hover { background: %sunken%; }
QAbstractItemView::item:selected { background: %accentSoft%; color: %text%; }
QHeaderView::section { background: %sunken%; color: %text2%; border: none; border-bottom: 1px solid %border%; padding: 4px 6px; }
QComboBoxPrivateContainer { background: %field%; border: 1px solid %borderStrong%; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; margin: 0; }
QScrollBar:horizontal { height: 10px; margin: 0; }
QScrollBar::handle { background: %borderStrong%; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 28px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 28px; margin: 2px; }
QScrollBar::handle:hover { background: %text3%; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: %border%; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: %accent%; border-radius: 2px; }
QSplitter::handle { background: transparent; }
QStatusBar { background: %window%; border-top: 1px solid %border%; }
QStatusBar::item { border: none; }
QTabBar::tab { background: transparent; border: none; padding: 6px 12px; color: %text2%; }
QTabBar::tab:selected { color: %text%; border-bottom: 2px solid %accent%; }
QTabWidget::pane { border: none; }
)";

QString filled(QString sheet, const Theme& theme) {
    static constexpr std::array names = {
        std::pair{"borderStrong", ColorRole::borderStrong},
        std::pair{"border", ColorRole::border},
        std::pair{"window", ColorRole::window},
        std::pair{"surface", ColorRole::surface},
        std::pair{"sunken", ColorRole::sunken},
        std::pair{"field", ColorRole::field},
        std::pair{"text2", ColorRole::text2},
        std::pair{"text3", ColorRole::text3},
        std::pair{"text", ColorRole::text},
        std::pair{"accentSoft", ColorRole::accentSoft},
        std::pair{"accent", ColorRole::accent},
        std::pair{"onAccent", ColorRole::onAccent},
    };
    const auto put = [&sheet](const char* name, const QColor& color) {
        sheet.replace(QStringLiteral("%") + name + "%", color.name());
    };
    for (const auto& [name, role] : names) put(name, theme.color(role));
    const QColor accent = theme.color(ColorRole::accent), ink = theme.color(ColorRole::text);
    put("accentHover", mix(accent, ink, 0.15));
    put("accentPressed", mix(accent, ink, 0.30));
    put("accentRing", mix(accent, ink, 0.60));
    put("segment", theme.isDark() ? theme.color(ColorRole::sunken)
                                  : mix(theme.color(ColorRole::window), theme.color(ColorRole::border), 0.6));
    put("segmentOn", theme.isDark() ? theme.color(ColorRole::border) : theme.color(ColorRole::surface));
    return sheet;
}

QPalette palette(const Theme& theme) {
    QPalette p;
    const auto set = [&](QPalette::ColorRole role, ColorRole token) { p.setColor(role, theme.color(token)); };
    set(QPalette::Window, ColorRole::window);
    set(QPalette::WindowText, ColorRole::text);
    set(QPalette::Base, ColorRole::field);
    set(QPalette::AlternateBase, ColorRole::sunken);
    set(QPalette::Text, ColorRole::text);
    set(QPalette::PlaceholderText, ColorRole::text3);
    set(QPalette::Button, ColorRole::field);
    set(QPalette::ButtonText, ColorRole::text);
    set(QPalette::BrightText, ColorRole::onAccent);
    set(QPalette::Highlight, ColorRole::accent);
    set(QPalette::HighlightedText, ColorRole::onAccent);
    set(QPalette::ToolTipBase, ColorRole::field);
    set(QPalette::ToolTipText, ColorRole::text);
    set(QPalette::Link, ColorRole::accent);
    set(QPalette::LinkVisited, ColorRole::accent);
    set(QPalette::Light, ColorRole::surface);
    set(QPalette::Midlight, ColorRole::border);
    set(QPalette::Mid, ColorRole::borderStrong);
    set(QPalette::Dark, ColorRole::text3);
    set(QPalette::Shadow, ColorRole::border);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, theme.color(ColorRole::text3));
    return p;
}

/// Family of a bundled font file; the fallback if it cannot be read.
QString family(const QString& file, const QString& fallback) {
    const QStringList families = QFontDatabase::applicationFontFamilies(QFontDatabase::addApplicationFont(file));
    return families.isEmpty() ? fallback : families.front();
}

struct Families {
    QString sans, mono;
};

const Families& families() {
    static const Families loaded = [] {
        const Families f{family(":/fonts/Inter-Regular.otf", "DejaVu Sans"),
                         family(":/fonts/JetBrainsMono-Regular.ttf", "DejaVu Sans Mono")};
        for (const char* file :
             {"Inter-Medium.otf", "Inter-SemiBold.otf", "JetBrainsMono-Medium.ttf", "JetBrainsMono-SemiBold.ttf"})
            QFontDatabase::addApplicationFont(QStringLiteral(":/fonts/") + file);
        return f;
    }();
    return loaded;
}

/// Is the desktop's own palette dark? Asked before any palette of ours is set.
bool systemIsDark() {
    static const bool dark = QGuiApplication::palette().color(QPalette::Window).lightness() < 128;
    return dark;
}

}  // namespace

Theme::Theme() {
    initWindowResources();
    systemIsDark();
}

Theme& Theme::instance() {
    static Theme theme;
    return theme;
}

void Theme::setMode(Mode mode) {
    mode_ = mode;
    dark_ = mode == Mode::dark || (mode == Mode::system && systemIsDark());
    apply();
    Q_EMIT changed();
}

void Theme::apply() {
    if (!qobject_cast<QApplication*>(QCoreApplication::instance())) return;
    if (!qApp->property("footholdStyle").toBool()) {
        QApplication::setStyle(new Controls);
        qApp->setProperty("footholdStyle", true);
    }
    QApplication::setFont(font(FontRole::body));
    const QPalette colors = palette(*this);
    QApplication::setPalette(colors);
    QToolTip::setPalette(colors);
    QToolTip::setFont(font(FontRole::caption));
    if (!starting_) qApp->setStyleSheet(filled(kStyleSheet, *this));
}

void Theme::finishStart() {
    starting_ = false;
    apply();
}

QColor Theme::color(ColorRole role) const {
    const Token& token = kTokens[static_cast<std::size_t>(role)];
    return QColor::fromRgb(dark_ ? token.dark : token.light);
}

QFont Theme::font(FontRole role) const {
    const auto make = [](const QString& family, int pixels, QFont::Weight weight) {
        QFont f(family);
        f.setPixelSize(pixels);
        f.setWeight(weight);
        f.setHintingPreference(QFont::PreferNoHinting);
        // Kerning is not seen in small print, and the window spends a sixth of its time on it.
        if (pixels <= 12) f.setStyleStrategy(QFont::PreferNoShaping);
        return f;
    };
    const auto& [sans, mono] = families();
    switch (role) {
        case FontRole::cardTitle: return make(sans, 14, QFont::DemiBold);
        case FontRole::sectionTitle: return make(sans, 12, QFont::DemiBold);
        case FontRole::body: return make(sans, 12, QFont::Normal);
        case FontRole::button: return make(sans, 12, QFont::Medium);
        case FontRole::caption: return make(sans, 11, QFont::Normal);
        case FontRole::mono: return make(mono, 12, QFont::Normal);
        case FontRole::headline: return make(sans, 38, QFont::DemiBold);
    }
    return {};
}

QIcon Theme::icon(const QString& name, ColorRole role) const { return tintedIcon(name, role); }

QColor Theme::stateColor(GroupState state, double shareRight, double hintRatio) const {
    switch (state) {
        case GroupState::all_wrong: return color(ColorRole::allWrong);
        case GroupState::mixed:
            return mix(color(ColorRole::mixedLow), color(ColorRole::mixedHigh), std::clamp(shareRight, 0.0, 1.0));
        case GroupState::all_right: return color(ColorRole::allRight);
        case GroupState::rescued: {
            const int level = hintLevel(hintRatio);
            return color(level >= 3 ? ColorRole::rescued75 : level == 2 ? ColorRole::rescued50 : ColorRole::rescued25);
        }
        case GroupState::lucky: return color(ColorRole::lucky);
    }
    return {};
}

QPen Theme::tierPen(int index, int count) const {
    // From the hardest (solid, heavy, full ink) to the easiest (dots, light, grey).
    static const std::array<QList<qreal>, 4> dashes = {QList<qreal>{}, {9, 4}, {5, 3}, {1.5, 2.5}};
    static constexpr std::array widths = {1.8, 1.4, 1.3, 1.3};
    const int rank = std::clamp(count - 1 - index, 0, static_cast<int>(dashes.size()) - 1);
    const QColor ink =
        mix(color(ColorRole::text), color(ColorRole::text3), count > 1 ? std::min(1.0, (count - 1 - index) / 3.0) : 0);
    QPen pen(ink, widths[static_cast<std::size_t>(rank)]);
    pen.setCapStyle(Qt::FlatCap);
    if (rank > 0) pen.setDashPattern(dashes[static_cast<std::size_t>(rank)]);
    return pen;
}

int hintLevel(double ratio) { return ratio <= 0 ? 0 : ratio <= 0.375 ? 1 : ratio <= 0.625 ? 2 : 3; }

}  // namespace foothold::ui

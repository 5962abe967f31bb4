// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/studies/study_page.h"

#include <QHeaderView>
#include <QRegularExpression>
#include <QTableWidget>
#include <cmath>

#include "studies/arm_table.h"
#include "ui/views/common/card.h"
#include "ui/views/studies/contrast_card.h"
#include "ui/views/studies/study_chart.h"

namespace foothold::ui {
namespace {

QString text(const std::string& words) { return QString::fromStdString(words); }

Text* paragraph(const QString& words, FontRole font = FontRole::body, ColorRole color = ColorRole::text) {
    // ".427" without its zero, "-:4": Qt would end a line behind the point or colon. A word joiner keeps them whole.
    static const QRegularExpression point(QStringLiteral(R"(((?<!\d)\.|[-+*]:)(?=\d))"));
    auto* made = new Text(QString(words).replace(point, QStringLiteral("\\1\u2060")), font, color);
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    made->setFocusPolicy(Qt::NoFocus);
    return made;
}

QTableWidget* tableOf(const StudyReport& report) {
    auto* table = new QTableWidget(static_cast<int>(report.texts.size()), 0);
    table->setObjectName(QStringLiteral("study.table"));
    table->setAccessibleName(StudyPage::tr("Every arm with its interval"));
    int column = 0;
    for (const std::string& name : report.columns) {
        if (name == "arm") continue;
        table->insertColumn(column);
        table->setHorizontalHeaderItem(column, new QTableWidgetItem(name == "title" ? StudyPage::tr("arm") : name == "world" ? StudyPage::tr("setting") : text(name)));
        for (std::size_t row = 0; row < report.texts.size(); ++row) {
            QString shown;
            if (const auto words = report.texts[row].find(name); words != report.texts[row].end()) shown = text(words->second);
            else if (const auto number = report.numbers[row].find(name); number != report.numbers[row].end() && std::isfinite(number->second))
                shown = name == "seeds" || name == "seconds" ? QString::number(number->second, 'f', 0) : name == "Mtokens" ? QString::number(number->second, 'f', 2) : text(short_number(number->second));
            auto* item = new QTableWidgetItem(shown);
            item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
            item->setToolTip(shown);
            table->setItem(static_cast<int>(row), column, item);
        }
        ++column;
    }
    table->verticalHeader()->hide();
    table->setAlternatingRowColors(true);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->resizeColumnsToContents();
    for (int c = 0; c < table->columnCount(); ++c) table->setColumnWidth(c, std::min(table->columnWidth(c), 420));
    // As high as it is: a table that scrolls inside a page that scrolls takes the wheel away from it.
    table->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setFixedHeight(table->horizontalHeader()->sizeHint().height() + 26 + static_cast<int>(report.texts.size()) * table->rowHeight(0));
    return table;
}

void addLines(QVBoxLayout* body, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) body->addWidget(paragraph(QStringLiteral("•  ") + text(line), FontRole::body, ColorRole::text2));
}

}  // namespace

QString verdictWords(const std::string& verdict) {
    if (verdict == "supported") return StudyPage::tr("Supported here");
    if (verdict == "supported in part") return StudyPage::tr("Supported here in part");
    if (verdict == "mixed") return StudyPage::tr("Mixed here: the tasks disagree");
    if (verdict == "against") return StudyPage::tr("Speaks against it here");
    if (verdict == "no clear difference") return StudyPage::tr("No clear difference");
    return StudyPage::tr("Not decided");
}

StudyPage::StudyPage(const Study& study, StudySetting setting, const StudyReport& report, std::size_t cells, QWidget* parent) : QWidget(parent) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 12, 12);
    column->setSpacing(12);
    column->addWidget(paragraph(text(study.title()), FontRole::cardTitle));
    column->addWidget(paragraph(text(study.claim()), FontRole::body, ColorRole::text2));
    const auto card = [&](const char* name, const QString& title) {
        auto* made = new Card(QLatin1String(name));
        made->header()->addWidget(new Text(title, FontRole::cardTitle));
        made->header()->setContentsMargins(12, 10, 12, 4);
        made->body()->setContentsMargins(12, 0, 12, 12);
        made->body()->setSpacing(8);
        column->addWidget(made);
        return made->body();
    };
    QVBoxLayout* verdict = card("study.verdict", cells ? verdictWords(report.verdict) : tr("Not run yet"));
    verdict->addWidget(paragraph(cells ? text(report.sentence) : tr("Demonstrate runs at most three arms under one seed, to see how it works; Run everything gives intervals.")));
    if (cells) verdict->addWidget(paragraph(tr("Every arm may spend, under every seed: %1.").arg(text(study.budget())), FontRole::body, ColorRole::text2));
    // A verdict and its limits are read together, before the figures that bear them out.
    addLines(card("study.against", tr("What speaks against it, or limits it")), report.against);
    if (!report.contrasts.empty()) column->addWidget(new ContrastCard(text(study.name()), report.contrasts));
    for (std::size_t i = 0; i < report.plots.size(); ++i) column->addWidget(new StudyChart(text(study.name()), static_cast<int>(i + 1), report.plots[i]));
    if (cells && !report.findings.empty()) addLines(card("study.findings", tr("What else was found")), report.findings);
    if (!report.texts.empty()) card("study.rows", tr("Every arm"))->addWidget(tableOf(report));
    QVBoxLayout* design = card("study.design", tr("How it is done"));
    design->addWidget(paragraph(text(study.design()), FontRole::body, ColorRole::text2));
    design->addWidget(paragraph(QStringLiteral("foothold-cli study %1 --setting %2").arg(text(study.name()), QLatin1String(to_string(setting))), FontRole::mono, ColorRole::text2));
    column->addStretch(1);
}

}  // namespace foothold::ui

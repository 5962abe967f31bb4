// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions in the window.
#include "ui/views/studies/studies_dialog.h"

#include <signal.h>
#include <sys/wait.h>

#include <QComboBox>
#include <QHeaderView>
#include <QListWidget>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QTableWidget>
#include <cmath>
#include <nlohmann/json.hpp>

#include "record/paths.h"
#include "studies/arm_table.h"
#include "studies/study_progress.h"
#include "ui/views/common/card.h"
#include "ui/views/common/control_words.h"
#include "ui/views/studies/contrast_card.h"
#include "ui/views/studies/study_chart.h"

namespace foothold::ui {
namespace {

QString text(const std::string& words) { return QString::fromStdString(words); }

Text* paragraph(const QString& words, FontRole font = FontRole::body, ColorRole color = ColorRole::text) {
    // ".427" without its zero: Qt would end a line behind the point. A word joiner keeps the number whole.
    static const QRegularExpression point(QStringLiteral(R"((?<!\d)\.(?=\d))"));
    auto* made = new Text(QString(words).replace(point, QStringLiteral(".\u2060")), font, color);
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    made->setFocusPolicy(Qt::NoFocus);
    return made;
}

QString verdictWords(const std::string& verdict) {
    if (verdict == "supported") return StudiesDialog::tr("Supported here");
    if (verdict == "supported in part") return StudiesDialog::tr("Supported here in part");
    if (verdict == "mixed") return StudiesDialog::tr("Mixed here: the tasks disagree");
    if (verdict == "against") return StudiesDialog::tr("Speaks against it here");
    if (verdict == "no clear difference") return StudiesDialog::tr("No clear difference");
    return StudiesDialog::tr("Not decided");
}

QTableWidget* tableOf(const StudyReport& report) {
    auto* table = new QTableWidget(static_cast<int>(report.texts.size()), 0);
    table->setObjectName(QStringLiteral("study.table"));
    table->setAccessibleName(StudiesDialog::tr("Every arm with its interval"));
    int column = 0;
    for (const std::string& name : report.columns) {
        if (name == "arm") continue;
        table->insertColumn(column);
        table->setHorizontalHeaderItem(column, new QTableWidgetItem(name == "title" ? StudiesDialog::tr("arm") : name == "world" ? StudiesDialog::tr("setting") : text(name)));
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
    for (int c = 0; c < table->columnCount(); ++c) table->setColumnWidth(c, std::min(table->columnWidth(c), 250));
    table->setFixedHeight(std::min(460, table->horizontalHeader()->sizeHint().height() + 26 + static_cast<int>(report.texts.size()) * table->rowHeight(0)));
    return table;
}

}  // namespace

StudiesDialog::StudiesDialog(const std::filesystem::path& cells, const std::filesystem::path& evidence, QWidget* parent)
    : QDialog(parent), root_(cells), evidence_(cells.empty() && evidence.empty() ? shipped_cells(*studies().front()).parent_path() : evidence) {
    setObjectName(QStringLiteral("studies.dialog"));
    setWindowTitle(tr("Six questions"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(1180, 780);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::padding, Theme::padding, Theme::padding, Theme::padding);
    row->setSpacing(Theme::padding);
    list_ = new QListWidget;
    list_->setObjectName(QStringLiteral("studies.list"));
    list_->setAccessibleName(tr("Questions"));
    list_->setFixedWidth(270);
    list_->setWordWrap(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setSpacing(2);
    list_->setStyleSheet(QStringLiteral("QListWidget::item { padding: 6px 8px; }"));
    int number = 0;
    for (const auto& study : studies()) {
        auto* item = new QListWidgetItem(tr("%1  %2").arg(++number).arg(text(study->title())), list_);
        item->setData(Qt::UserRole, text(study->name()));
        item->setToolTip(text(study->claim()));
    }
    row->addWidget(list_);
    auto* right = new QVBoxLayout;
    right->setSpacing(10);
    auto* bar = new QHBoxLayout;
    bar->addWidget(state_ = new Text({}, FontRole::caption, ColorRole::text2), 1);
    state_->setObjectName(QStringLiteral("studies.state"));
    state_->setElided(true);
    bar->addWidget(source_ = new QComboBox);
    source_->setObjectName(QStringLiteral("studies.source"));
    source_->setAccessibleName(tr("Whose cells are shown"));
    source_->addItems({tr("Came with the program"), tr("My own runs")});
    source_->setMinimumWidth(source_->sizeHint().width() + 12);  // The words were cut at the arrow.
    connect(source_, &QComboBox::activated, this, &StudiesDialog::refresh);
    const auto button = [&](const char* name, const QString& words) {
        auto* made = new QPushButton(words);
        made->setObjectName(QLatin1String(name));
        made->setAutoDefault(false);
        bar->addWidget(made);
        return made;
    };
    quick_ = button("studies.quick", tr("Demonstrate, 3 minutes"));
    full_ = button("studies.full", tr("Run everything"));
    stop_ = button("studies.stop", tr("Stop"));
    quick_->setProperty("primary", true);
    connect(quick_, &QPushButton::clicked, this, [this] { run(StudySetting::quick); });
    connect(full_, &QPushButton::clicked, this, [this] { run(StudySetting::full); });
    connect(stop_, &QPushButton::clicked, this, &StudiesDialog::stop);
    right->addLayout(bar);
    page_ = new QScrollArea;
    page_->setObjectName(QStringLiteral("studies.page"));
    page_->setAccessibleName(tr("What the study says"));
    page_->setWidgetResizable(true);
    page_->setFrameShape(QFrame::NoFrame);
    page_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    right->addWidget(page_, 1);
    row->addLayout(right, 1);
    connect(list_, &QListWidget::currentRowChanged, this, &StudiesDialog::choose);
    timer_.setInterval(1000);
    connect(&timer_, &QTimer::timeout, this, &StudiesDialog::refresh);
    list_->setCurrentRow(0);
    explainControls(this);
    collectVerdicts();
}

StudiesDialog::~StudiesDialog() = default;

std::filesystem::path StudiesDialog::dir(const Study& study, StudySetting setting) const {
    return root_.empty() ? study_dir(study, setting) : root_ / study.name() / to_string(setting);
}

void StudiesDialog::collectVerdicts() {
    verdicts_ = std::jthread([this](std::stop_token stop) {
        for (const auto& study : studies()) {
            if (stop.stop_requested()) return;
            auto cells = read_cells(*study, StudySetting::full, dir(*study, StudySetting::full));
            if (cells.empty() && !evidence_.empty()) cells = read_cells(*study, StudySetting::full, evidence_ / (study->name() + ".jsonl"));
            if (cells.empty()) continue;
            const QString words = verdictWords(study->report(StudySetting::full, cells).verdict);
            QMetaObject::invokeMethod(this, [this, name = study->name(), words] { showVerdict(name, words); });
        }
    });
}

void StudiesDialog::showVerdict(const std::string& study, const QString& words) {
    for (int i = 0; i < list_->count(); ++i)
        if (QListWidgetItem* item = list_->item(i); item->data(Qt::UserRole).toString() == text(study))
            item->setText(tr("%1  %2\n%3").arg(i + 1).arg(text(find_study(study).title()), words));
}

void StudiesDialog::showStudy(const std::string& study) {
    for (int i = 0; i < list_->count(); ++i)
        if (list_->item(i)->data(Qt::UserRole).toString() == text(study)) list_->setCurrentRow(i);
}

const Study& StudiesDialog::study() const { return find_study(list_->currentItem()->data(Qt::UserRole).toString().toStdString()); }

void StudiesDialog::choose() {
    shipped_ = evidence_.empty() ? std::vector<StoredCell>() : read_cells(study(), StudySetting::full, evidence_ / (study().name() + ".jsonl"));
    source_->setVisible(!shipped_.empty());
    source_->setCurrentIndex(shipped_.empty() || !read_cells(study(), StudySetting::full, dir(study(), StudySetting::full)).empty());
    refresh();
}

bool StudiesDialog::running() const { return process_ > 0 && ::kill(static_cast<pid_t>(process_), 0) == 0; }

void StudiesDialog::run(StudySetting setting) {
    if (running() || !list_->currentItem()) return;
    const Study& study = this->study();
    const auto program = program_dir() / "foothold-cli";
    const QStringList call = {QStringLiteral("study"), text(study.name()), QStringLiteral("--setting"), QLatin1String(to_string(setting)), QStringLiteral("--out"), text(dir(study, setting).string())};
    if (!QProcess::startDetached(text(program.string()), call, QString(), &process_)) {
        Q_EMIT failed(tr("%1 could not be started: it runs the cells of a study").arg(text(program.string())));
        return;
    }
    running_ = setting;
    runningStudy_ = study.name();
    source_->setCurrentIndex(1);
    timer_.start();
    refresh();
}

void StudiesDialog::stop() {
    if (running()) ::kill(static_cast<pid_t>(process_), SIGINT);
}

void StudiesDialog::refresh() {
    if (!list_->currentItem()) return;
    const Study& study = this->study();
    const bool now = running();
    if (!now) timer_.stop();
    quick_->setEnabled(!now);
    full_->setEnabled(!now);
    stop_->setVisible(now);
    double hours = 0;
    for (const StudyCell& cell : study.cells(StudySetting::full)) hours += cell.minutes / 60;
    full_->setText(tr("Run everything, %1 core hours").arg(hours, 0, 'f', 1));
    full_->setToolTip(tr("%1 cells, a core each at a time, on all cores; it goes on where it stopped").arg(study.cells(StudySetting::full).size()));
    fill(study);
    if (now) state_->setText(runningWords());
}

QString StudiesDialog::runningWords() const {
    const Study& study = find_study(runningStudy_);
    const auto progress = read_progress(dir(study, running_));
    const auto number = 1 + std::ranges::find_if(studies(), [&](const auto& s) { return s.get() == &study; }) - studies().begin();
    if (!progress) return tr("Question %1 begins").arg(number);
    QString words = tr("Question %1: %2 of %3 cells").arg(number).arg(progress->done).arg(progress->cells);
    if (progress->seconds_left > 0) words += progress->seconds_left < 90 ? tr(", %1 s left").arg(progress->seconds_left, 0, 'f', 0) : tr(", %1 min left").arg(progress->seconds_left / 60, 0, 'f', 0);
    if (progress->tokens_per_second >= 1000) words += tr(", %1 thousand tokens/s").arg(progress->tokens_per_second / 1000, 0, 'f', 0);
    return words;
}

void StudiesDialog::fill(const Study& study) {
    StudySetting setting = StudySetting::full;
    const bool own = source_->currentIndex() == 1;
    auto cells = own ? read_cells(study, setting, dir(study, setting)) : shipped_;
    if (cells.empty()) {
        setting = StudySetting::quick;
        cells = read_cells(study, setting, dir(study, setting));
    }
    const auto planned = study.cells(setting).size();
    state_->setText(cells.empty() ? tr("Nothing is stored of it yet")
                    : setting == StudySetting::quick ? tr("Demonstration, no interval: %1 of %2 cells").arg(cells.size()).arg(planned)
                    : cells.size() < planned         ? tr("Partial: %1 of %2 cells").arg(cells.size()).arg(planned)
                                                     : tr("All %1 cells").arg(planned));
    const std::tuple shown(study.name(), own, cells.size());
    if (std::exchange(shown_, shown) == shown) return;  // Nothing new: the page stays where it was scrolled to.
    const StudyReport report = study.report(setting, cells);
    if (setting == StudySetting::full && !cells.empty()) showVerdict(study.name(), verdictWords(report.verdict));
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
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
    QVBoxLayout* verdict = card("study.verdict", cells.empty() ? tr("Not run yet") : verdictWords(report.verdict));
    verdict->addWidget(paragraph(cells.empty() ? tr("Demonstrate runs at most three arms under one seed, to see how it works; Run everything gives intervals.") : text(report.sentence)));
    if (!cells.empty()) verdict->addWidget(paragraph(tr("Every arm may spend, under every seed: %1.").arg(text(study.budget())), FontRole::body, ColorRole::text2));
    if (!cells.empty())
        for (const std::string& finding : report.findings) verdict->addWidget(paragraph(QStringLiteral("•  ") + text(finding), FontRole::body, ColorRole::text2));
    if (!report.contrasts.empty()) column->addWidget(new ContrastCard(text(study.name()), report.contrasts));
    for (std::size_t i = 0; i < report.plots.size(); ++i) column->addWidget(new StudyChart(text(study.name()), static_cast<int>(i + 1), report.plots[i]));
    if (!report.texts.empty()) card("study.rows", tr("Every arm"))->addWidget(tableOf(report));
    QVBoxLayout* against = card("study.against", tr("What speaks against it, or limits it"));
    for (const std::string& line : report.against) against->addWidget(paragraph(QStringLiteral("•  ") + text(line)));
    QVBoxLayout* design = card("study.design", tr("How it is done"));
    design->addWidget(paragraph(text(study.design()), FontRole::body, ColorRole::text2));
    design->addWidget(paragraph(QStringLiteral("foothold-cli study %1 --setting %2").arg(text(study.name()), QLatin1String(to_string(setting))), FontRole::mono, ColorRole::text2));
    column->addStretch(1);
    page_->setWidget(inside);
    explainControls(inside);
}

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// The six questions in the window.
#include "ui/views/studies/studies_dialog.h"

#include <signal.h>
#include <sys/wait.h>

#include <QComboBox>
#include <QListWidget>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QScrollArea>
#include <QStyledItemDelegate>

#include "record/paths.h"
#include "studies/study_progress.h"
#include "ui/views/common/card.h"
#include "ui/views/common/control_words.h"
#include "ui/views/studies/study_page.h"

namespace foothold::ui {
namespace {

QString text(const std::string& words) { return QString::fromStdString(words); }

/// The question in full, under it what came out, in the quieter ink.
class QuestionDelegate : public QStyledItemDelegate {
   public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QString words = index.data().toString();
        const Theme& theme = Theme::instance();
        const int width = option.rect.width() > 0 ? option.rect.width() : kListWidth - 8;
        const int title = QFontMetrics(theme.font(FontRole::body)).boundingRect(QRect(0, 0, width - kNumber - 2 * kPad, 1000), Qt::TextWordWrap, words.section('\n', 0, 0)).height();
        return {width, title + QFontMetrics(theme.font(FontRole::caption)).height() + 3 + 2 * kPad};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Theme& theme = Theme::instance();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (const bool chosen = option.state & QStyle::State_Selected; chosen || option.state & QStyle::State_MouseOver) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(theme.color(chosen ? ColorRole::accentSoft : ColorRole::sunken));
            painter->drawRoundedRect(option.rect, 4, 4);
        }
        const QString words = index.data().toString();
        QRect row = option.rect.adjusted(kPad, kPad, -kPad, -kPad), drawn;
        painter->setFont(theme.font(FontRole::body));
        painter->setPen(theme.color(ColorRole::text3));
        painter->drawText(row, Qt::AlignLeft | Qt::AlignTop, QString::number(index.row() + 1));
        row.setLeft(row.left() + kNumber);
        painter->setPen(theme.color(ColorRole::text));
        painter->drawText(row, Qt::TextWordWrap, words.section('\n', 0, 0), &drawn);
        row.setTop(drawn.bottom() + 4);
        painter->setFont(theme.font(FontRole::caption));
        painter->setPen(theme.color(ColorRole::text2));
        painter->drawText(row, Qt::AlignLeft | Qt::AlignTop, words.section('\n', 1));
        painter->restore();
    }
    static constexpr int kListWidth = 270;

   private:
    static constexpr int kPad = 8, kNumber = 18;
};

}  // namespace

StudiesDialog::StudiesDialog(const std::filesystem::path& cells, const std::filesystem::path& evidence, QWidget* parent)
    : QDialog(parent), root_(cells), evidence_(cells.empty() && evidence.empty() ? shipped_cells(*studies().front()).parent_path() : evidence) {
    setObjectName(QStringLiteral("studies.dialog"));
    setWindowTitle(tr("Six questions"));
    setAttribute(Qt::WA_DeleteOnClose);
    resizeToFit(this, {1180, 780});
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::padding, Theme::padding, Theme::padding, Theme::padding);
    row->setSpacing(Theme::padding);
    list_ = new QListWidget;
    list_->setObjectName(QStringLiteral("studies.list"));
    list_->setAccessibleName(tr("Questions"));
    list_->setFixedWidth(QuestionDelegate::kListWidth);
    list_->setItemDelegate(new QuestionDelegate(list_));
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setSpacing(2);
    list_->setMouseTracking(true);
    for (const auto& study : studies()) {
        auto* item = new QListWidgetItem(text(study->title()), list_);
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
    quick_ = button("studies.quick", tr("Demonstrate, a minute"));
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
            item->setText(text(find_study(study).title()) + '\n' + words);
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
    auto* inside = new StudyPage(study, setting, report, cells.size());
    page_->setWidget(inside);
    explainControls(inside);
}

}  // namespace foothold::ui

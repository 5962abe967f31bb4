// SPDX-License-Identifier: GPL-3.0-or-later
// The list of runs and its buttons.
#include "ui/views/frame/run_list.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QHeaderView>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>

#include "record/error.h"
#include "studies/comparison.h"
#include "ui/models/value_text.h"
#include "ui/views/common/card.h"

namespace foothold::ui {

std::function<bool(const QString& path)> RunListDialog::moveToTrash = [](const QString& path) { return QFile::moveToTrash(path); };

RunListDialog::RunListDialog(std::filesystem::path folder, std::filesystem::path current, QWidget* parent)
    : QDialog(parent), folder_(std::move(folder)), current_(std::move(current)) {
    setObjectName(QStringLiteral("runs.dialog"));
    setWindowTitle(tr("Runs"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(760, 460);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 14, 16, 14);
    column->setSpacing(10);
    auto* head = new QHBoxLayout;
    head->addWidget(new Text(tr("Runs"), FontRole::cardTitle));
    auto* place = new Text(QString::fromStdString(folder_.string()), FontRole::caption, ColorRole::text3);
    place->setElided(true);
    head->addWidget(place, 1);
    filter_ = new QLineEdit;
    filter_->setObjectName(QStringLiteral("runs.filter"));
    filter_->setPlaceholderText(tr("Filter"));
    filter_->setClearButtonEnabled(true);
    filter_->setFixedWidth(180);
    head->addWidget(filter_);
    column->addLayout(head);

    list_ = new QTreeWidget;
    list_->setObjectName(QStringLiteral("runs.list"));
    list_->setRootIsDecorated(false);
    list_->setStyleSheet(QStringLiteral("QTreeView::item { padding: 0 6px; border: none; }"));
    list_->setUniformRowHeights(true);
    list_->setAllColumnsShowFocus(true);
    list_->setHeaderLabels({tr("Name"), tr("Policy"), tr("Steps"), tr("Begun")});
    list_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    list_->header()->setStretchLastSection(false);
    list_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    list_->setColumnWidth(1, 130);
    list_->setColumnWidth(2, 100);
    list_->setColumnWidth(3, 140);
    column->addWidget(list_, 1);
    message_ = new Text(QString(), FontRole::body, ColorRole::text2);
    message_->setObjectName(QStringLiteral("runs.message"));
    message_->setWordWrap(true);
    message_->hide();
    column->addWidget(message_);

    auto* buttons = new QHBoxLayout;
    const auto button = [&](const QString& text, const char* name) {
        auto* made = new QPushButton(text);
        made->setObjectName(QString::fromLatin1(name));
        made->setAutoDefault(false);
        buttons->addWidget(made);
        return made;
    };
    rename_ = button(tr("Rename…"), "runs.rename");
    trash_ = button(tr("Move to trash"), "runs.trash");
    buttons->addStretch();
    auto* close = button(tr("Close"), "runs.close");
    resume_ = button(tr("Resume"), "runs.resume");
    open_ = button(tr("Open"), "runs.open");
    open_->setProperty("primary", true);
    open_->setDefault(true);
    column->addLayout(buttons);

    const auto take = [this](void (RunListDialog::*signal)(const QString&)) {
        if (const RunListEntry* run = chosen()) {
            const QString dir = QString::fromStdString(run->dir.string());
            accept();
            Q_EMIT(this->*signal)(dir);
        }
    };
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    connect(open_, &QPushButton::clicked, this, [take] { take(&RunListDialog::openRun); });
    connect(resume_, &QPushButton::clicked, this, [take] { take(&RunListDialog::resumeRun); });
    connect(rename_, &QPushButton::clicked, this, [this] {
        if (QTreeWidgetItem* item = list_->currentItem()) list_->editItem(item, 0);
    });
    connect(trash_, &QPushButton::clicked, this, &RunListDialog::trash);
    connect(list_, &QTreeWidget::itemActivated, this, [take] { take(&RunListDialog::openRun); });
    connect(list_, &QTreeWidget::itemSelectionChanged, this, &RunListDialog::refreshButtons);
    connect(list_, &QTreeWidget::itemChanged, this, &RunListDialog::rename);
    connect(filter_, &QLineEdit::textChanged, this, &RunListDialog::filter);
    reload();
}

void RunListDialog::reload() {
    runs_ = list_runs(folder_);
    const QSignalBlocker quiet(list_);
    list_->clear();
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        const RunListEntry& run = runs_[i];
        auto* item = new QTreeWidgetItem(list_);
        item->setData(0, Qt::UserRole, static_cast<int>(i));
        item->setText(0, QString::fromStdString(run.name));
        item->setText(1, QString::fromStdString(run.policy));
        item->setText(2, run.planned_steps >= run.steps && run.planned_steps > 0 ? tr("%1 of %2").arg(run.steps).arg(run.planned_steps) : QString::number(run.steps));
        const QDateTime begun = QDateTime::fromString(QString::fromStdString(run.created), Qt::ISODate).toLocalTime();
        item->setText(3, begun.isValid() ? begun.toString(QStringLiteral("yyyy-MM-dd hh:mm")) : QString::fromStdString(run.created));
        item->setToolTip(0, QString::fromStdString(run.dir.string()));
        item->setFlags(item->flags() | Qt::ItemIsEditable);
        if (run.dir == current_) {
            QFont font = item->font(0);
            font.setWeight(QFont::DemiBold);
            item->setFont(0, font);
            item->setText(3, tr("open in this window"));
            item->setFlags(item->flags() & ~Qt::ItemIsEditable);
        }
    }
    addComparisons();
    if (runs_.empty()) say(tr("No runs yet. Every run that trains a step is kept here."));
    if (list_->topLevelItemCount() > 0) list_->setCurrentItem(list_->topLevelItem(0));
    filter();
    refreshButtons();
}

void RunListDialog::addComparisons() {
    comparisons_ = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (!is_comparison(entry.path())) continue;
        auto* item = new QTreeWidgetItem(list_);
        item->setData(0, Qt::UserRole, static_cast<int>(runs_.size()));
        runs_.push_back({entry.path(), entry.path().filename().string(), {}, {}, 0, 0});
        ++comparisons_;
        item->setText(0, QString::fromStdString(runs_.back().name));
        item->setText(1, tr("comparison"));
        try {
            const ComparisonPlan plan = read_plan(entry.path());
            item->setText(2, tr("%1 × %2 seeds").arg(plan.arms.size()).arg(plan.seeds));
        } catch (const UserError& broken) {
            item->setText(2, tr("cannot be read"));
            item->setToolTip(2, QString::fromUtf8(broken.what()));
        }
        item->setText(3, QFileInfo(QString::fromStdString((entry.path() / "comparison.toml").string())).lastModified().toString(QStringLiteral("yyyy-MM-dd hh:mm")));
        item->setToolTip(0, QString::fromStdString(entry.path().string()));
    }
    list_->sortItems(3, Qt::DescendingOrder);
}

void RunListDialog::filter() {
    for (int i = 0; i < list_->topLevelItemCount(); ++i) {
        QTreeWidgetItem* item = list_->topLevelItem(i);
        const QString text = item->text(0) + ' ' + item->text(1);
        item->setHidden(!text.contains(filter_->text(), Qt::CaseInsensitive));
    }
}

const RunListEntry* RunListDialog::chosen() const {
    const QTreeWidgetItem* item = list_->currentItem();
    return item && !item->isHidden() ? &runs_[static_cast<std::size_t>(item->data(0, Qt::UserRole).toInt())] : nullptr;
}

void RunListDialog::refreshButtons() {
    const RunListEntry* run = chosen();
    const bool other = run && run->dir != current_;
    for (QPushButton* button : {open_, resume_, rename_, trash_}) button->setEnabled(other);
    if (!run || run < runs_.data() + (runs_.size() - comparisons_)) return;
    resume_->setEnabled(false);  // Compare runs what is missing.
    rename_->setEnabled(false);
}

void RunListDialog::say(const QString& message) {
    message_->setText(message);
    message_->setVisible(!message.isEmpty());
}

void RunListDialog::rename() {
    const RunListEntry* run = chosen();
    const QString name = list_->currentItem() ? list_->currentItem()->text(0).trimmed() : QString();
    if (!run || name.isEmpty() || name.toStdString() == run->name) return reload();
    try {
        const RunLock lock(run->dir);
        RunWriter::open(run->dir)->set_note("name", name.toStdString());
        say({});
    } catch (const std::exception& error) {
        say(QString::fromUtf8(error.what()));
    }
    reload();
}

void RunListDialog::trash() {
    const RunListEntry* run = chosen();
    if (!run) return;
    const QString name = QString::fromStdString(run->name), path = QString::fromStdString(run->dir.string());
    try {
        const RunLock lock(run->dir);  // Not one that another process trains.
    } catch (const std::exception& error) {
        return say(QString::fromUtf8(error.what()));
    }
    const bool gone = moveToTrash(path);
    reload();
    say(gone ? tr("“%1” is in the trash of the desktop.").arg(name) : tr("“%1” could not be moved to the trash: %2").arg(name, path));
}

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// The list, the name field and the buttons of a dialog of named things.
#include "ui/views/frame/named_dialog.h"

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

enum Role { nameRole = Qt::UserRole, builtInRole };

}  // namespace

NamedDialog::NamedDialog(NamedThings things, QWidget* parent) : QDialog(parent), things_(std::move(things)) {
    const auto button = [this](const QString& text, const char* name) {
        auto* made = new QPushButton(text);
        made->setObjectName(things_.id + QLatin1String(name));
        made->setAutoDefault(false);
        return made;
    };
    setObjectName(things_.id + QStringLiteral(".dialog"));
    setWindowTitle(things_.title);
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(22, 18, 22, 18);
    column->setSpacing(10);
    column->addWidget(new Text(windowTitle(), FontRole::cardTitle));
    auto* help = new Text(things_.help, FontRole::body, ColorRole::text2);
    help->setWordWrap(true);
    column->addWidget(help);
    auto* line = new QHBoxLayout;
    name_ = new QLineEdit;
    name_->setObjectName(things_.id + QStringLiteral(".name"));
    name_->setAccessibleName(tr("New name"));
    save_ = button({}, ".save");
    line->addWidget(name_, 1);
    line->addWidget(save_);
    column->addLayout(line);
    list_ = new QListWidget;
    list_->setObjectName(things_.id + QStringLiteral(".list"));
    list_->setAccessibleName(things_.title);
    list_->setMinimumHeight(220);
    list_->setUniformItemSizes(true);
    column->addWidget(list_, 1);
    message_ = new Text(QString(), FontRole::body, ColorRole::bad);
    message_->setObjectName(things_.id + QStringLiteral(".message"));
    message_->setWordWrap(true);
    message_->hide();
    column->addWidget(message_);
    auto* bottom = new QHBoxLayout;
    apply_ = button(things_.use, ".apply");
    rename_ = button(tr("Rename"), ".rename");
    remove_ = button(tr("Delete"), ".remove");
    auto* close = button(tr("Close"), ".close");
    bottom->addWidget(apply_);
    bottom->addWidget(rename_);
    bottom->addWidget(remove_);
    bottom->addStretch();
    bottom->addWidget(close);
    column->addLayout(bottom);
    setFixedWidth(480);

    connect(save_, &QPushButton::clicked, this, [this] {
        attempt([this] {
            const QString name = name_->text().simplified();
            things_.save(name);
            name_->clear();
            fill(name);
        });
    });
    connect(name_, &QLineEdit::returnPressed, save_, &QPushButton::click);
    connect(apply_, &QPushButton::clicked, this, [this] {
        attempt([this] {
            if (list_->currentItem()) things_.apply(list_->currentItem()->data(nameRole).toString());
        });
    });
    connect(list_, &QListWidget::itemActivated, apply_, &QPushButton::click);
    connect(rename_, &QPushButton::clicked, this, [this] {
        if (!list_->currentItem()) return;
        filling_ = true;  // The size behind the name is not part of what is edited.
        list_->currentItem()->setText(list_->currentItem()->data(nameRole).toString());
        filling_ = false;
        list_->editItem(list_->currentItem());
    });
    connect(remove_, &QPushButton::clicked, this, [this] {
        attempt([this] {
            if (list_->currentItem()) things_.remove(list_->currentItem()->data(nameRole).toString());
            fill();
        });
    });
    connect(list_, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        if (filling_) return;
        const QString from = item->data(nameRole).toString(), to = item->text();
        attempt([&] { things_.rename(from, to); });
        // Not inside the editor's own signal: the list is filled anew.
        QMetaObject::invokeMethod(this, [this, to] { fill(to); }, Qt::QueuedConnection);
    });
    connect(list_, &QListWidget::currentItemChanged, this, &NamedDialog::refresh);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    fill();
}

void NamedDialog::focusName() { name_->setFocus(); }

void NamedDialog::attempt(const std::function<void()>& work) {
    message_->hide();
    try {
        work();
    } catch (const std::exception& error) {
        message_->setText(QString::fromUtf8(error.what()));
        message_->show();
    }
}

void NamedDialog::fill(const QString& current) {
    filling_ = true;
    list_->clear();
    for (const NamedThings::One& one : things_.all()) {
        auto* item = new QListWidgetItem(one.shown.isEmpty() ? one.name : one.shown, list_);
        item->setData(nameRole, one.name);
        item->setData(builtInRole, one.builtIn);
        if (!one.builtIn) item->setFlags(item->flags() | Qt::ItemIsEditable);
        if (one.name == current) list_->setCurrentItem(item);
    }
    filling_ = false;
    if (!list_->currentItem()) list_->setCurrentRow(0);
    refresh();
}

void NamedDialog::refresh() {
    const QString saves = things_.saveText();
    const bool any = list_->currentItem(), own = any && !list_->currentItem()->data(builtInRole).toBool();
    if (!saves.isEmpty()) save_->setText(saves);
    if (save_->text().isEmpty()) save_->setText(tr("Save"));
    save_->setEnabled(!saves.isEmpty());
    name_->setEnabled(!saves.isEmpty());
    name_->setPlaceholderText(saves.isEmpty() ? things_.nothing : tr("New name"));
    apply_->setEnabled(any);
    rename_->setEnabled(own);
    remove_->setEnabled(own);
}

}  // namespace foothold::ui

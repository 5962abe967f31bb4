// SPDX-License-Identifier: GPL-3.0-or-later
// The notice line.
#include "ui/workspaces/notice_bar.h"

#include <QPainter>
#include <QPushButton>

#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

ColorRole colorOf(NoticeBar::Kind kind) {
    switch (kind) {
        case NoticeBar::Kind::done: return ColorRole::good;
        case NoticeBar::Kind::info: return ColorRole::accent;
        case NoticeBar::Kind::warning: return ColorRole::warn;
        case NoticeBar::Kind::error: return ColorRole::bad;
    }
    return ColorRole::text;
}

}  // namespace

NoticeBar::NoticeBar(QWidget* parent) : QFrame(parent) {
    setObjectName(QStringLiteral("notice"));
    setProperty("card", true);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(16, 6, 8, 6);
    line->setSpacing(8);
    icon_ = new QLabel;
    icon_->setFixedSize(16, 16);
    text_ = new Text(QString());
    text_->setObjectName(QStringLiteral("notice.text"));
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    text_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    buttons_ = new QHBoxLayout;
    buttons_->setSpacing(6);
    auto* close = iconButton(QStringLiteral("cross"), tr("Close this line"), QStringLiteral("notice.close"));
    connect(close, &QToolButton::clicked, this, &NoticeBar::dismiss);
    line->addWidget(icon_);
    line->addWidget(text_, 1);
    line->addLayout(buttons_);
    line->addWidget(close);
    hide();
}

void NoticeBar::showNotice(Kind kind, const QString& text, const QVector<Button>& buttons) {
    kind_ = kind;
    while (QLayoutItem* item = buttons_->takeAt(0)) {
        if (item->widget()) item->widget()->hide(), item->widget()->deleteLater();
        delete item;
    }
    const QString icon = kind == Kind::done ? QStringLiteral("check") : kind == Kind::info ? QStringLiteral("info") : QStringLiteral("warning");
    icon_->setPixmap(Theme::instance().icon(icon, colorOf(kind)).pixmap(QSize(16, 16), devicePixelRatioF()));
    text_->setText(text);
    for (const Button& button : buttons) {
        auto* push = new QPushButton(button.text);
        push->setObjectName(button.name);
        push->setProperty("primary", button.primary);
        connect(push, &QPushButton::clicked, this, [this, run = button.run] {
            dismiss();
            if (run) run();
        });
        buttons_->addWidget(push);
    }
    setAccessibleName(text);
    show();
    Q_EMIT shown(true);
    update();
}

QString NoticeBar::text() const { return isHidden() ? QString() : text_->text(); }

void NoticeBar::dismiss() {
    hide();
    Q_EMIT shown(false);
}

void NoticeBar::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::instance().color(colorOf(kind_)));
    painter.drawRoundedRect(QRectF(6, 8, 3, height() - 16), 1.5, 1.5);
}

}  // namespace foothold::ui

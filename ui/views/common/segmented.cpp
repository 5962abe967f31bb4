// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/common/segmented.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QToolButton>

namespace foothold::ui {

QFrame* segmented(QButtonGroup* group, const QStringList& names, const QStringList& objects) {
    auto* frame = new QFrame;
    frame->setProperty("segmented", true);
    frame->setFixedHeight(32);
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(2, 2, 2, 2);
    row->setSpacing(2);
    for (int i = 0; i < names.size(); ++i) {
        auto* button = new QToolButton;
        button->setObjectName(objects[i]);
        button->setText(names[i]);
        button->setCheckable(true);
        button->setChecked(i == 0);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
        group->addButton(button, i);
        row->addWidget(button);
    }
    return frame;
}

QFrame* segmented(QButtonGroup* group, const QStringList& names, const QString& object) {
    QStringList objects;
    for (int i = 0; i < names.size(); ++i) objects << QStringLiteral("%1.%2").arg(object).arg(i);
    return segmented(group, names, objects);
}

}  // namespace foothold::ui

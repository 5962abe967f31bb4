// SPDX-License-Identifier: GPL-3.0-or-later
// Readable names of tiers.
#include "ui/views/common/tier_labels.h"

#include <QCoreApplication>
#include <QStringList>

namespace foothold::ui {

QString tierShort(int index) { return QStringLiteral("T%1").arg(index + 1); }

QString tierWords(const QString& name) {
    const auto colon = name.indexOf(':');
    bool number = false;
    const int depth = name.mid(colon + 1).toInt(&number);
    if (colon <= 0 || !number) return name;
    QStringList operators;
    for (const QChar c : name.left(colon))
        operators << (c == '*' ? QString(QChar(0x00D7)) : c == '-' ? QString(QChar(0x2212)) : QString(c));
    return QCoreApplication::translate("Tier", "%1 depth %2").arg(operators.join(' ')).arg(depth);
}

QString tierTitle(int index, const QString& name) { return tierShort(index) + ' ' + tierWords(name); }

}  // namespace foothold::ui

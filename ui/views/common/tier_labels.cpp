// SPDX-License-Identifier: GPL-3.0-or-later
// Readable names of tiers.
#include "ui/views/common/tier_labels.h"

#include <QCoreApplication>
#include <QHash>
#include <QStringList>

namespace foothold::ui {

namespace {

/// Tiers that are called by a name (graph-path): kinds of problems, in no order of difficulty.
const QHash<QString, QString>& kinds() {
    static const QHash<QString, QString> words = {{QStringLiteral("n"), QCoreApplication::translate("Tier", "known map")},
                                                  {QStringLiteral("n-1"), QCoreApplication::translate("Tier", "one edge less")},
                                                  {QStringLiteral("n-1-irrelevant"), QCoreApplication::translate("Tier", "idle edge less")},
                                                  {QStringLiteral("repriced"), QCoreApplication::translate("Tier", "edge repriced")},
                                                  {QStringLiteral("fresh"), QCoreApplication::translate("Tier", "fresh maps")}};
    return words;
}

}  // namespace

bool tierIsGraded(const QString& name) { return !kinds().contains(name); }

QString tierShort(int index) { return QStringLiteral("T%1").arg(index + 1); }

QString tierWords(const QString& name) {
    const auto colon = name.indexOf(':');
    bool number = false;
    const int depth = name.mid(colon + 1).toInt(&number);
    if (colon <= 0 || !number) return kinds().value(name, name);
    QStringList operators;
    for (const QChar c : name.left(colon))
        operators << (c == '*' ? QString(QChar(0x00D7)) : c == '-' ? QString(QChar(0x2212)) : QString(c));
    return QCoreApplication::translate("Tier", "%1 depth %2").arg(operators.join(' ')).arg(depth);
}

QString tierTitle(int index, const QString& name) { return tierShort(index) + ' ' + tierWords(name); }

}  // namespace foothold::ui

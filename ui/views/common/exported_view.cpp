// SPDX-License-Identifier: GPL-3.0-or-later
// Tables as CSV.
#include "ui/views/common/exported_view.h"

#include <QString>
#include <algorithm>
#include <cmath>

namespace foothold::ui {
namespace {

QString line(const QStringList& fields) {
    QStringList quoted;
    for (QString field : fields) {
        const bool needs = std::any_of(field.begin(), field.end(), [](QChar c) { return c == ',' || c == '"' || c == '\n' || c == '\r'; });
        quoted << (needs ? '"' + field.replace('"', QStringLiteral("\"\"")) + '"' : field);
    }
    return quoted.join(',') + '\n';
}

}  // namespace

QByteArray ShownTable::csv() const {
    QByteArray text = line(columns).toUtf8();
    for (const QStringList& row : rows) text += line(row).toUtf8();
    return text;
}

QString csvNumber(double value) { return std::isnan(value) ? QString() : QString::number(value, 'g', 7); }

}  // namespace foothold::ui

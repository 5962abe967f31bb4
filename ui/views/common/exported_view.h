// SPDX-License-Identifier: GPL-3.0-or-later
// What a view is asked for when it is exported.
#pragma once
#include <QByteArray>
#include <QStringList>
#include <optional>
#include <vector>

#include "record/attempt.h"

namespace foothold::ui {

/// What a view shows, as numbers and words. Columns are named in snake_case with their unit, for programs that read them.
struct ShownTable {
    QStringList columns;
    std::vector<QStringList> rows;
    QByteArray csv() const;  ///< RFC 4180 in UTF-8, lines ended by a line feed, as the other tables are.
};

QString csvNumber(double value);  ///< Seven significant digits; empty for NaN.

/// Implemented by views that can be exported: what they show as a table, and the words of the picture. The picture itself is painted from
/// the widgets (paintExport()).
class ExportedView {
   public:
    virtual ~ExportedView() = default;
    virtual QString exportName() const = 0;                ///< Part of the proposed file name: "groups-by-step".
    virtual QString exportTitle() const = 0;               ///< Stands over the picture.
    virtual QString exportNote() const { return {}; }      ///< What its numbers depend on: steps in sight, smoothing, filters.
    virtual ShownTable shownTable() const = 0;
    /// The attempts that it shows; none where it shows none itself: then those of the selection are meant.
    virtual std::optional<std::vector<Attempt>> shownAttempts() const { return std::nullopt; }
};

}  // namespace foothold::ui

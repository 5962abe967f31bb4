// SPDX-License-Identifier: GPL-3.0-or-later
// What a view remembers in a layout.
#pragma once
#include <QString>
#include <QVariantMap>
#include <span>

namespace foothold::ui {

/// Implemented by widgets that have settings of their own: colour mode, filter, sort, sizes. They are found in the window by this type.
class ViewSettings {
   public:
    virtual ~ViewSettings() = default;
    virtual QString settingsKey() const = 0;                      ///< Under which they stand in a layout file; one a view.
    virtual QVariantMap viewSettings() const = 0;                 ///< Numbers, texts, booleans and lists of them.
    virtual void applyViewSettings(const QVariantMap& values) = 0; ///< What is missing or out of range goes to its default.
};

/// Choices stand in layout files by name: the one at an index, and back (0 for a name that is none of them).
inline QString choiceName(std::span<const char* const> names, int at) {
    return at >= 0 && static_cast<std::size_t>(at) < names.size() ? QString::fromLatin1(names[static_cast<std::size_t>(at)]) : QString();
}
inline int choiceIndex(std::span<const char* const> names, const QVariant& name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (name.toString() == QLatin1String(names[i])) return static_cast<int>(i);
    return 0;
}

}  // namespace foothold::ui

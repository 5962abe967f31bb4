// SPDX-License-Identifier: GPL-3.0-or-later
// Named sets of problems: those a person saved, those that follow from the run, and the starred ones.
#pragma once
#include <QObject>
#include <QStringList>
#include <set>
#include <vector>

namespace foothold::ui {

class RunModel;
class Selection;

struct Slice {
    QString name;
    std::set<int> problems;  ///< Indexes into the pool.
    bool builtIn = false;    ///< Follows from the run at the step shown; cannot be renamed or deleted.
};

/// Kept with the run as a note, by the problems' ids. What writes throws UserError with the reason: no name, a name that is taken, an empty
/// set, a run that is open for reading only.
class Slices : public QObject {
    Q_OBJECT
   public:
    static Slices* of(RunModel* model, Selection* selection);  ///< The one of a selection; made when first asked for.

    std::vector<Slice> all() const;  ///< The built-in ones as of the step shown, then the saved ones in the order of saving.
    bool apply(const QString& name); ///< Brushes its problems; false if there is no such slice or it is empty.
    void save(const QString& name, const std::set<int>& problems);
    void rename(const QString& from, const QString& to);
    void remove(const QString& name);
    bool starred(int problem) const { return starred_.contains(problem); }
    void setStarred(int problem, bool on);

    static constexpr int deadVisits = 10;  ///< Visits without a right attempt that make a problem "dead".

   Q_SIGNALS:
    void changed();  ///< Saved slices or stars.

   private:
    Slices(RunModel* model, Selection* selection);
    void read();
    void keep(const std::vector<Slice>& saved);
    void checkName(const QString& name) const;
    std::set<int> problemsOf(const QStringList& ids) const;
    QStringList idsOf(const std::set<int>& problems) const;

    RunModel* model_;
    Selection* selection_;
    std::vector<Slice> saved_;
    std::set<int> starred_;
};

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// The solve curves of a run, by problem: sampled now, or kept with it from before.
#pragma once
#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "studies/prefix_curve.h"

namespace foothold::ui {

class RunModel;

class CurveBook : public QObject {
    Q_OBJECT
   public:
    explicit CurveBook(RunModel* model, QObject* parent = nullptr);

    /// Has the session sample a curve; what was sampled of the problem before stays. Throws UserError.
    void sample(CurveSettings settings);
    /// The newest of a problem, growing while it is sampled. None: an empty state.
    CurveState state(int problem) const;
    /// The same with gold's curve as it was at the step sampled before, to see what training moved.
    CurveState stateWithEarlier(int problem) const;
    bool sampled(int problem) const { return !known(problem).empty(); }

   Q_SIGNALS:
    void changed(int problem);  ///< -1 = all of them.
    void failed(const QString& message);

   private:
    struct Entry {
        std::shared_ptr<PrefixCurve> curve;  ///< While it is sampled; null for one that was kept.
        std::uint64_t version = 0;
        CurveState stored;
        CurveState state() const { return curve ? curve->state() : stored; }
    };
    using Entries = std::vector<Entry>;  ///< In the order they were asked for.
    Entries& known(int problem) const;   ///< Read from the run when first asked for.
    std::string noteOf(int problem) const;
    void keep(int problem);
    void poll();

    RunModel* model_;
    QTimer timer_;
    mutable std::map<int, Entries> curves_;
};

}  // namespace foothold::ui

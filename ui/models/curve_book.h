// SPDX-License-Identifier: GPL-3.0-or-later
// The solve curves sampled in this window, by problem.
#pragma once
#include <QObject>
#include <QTimer>
#include <map>
#include <memory>
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
    bool sampled(int problem) const { return curves_.contains(problem); }

   Q_SIGNALS:
    void changed(int problem);  ///< -1 = all of them.
    void failed(const QString& message);

   private:
    struct Entry {
        std::shared_ptr<PrefixCurve> curve;
        std::uint64_t version = 0;
    };
    void poll();

    RunModel* model_;
    QTimer timer_;
    std::map<int, std::vector<Entry>> curves_;  ///< In the order they were asked for.
};

}  // namespace foothold::ui

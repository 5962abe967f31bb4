// SPDX-License-Identifier: GPL-3.0-or-later
// The window's copy of one comparison: its plan, what is stored of it, and the process that works through it.
#pragma once
#include <QObject>
#include <QTimer>
#include <memory>
#include <set>
#include <thread>

#include "studies/comparison.h"

namespace foothold::ui {

/// Reads stores only, on a thread of its own; the cells are run by a `foothold-cli compare` process that outlives the window if it is
/// left. GUI thread only.
class ComparisonModel : public QObject {
    Q_OBJECT
   public:
    enum class Axis { steps, tokens, seconds };
    explicit ComparisonModel(QObject* parent = nullptr);
    ~ComparisonModel() override;

    void open(const std::filesystem::path& dir);  ///< Throws UserError; what was open stays then.
    bool isOpen() const { return !plan_.arms.empty(); }
    const ComparisonPlan& plan() const { return plan_; }
    const ComparisonResult& result() const { return *result_; }
    std::size_t doneCells() const;
    std::size_t allCells() const { return plan_.arms.size() * static_cast<std::size_t>(plan_.seeds); }

    void start();  ///< Runs what is not done yet. Throws UserError if the program cannot be started.
    void stop();   ///< Asks the process to stop; what is done is kept.
    bool running() const;  ///< In this process's child or in any other.
    void addSeeds(int count);  ///< To the plan; nothing is run yet. Throws UserError (running, folder not writable).
    void addArm(Arm arm);      ///< The same for an arm.

    std::size_t baseline() const { return baseline_; }
    std::size_t chosen() const { return chosen_; }  ///< The arm that the finding is about.
    bool shown(std::size_t arm) const;
    bool onlyTwo() const { return onlyTwo_; }
    Axis axis() const { return axis_; }
    static constexpr int usualSmoothing = 10;
    int smoothing() const { return smoothing_; }  ///< Steps that each point of a stepwise metric is the mean of.
    QString tier() const;      ///< Of the held-out plot and the finding; the hardest unless chosen.
    std::string measure() const;
    QString tierName(const std::string& tier) const;  ///< As the other workspaces call it: "T4 × depth 10".
    void setBaseline(std::size_t arm);
    void setChosen(std::size_t arm);
    void setShown(std::size_t arm, bool on);
    void setOnlyTwo(bool on);
    void setAxis(Axis axis);
    void setSmoothing(int steps);
    void setTier(const QString& tier);

   Q_SIGNALS:
    void opened();
    void changed();                        ///< Cells, choice or state.
    void failed(const QString& message);

   private:
    void read();
    void replan(ComparisonPlan plan);
    qint64 worker() const;  ///< The process that runs cells now; 0 = none.
    ComparisonPlan plan_;
    std::shared_ptr<const ComparisonResult> result_ = std::make_shared<ComparisonResult>();
    std::size_t baseline_ = 0, chosen_ = 0;
    std::set<std::size_t> hidden_;
    bool onlyTwo_ = false, reading_ = false, wasRunning_ = false;
    Axis axis_ = Axis::steps;
    int smoothing_ = usualSmoothing;
    QString tier_;
    qint64 process_ = 0;
    QTimer timer_;
    std::jthread reader_;
};

}  // namespace foothold::ui

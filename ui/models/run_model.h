// SPDX-License-Identifier: GPL-3.0-or-later
// The window's copy of one run: history by cursor, progress by polling, attempts through a reader thread.
#pragma once
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>
#include <vector>

#include "session/session.h"
#include "ui/models/attempt_reader.h"

namespace foothold::ui {

/// Owns the session and polls it at 4 Hz; views read from here and redraw on stepsArrived(), twice a second while it trains. Both become up to twice
/// as rare where drawing would take more than its share of the processors from training. GUI thread only.
class RunModel : public QObject {
    Q_OBJECT
   public:
    explicit RunModel(QObject* parent = nullptr);
    ~RunModel() override;

    void setSession(std::shared_ptr<Session> session);  ///< Null = no run.
    Session* session() const { return session_.get(); }
    std::shared_ptr<Session> sharedSession() const { return session_; }

    using Step = std::shared_ptr<const StepSummary>;
    const std::vector<Step>& steps() const { return steps_; }  ///< Index = step (0 = before training).
    qint64 lastStep() const { return static_cast<qint64>(steps_.size()) - 1; }  ///< -1 if nothing yet.
    const Progress& progress() const { return progress_; }
    Experiment experiment() const;      ///< As in effect now; a default one without a session.
    const RunInfo& info() const;        ///< Empty without a session.

    /// Pool problems, hardest tier first as rows of the map: row -> problem index. Tiers are in the experiment's order (easiest first).
    const std::vector<int>& rows() const { return rows_; }
    int tierCount() const { return static_cast<int>(tiers_.size()); }
    const std::vector<QString>& tiers() const { return tiers_; }  ///< Names, easiest first.
    int tierOf(int problem) const { return tierOf_[static_cast<std::size_t>(problem)]; }
    QString problemName(int problem) const;  ///< "P-37".
    /// "T4 ratio .75 → .25", "trace of P-37 edited".
    QString changeText(const std::string& key, const Value& before, const Value& after) const;

    /// The last group of a problem at or before a step (nullptr if never sampled); `at` receives its step.
    const GroupSummary* lastGroup(int problem, qint64 step, qint64* at = nullptr) const;
    /// Its groups at or before a step, the newest first, while `use` says true.
    void eachGroupBack(int problem, qint64 step, const std::function<bool(const GroupSummary&)>& use) const;
    /// Share right in the un-hinted round of each tier over the last `window` steps up to `step`; NaN if never sampled.
    std::vector<double> tierSuccess(qint64 step, int window = 10) const;
    /// Steps at which something was changed by hand, and schedule events (cold start ends), for markers.
    struct Marker {
        qint64 step;
        QString text;
        bool byUser;
    };
    std::vector<Marker> markers() const;

    /// Reads attempts on the reader thread; `done` runs here, and not at all if the run was changed meanwhile or `context` died.
    void readAttempts(const AttemptQuery& query, QObject* context, std::function<void(std::vector<Attempt>)> done);
    bool reading() const;  ///< Attempts asked for have not arrived yet.

   Q_SIGNALS:
    void runChanged();              ///< Another session (or none).
    void stepsArrived(qint64 first, qint64 last);
    void progressChanged();
    void experimentChanged();       ///< An intervention took effect, or pending ones changed.
    void failed(const QString& message);
    void finished();

   public:
    /// Fetches what is new at once instead of at the next tick.
    void poll();

   private:
    /// Where a problem was sampled: step and index in its groups.
    struct Visit {
        qint64 step;
        int group;
    };
    void keepPace();
    void indexProblems();
    void indexStep(const StepSummary& step);

    std::shared_ptr<Session> session_;
    bool opening_ = false;  ///< A run that had ended before it was opened does not end now.
    std::vector<Step> steps_;
    Progress progress_;
    std::vector<int> rows_, tierOf_;
    std::vector<QString> tiers_;
    std::vector<std::vector<Visit>> visits_;  ///< By problem, steps ascending.
    std::vector<Marker> edits_;
    Experiment replayed_;  ///< The experiment at step 0 with the interventions of steps_ applied: what the next marker starts from.
    std::size_t pendingCount_ = 0;
    QTimer timer_;
    double cpu_ = 0;      ///< Of this thread at the last poll.
    double cost_ = 0;     ///< Of a poll with what follows from it, in seconds, smoothed.
    double slowness_ = 1; ///< Polls are so many times as rare as they would be.
    QElapsedTimer sinceSteps_;  ///< Since steps were last handed to the views.
    AttemptReader* reader_;
};

}  // namespace foothold::ui

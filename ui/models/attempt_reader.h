// SPDX-License-Identifier: GPL-3.0-or-later
// Reads attempts from a session away from the window's thread.
#pragma once
#include <QObject>
#include <QPointer>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "session/session.h"

namespace foothold::ui {

/// One thread, one queue. A context has at most one question open: a newer one replaces it, answered or not. All methods belong to the
/// window's thread, where the answers arrive too.
class AttemptReader : public QObject {
   public:
    using Answer = std::function<void(std::vector<Attempt>)>;

    explicit AttemptReader(QObject* parent = nullptr);
    ~AttemptReader() override;

    void ask(std::shared_ptr<Session> session, const AttemptQuery& query, QObject* context, Answer answer);
    bool busy() const { return !open_.empty(); }  ///< A question is not answered yet.
    void forget();  ///< No question asked so far is answered any more.

   private:
    struct Question {
        quint64 number;
        QObject* context;
        std::shared_ptr<Session> session;
        AttemptQuery query;
    };
    struct Open {
        quint64 number;
        QPointer<QObject> context;
        Answer answer;
    };
    void work(const std::stop_token& stop);
    void deliver(quint64 number, QObject* context, std::vector<Attempt> attempts);

    std::map<QObject*, Open> open_;
    quint64 last_ = 0;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Question> queue_;
    std::jthread thread_;  ///< Last: it uses all of the above.
};

}  // namespace foothold::ui

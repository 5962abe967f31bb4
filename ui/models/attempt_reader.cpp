// SPDX-License-Identifier: GPL-3.0-or-later
// The reading thread and its queue.
#include "ui/models/attempt_reader.h"

#include <QMetaObject>

namespace foothold::ui {

AttemptReader::AttemptReader(QObject* parent) : QObject(parent), thread_([this](const std::stop_token& stop) { work(stop); }) {}

AttemptReader::~AttemptReader() {
    thread_.request_stop();
    thread_.join();
}

void AttemptReader::ask(std::shared_ptr<Session> session, const AttemptQuery& query, QObject* context, Answer answer) {
    const quint64 number = ++last_;
    open_[context] = {number, context, std::move(answer)};
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(queue_, [&](const Question& other) { return other.context == context; });
        queue_.push_back({number, context, std::move(session), query});
    }
    wake_.notify_one();
}

void AttemptReader::forget() {
    open_.clear();
    const std::scoped_lock lock(mutex_);
    queue_.clear();
}

void AttemptReader::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        Question question;
        {
            std::unique_lock lock(mutex_);
            if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
            question = std::move(queue_.front());
            queue_.pop_front();
        }
        std::vector<Attempt> attempts;
        try {
            attempts = question.session->attempts(question.query);
        } catch (const std::exception&) {
            // A store that cannot be read shows nothing here; the trainer reports what is wrong with it.
        }
        question.session.reset();
        QMetaObject::invokeMethod(
            this,
            [this, number = question.number, context = question.context, attempts = std::move(attempts)]() mutable {
                deliver(number, context, std::move(attempts));
            },
            Qt::QueuedConnection);
    }
}

void AttemptReader::deliver(quint64 number, QObject* context, std::vector<Attempt> attempts) {
    const auto found = open_.find(context);
    if (found == open_.end() || found->second.number != number) return;
    const Open question = std::move(found->second);
    open_.erase(found);
    if (question.context) question.answer(std::move(attempts));
}

}  // namespace foothold::ui

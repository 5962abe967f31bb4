// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the model, once the mouse rests, what else could have stood at a token.
#pragma once
#include <QObject>
#include <QTimer>
#include <memory>

#include "studies/next_tokens.h"

namespace foothold::ui {

class RunModel;

class LikelyTokens : public QObject {
    Q_OBJECT
   public:
    explicit LikelyTokens(RunModel* model, QObject* parent = nullptr);
    /// The token at `token` of an attempt; `index` comes back with the answer. Nothing is asked of a stored run whose model is not open.
    void ask(const Attempt& attempt, int index, int token);
    void cancel();

    const std::vector<Token>& tokens() const { return tokens_; }  ///< Ids of what was last known.

   Q_SIGNALS:
    void known(int index, int token, const std::vector<std::pair<QString, double>>& likely, qint64 step);

   private:
    void submit();
    void poll();
    static constexpr int shownTokens = 5;
    RunModel* model_;
    QTimer rest_, poll_;
    std::string context_;
    std::vector<Token> before_, tokens_;
    int index_ = -1, token_ = -1;
    std::shared_ptr<NextTokens> job_;
};

}  // namespace foothold::ui

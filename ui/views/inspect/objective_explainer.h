// SPDX-License-Identifier: GPL-3.0-or-later
// From a group's rewards to the push on one token, in the numbers of the run, and in those of other settings beside them.
#pragma once
#include <QWidget>
#include <optional>
#include <vector>

#include "training/explanation.h"

class QButtonGroup;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace foothold::ui {

class ExplainerStage;
class Text;

/// Every number comes from explain_token(), that is from the functions that train. Choosing another loss type or reward scale changes nothing in
/// the run: it puts what would be beside what is.
class ObjectiveExplainer : public QWidget {
    Q_OBJECT
   public:
    explicit ObjectiveExplainer(QWidget* parent = nullptr);
    /// None: says why not, or asks for a token. A new token keeps the settings compared with.
    void setToken(std::optional<ExplainedToken> token, const QString& whyNot = {});
    const std::optional<ExplainedToken>& token() const { return token_; }
    void compareWith(LossType type, RewardScale scale);
    void backToRun();                                    ///< Compares with nothing.
    bool compares() const;                               ///< Is anything other than the run's own setting chosen?

   private:
    enum StageIndex { rewards, spread, advantage, probability, ratio, clip, weight, reference, push, stages };
    QVBoxLayout* build();
    void refresh();
    void fill(const TokenExplanation& run, const TokenExplanation* other);
    void showVerdict(const TokenExplanation& run, const TokenExplanation* other);

    std::optional<ExplainedToken> token_;
    std::optional<LossType> type_;      ///< Chosen by hand; none = the run's.
    std::optional<RewardScale> scale_;
    QWidget* content_;
    Text* empty_;
    Text* word_;
    Text* place_;
    QButtonGroup* types_;
    QButtonGroup* scales_;
    QPushButton* back_;
    Text* runHeading_;
    Text* otherHeading_;
    std::vector<ExplainerStage*> stages_;
    QLabel* arrow_;
    Text* verdict_;
    Text* reason_;
};

}  // namespace foothold::ui

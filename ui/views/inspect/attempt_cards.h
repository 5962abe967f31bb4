// SPDX-License-Identifier: GPL-3.0-or-later
// The attempts at one problem as cards: read them, colour their tokens, filter, sort, search, choose two to compare.
#pragma once
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <vector>

#include "ui/views/common/exported_view.h"
#include "ui/views/common/view_settings.h"
#include "ui/views/inspect/attempt_cards_view.h"

class QHBoxLayout;

namespace foothold::ui {

class AttemptLegend;
class Text;
class TokenCard;

class AttemptCards : public QWidget, public ViewSettings, public ExportedView {
    Q_OBJECT
   public:
    explicit AttemptCards(QWidget* parent = nullptr);

    void setAttempts(AttemptGroup group);  ///< Ends the loading state.
    void setLoading(const QString& what = {});  ///< No cards; says that they are being read.
    /// What is said where the group has no attempt; the default says what to do.
    void setEmptyText(const QString& title, const QString& text);
    const AttemptGroup& group() const { return view_->group(); }
    int current() const { return view_->current(); }
    int token() const { return view_->token(); }  ///< Of the current attempt; -1 = none chosen.
    void setCurrent(int index, int token = -1);   ///< Makes the card (and token) visible.
    void setColors(TokenColors colors);
    TokenColors colors() const { return view_->colors(); }
    /// The most likely tokens at a place, shown while that token is under the mouse.
    void setAlternatives(int index, int token, std::vector<std::pair<QString, double>> alternatives, qint64 step);
    QString settingsKey() const override { return QStringLiteral("attempts"); }
    QVariantMap viewSettings() const override;
    void applyViewSettings(const QVariantMap& values) override;
    AttemptCardsView* view() { return view_; }
    QWidget* legend() const;
    void addToHeader(QWidget* control, int place = -1);  ///< In the first line, among its buttons; -1 = last.

    QString exportName() const override { return QStringLiteral("attempts"); }
    QString exportTitle() const override;
    QString exportNote() const override;
    ShownTable shownTable() const override;  ///< The cards in their order, as filtered.
    std::optional<std::vector<Attempt>> shownAttempts() const override;

   Q_SIGNALS:
    void currentChanged(int index);
    void tokenChosen(int index, int token);
    void tokenHovered(int index, int token, QRect where);  ///< index -1 = none; `where` in the screen's pixels.
    void diffRequested(int a, int b);
    void colorsChanged(TokenColors colors);

   protected:
    void resizeEvent(QResizeEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

   private:
    void buildHeader();
    void hover(int index, int token, const QRect& where);
    void search();
    void refresh();         ///< Caption, counts, notice and what a reader of the screen is told.
    void refreshCompare();
    Text* title_;
    Text* caption_;
    QLineEdit* find_;
    Text* found_;
    QComboBox* filter_;
    QComboBox* order_;
    QPushButton* compare_;
    QComboBox* mode_;
    QHBoxLayout *first_, *second_, *third_;  ///< Lines of the header; the third has the legend where the second has no room for it.
    AttemptLegend* legend_;
    AttemptCardsView* view_;
    TokenCard* card_;
    QString emptyTitle_, emptyText_, loading_;
    bool isLoading_ = false;
    int hoverIndex_ = -1, hoverToken_ = -1;
};

}  // namespace foothold::ui

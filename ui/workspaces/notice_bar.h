// SPDX-License-Identifier: GPL-3.0-or-later
// A quiet line above the map: how a run ended, what failed, what an edit would need.
#pragma once
#include <QFrame>
#include <QVector>
#include <functional>

class QHBoxLayout;
class QLabel;

namespace foothold::ui {

class Text;

class NoticeBar : public QFrame {
    Q_OBJECT
   public:
    explicit NoticeBar(QWidget* parent = nullptr);

    enum class Kind { done, info, warning, error };
    struct Button {
        QString text, name;
        std::function<void()> run;  ///< The notice goes away before it runs.
        bool primary = false;
    };
    void showNotice(Kind kind, const QString& text, const QVector<Button>& buttons = {});
    QString text() const;
    void dismiss();

   Q_SIGNALS:
    void shown(bool on);

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    Kind kind_ = Kind::info;
    QLabel* icon_;
    Text* text_;
    QHBoxLayout* buttons_;
};

}  // namespace foothold::ui

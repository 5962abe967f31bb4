// SPDX-License-Identifier: GPL-3.0-or-later
// Largest prefix ratio: a slider a tier and one for all, each with a value to type and the tier's success without a hint.
#pragma once
#include <QSlider>
#include <QWidget>
#include <optional>
#include <vector>

class QLineEdit;

namespace foothold::ui {

class ExperimentEditor;
class RunModel;
class Selection;
class Text;

/// A slider over 0..1 with stops at every quarter, to which the mouse snaps; a dotted ring marks an earlier value.
class RatioSlider : public QSlider {
    Q_OBJECT
   public:
    explicit RatioSlider(const QString& name, QWidget* parent = nullptr);
    double ratio() const { return value() / 100.; }
    void setRatio(double ratio);                    ///< Without a signal; ignored while the person drags.
    void setGhost(std::optional<double> ratio);     ///< Place of the dotted ring.

   Q_SIGNALS:
    void edited(double ratio);  ///< By hand; while dragging only when released.

   protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

   private:
    std::optional<double> ghost_;
};

/// "solved without a hint": a bar of the share and the number beside it; empty while it is unknown.
class ShareBar : public QWidget {
    Q_OBJECT
   public:
    explicit ShareBar(QWidget* parent = nullptr);
    void setShare(double share);  ///< NaN = not known.
    QSize sizeHint() const override { return {86, 16}; }

   protected:
    void paintEvent(QPaintEvent* event) override;

   private:
    double share_;
};

class RatioRows : public QWidget {
    Q_OBJECT
   public:
    RatioRows(RunModel* model, Selection* selection, ExperimentEditor* editor, QWidget* parent = nullptr);

   private:
    struct Row {
        std::string key;
        RatioSlider* slider;
        QLineEdit* field;
        ShareBar* bar;  ///< Null in the row for all.
    };
    void build();    ///< Rows for the tiers of the experiment shown.
    void refresh();  ///< Values from the editor.
    void showSuccess();
    Row makeRow(const std::string& key, const QString& title, const QString& words, const QString& name, bool withBar);

    RunModel* model_;
    Selection* selection_;
    ExperimentEditor* editor_;
    std::vector<Row> rows_;  ///< All first, then the hardest tier down to the easiest.
    std::vector<std::string> tiers_;
};

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// A row an arm.
#include "ui/views/compare/result_table.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/models/comparison_model.h"
#include "ui/views/common/export_button.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {
namespace {

constexpr int kHead = 30, kRow = 44;

QString range(const Estimate& estimate, bool sign) {
    return estimate.interval ? QStringLiteral("[%1, %2]").arg(shareText(estimate.interval->first, sign), shareText(estimate.interval->second, sign)) : ResultTable::tr("no interval");
}

/// Painted as a whole: the forest strip shares one scale over all rows.
class Rows : public QWidget {
   public:
    Rows(ComparisonModel* model, QWidget* parent) : QWidget(parent), model_(model) {
        setObjectName(QStringLiteral("resultRows"));
        setFocusPolicy(Qt::StrongFocus);
        setAccessibleName(ResultTable::tr("Results of the arms"));
    }
    void refresh() {
        const int arms = static_cast<int>(model_->plan().arms.size());
        setFixedHeight(kHead + kRow * arms);
        QStringList words;
        for (std::size_t arm = 0; arm < model_->result().cells.size(); ++arm)
            words += QString::fromStdString(find_difference(model_->plan(), model_->result(), arm, model_->baseline(), model_->measure()).sentence);
        setAccessibleName(ResultTable::tr("Result"));
        setAccessibleDescription(words.join(QLatin1Char(' ')));
        update();
    }

   protected:
    void mousePressEvent(QMouseEvent* event) override {
        const int row = (static_cast<int>(event->position().y()) - kHead) / kRow;
        if (event->position().y() > kHead && row < static_cast<int>(model_->plan().arms.size())) model_->setChosen(static_cast<std::size_t>(row));
    }
    void keyPressEvent(QKeyEvent* event) override {
        const std::size_t arm = model_->chosen();
        if (event->key() == Qt::Key_Down) model_->setChosen(arm + 1);
        else if (event->key() == Qt::Key_Up && arm > 0) model_->setChosen(arm - 1);
        else QWidget::keyPressEvent(event);
    }
    void paintEvent(QPaintEvent*) override {
        if (!model_->isOpen() || model_->result().cells.empty()) return;
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const double w = width() - 12;
        const double name = 12, seeds = .26 * w, score = .42 * w, difference = .60 * w, strip = .62 * w, stripEnd = .80 * w, wrong = .89 * w, tokens = w;
        const std::string baseline = model_->plan().arms[model_->baseline()].name;
        const auto right = [&](double at, double y, const QString& text, double h = 20) { painter.drawText(QRectF(at - 180, y, 180, h), Qt::AlignRight | Qt::AlignVCenter, text); };
        painter.setFont(theme.font(FontRole::caption));
        painter.setPen(theme.color(ColorRole::text2));
        painter.drawText(QRectF(name + 24, 4, 160, 22), Qt::AlignVCenter, ResultTable::tr("Arm"));
        right(seeds, 4, ResultTable::tr("Seeds"), 22);
        right(score, 4, ResultTable::tr("%1 [95 %]").arg(model_->tierName(model_->tier().toStdString()).section(QLatin1Char(' '), 0, 0)), 22);
        right(difference, 4, ResultTable::tr("minus baseline"), 22);
        right(wrong, 4, ResultTable::tr("All wrong"), 22);
        right(tokens, 4, ResultTable::tr("M tokens"), 22);
        const auto& cells = model_->result().cells;
        std::vector<Finding> findings;
        double reach = .1;
        for (std::size_t arm = 0; arm < cells.size(); ++arm) {
            findings.push_back(find_difference(model_->plan(), model_->result(), arm, model_->baseline(), model_->measure()));
            if (arm == model_->baseline()) continue;
            if (const auto& i = findings.back().difference.interval) reach = std::max({reach, std::min(1.0, std::abs(i->first)), std::min(1.0, std::abs(i->second))});
        }
        const auto across = [&](double value) { return (strip + stripEnd) / 2 + std::clamp(value / reach, -1.0, 1.0) * (stripEnd - strip) / 2; };
        painter.setFont(theme.font(FontRole::caption));
        painter.drawText(QRectF(across(0) - 20, 4, 40, 22), Qt::AlignCenter, QStringLiteral("0"));
        painter.drawText(QRectF(stripEnd - 40, 4, 40, 22), Qt::AlignRight | Qt::AlignVCenter, shareText(reach, true));
        for (std::size_t arm = 0; arm < cells.size(); ++arm) {
            const double top = kHead + kRow * static_cast<double>(arm), middle = top + kRow / 2.0;
            if (arm == model_->chosen()) painter.fillRect(QRectF(0, top, width(), kRow), theme.color(ColorRole::accentSoft));
            painter.setPen(theme.color(ColorRole::border));
            painter.drawLine(QPointF(0, top), QPointF(width(), top));
            painter.setPen(QPen(theme.color(ColorRole::text2), 1, Qt::DashLine));
            painter.drawLine(QPointF(across(0), top), QPointF(across(0), top + kRow));
            drawArmSample(painter, {name, middle - 8, 20, 16}, arm);
            std::vector<double> scores, allWrong;
            double generated = 0;
            int done = 0;
            for (const Cell& cell : cells[arm]) {
                if (cell.state != Cell::State::done) continue;
                ++done;
                generated += cell.tokens;
                if (const double score_ = cell.last(model_->measure()); !std::isnan(score_)) scores.push_back(score_);
                if (const double wrong_ = cell.mean_of_last("frac_all_wrong", 50); !std::isnan(wrong_)) allWrong.push_back(wrong_);
            }
            painter.setFont(theme.font(FontRole::body));
            painter.setPen(theme.color(ColorRole::text));
            painter.drawText(QRectF(name + 28, top, seeds - 60 - name - 28, kRow), Qt::AlignVCenter,
                             painter.fontMetrics().elidedText(QString::fromStdString(model_->plan().arms[arm].name), Qt::ElideRight, static_cast<int>(seeds - 68 - name)));
            if (done < model_->plan().seeds) painter.setPen(theme.color(ColorRole::warn));
            right(seeds, top, QString::number(done), kRow);
            painter.setPen(theme.color(ColorRole::text));
            const Estimate share = mean_estimate(scores);
            right(score, top + 4, shareText(share.mean));
            right(wrong, top, shareText(mean_estimate(allWrong).mean), kRow);
            right(tokens, top, done ? QString::number(generated / done / 1e6, 'f', 2) : QStringLiteral("–"), kRow);
            painter.setFont(theme.font(FontRole::caption));
            painter.setPen(theme.color(ColorRole::text2));
            if (share.n > 0) right(score, top + 21, range(share, false), 18);
            if (arm == model_->baseline()) {
                right(difference, top, ResultTable::tr("baseline"), kRow);
                continue;
            }
            const Estimate& d = findings[arm].difference;
            if (d.n == 0) continue;
            right(difference, top + 21, range(d, true), 18);
            painter.setFont(theme.font(FontRole::body));
            painter.setPen(theme.color(findings[arm].verdict == "supported" ? ColorRole::good : findings[arm].verdict == "against" ? ColorRole::bad : ColorRole::text));
            right(difference, top + 4, shareText(d.mean, true));
            painter.setPen(QPen(armColor(arm), 1.6));
            if (d.interval) painter.drawLine(QPointF(across(d.interval->first), middle), QPointF(across(d.interval->second), middle));
            drawArmMarker(painter, {across(d.mean), middle}, arm, 5);
        }
    }

   private:
    ComparisonModel* model_;
};

}  // namespace

ResultTable::ResultTable(ComparisonModel* model, QWidget* parent) : Card(QStringLiteral("resultTable"), parent), model_(model) {
    header()->addWidget(title_ = new Text(tr("Result"), FontRole::cardTitle));
    header()->addWidget(note_ = new Text(tr("held-out problems, no hints; t intervals over seeds; all wrong: last 50 steps at most"), FontRole::caption, ColorRole::text2));
    header()->addStretch();
    header()->addWidget(new ExportButton(QStringLiteral("results"), [this] { return ExportSource{this, {rows_}}; }));
    header()->setContentsMargins(12, 10, 12, 4);
    body()->addWidget(rows_ = new Rows(model, this));
    body()->setContentsMargins(0, 0, 0, 4);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    connect(model, &ComparisonModel::changed, this, &ResultTable::refresh);
    connect(&Theme::instance(), &Theme::changed, this, &ResultTable::refresh);
}

void ResultTable::refresh() { static_cast<Rows*>(rows_)->refresh(); }

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// The tiles and their counts.
#include "ui/views/compare/problem_map.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/models/comparison_model.h"
#include "ui/views/common/export_button.h"
#include "ui/views/compare/arm_style.h"

namespace foothold::ui {
namespace {

constexpr int kLabel = 92, kGap = 2, kLargest = 32, kSmallest = 6;

QString armName(const ComparisonModel* model, std::size_t arm) { return QString::fromStdString(model->plan().arms[arm].name); }

}  // namespace

class ProblemMap::Tiles : public QWidget {
   public:
    Tiles(ComparisonModel* model, ProblemMap* map) : QWidget(map), model_(model), map_(map) {
        setObjectName(QStringLiteral("problemTiles"));
        setAccessibleName(ProblemMap::tr("Problem by problem"));
        setFocusPolicy(Qt::StrongFocus);
        setMouseTracking(true);
        setMinimumHeight(72);
    }
    void take(std::vector<ProblemDifference> problems) {
        const std::string chosen = at_ >= 0 ? problems_[static_cast<std::size_t>(at_)].id : std::string();
        problems_ = std::move(problems);
        // Pools begin with the easiest tier.
        std::vector<std::string> tiers;
        for (const ProblemDifference& p : problems_)
            if (std::find(tiers.begin(), tiers.end(), p.tier) == tiers.end()) tiers.push_back(p.tier);
        const auto rank = [&](const ProblemDifference& p) { return std::find(tiers.begin(), tiers.end(), p.tier) - tiers.begin(); };
        std::stable_sort(problems_.begin(), problems_.end(), [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
        const auto found = std::find_if(problems_.begin(), problems_.end(), [&](const auto& p) { return p.id == chosen; });
        at_ = found == problems_.end() ? -1 : static_cast<int>(found - problems_.begin());
        lay();
        update();
    }
    const std::vector<ProblemDifference>& problems() const { return problems_; }

   protected:
    void resizeEvent(QResizeEvent*) override { lay(); }
    bool event(QEvent* event) override {
        if (event->type() == QEvent::ToolTip) {
            auto* help = static_cast<QHelpEvent*>(event);
            const int at = hit(help->pos());
            at < 0 ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), words(at), this);
            return true;
        }
        return QWidget::event(event);
    }
    void mousePressEvent(QMouseEvent* event) override { choose(hit(event->position().toPoint())); }
    void mouseDoubleClickEvent(QMouseEvent* event) override {
        choose(hit(event->position().toPoint()));
        activate();
    }
    void keyPressEvent(QKeyEvent* event) override {
        const int last = static_cast<int>(problems_.size()) - 1;
        switch (event->key()) {
            case Qt::Key_Right: return choose(std::min(last, at_ + 1));
            case Qt::Key_Left: return choose(std::max(0, at_ - 1));
            case Qt::Key_Home: return choose(0);
            case Qt::Key_End: return choose(last);
            case Qt::Key_Return:
            case Qt::Key_Enter: return activate();
            default: QWidget::keyPressEvent(event);
        }
    }
    void paintEvent(QPaintEvent*) override {
        const Theme& theme = Theme::instance();
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setFont(theme.font(FontRole::caption));
        if (problems_.empty()) {
            painter.setPen(theme.color(ColorRole::text3));
            painter.drawText(rect(), Qt::AlignCenter, ProblemMap::tr("Drawn when a seed of both arms is done."));
            return;
        }
        for (std::size_t i = 0; i < problems_.size(); ++i) {
            const ProblemDifference& problem = problems_[i];
            const QRectF tile = tiles_[i];
            if (i == 0 || problems_[i - 1].tier != problem.tier) {
                painter.setPen(theme.color(ColorRole::text2));
                painter.drawText(QRectF(0, tile.top() - 4, kLabel - 8, tile.height() + 8), Qt::AlignVCenter, model_->tierName(problem.tier));
            }
            if (problem.seeds == 0) {
                painter.setPen(QPen(theme.color(ColorRole::border), 1, Qt::DotLine));
                painter.setBrush(Qt::NoBrush);
                painter.drawRect(tile.adjusted(.5, .5, -.5, -.5));
            } else {
                const double d = problem.difference();
                painter.fillRect(tile, theme.color(ColorRole::sunken));
                if (d != 0) {
                    QColor color = armColor(d > 0 ? model_->chosen() : model_->baseline());
                    color.setAlphaF(static_cast<float>(.15 + .85 * std::min(1.0, std::abs(d))));
                    painter.fillRect(tile, color);
                }
                painter.setPen(theme.color(ColorRole::border));
                painter.setBrush(Qt::NoBrush);
                painter.drawRect(tile.adjusted(.5, .5, -.5, -.5));
                if (problem.one_way() && tile.width() >= 9) {
                    const double r = tile.width() * .24, up = problem.higher > 0 ? 1 : -1;
                    const QPointF c = tile.center();
                    painter.setPen(Qt::NoPen);
                    painter.setBrush(std::abs(d) > .5 ? theme.color(ColorRole::surface) : theme.color(ColorRole::text));
                    painter.drawPolygon(QPolygonF{{c.x(), c.y() - up * r}, {c.x() + r, c.y() + up * r * .8}, {c.x() - r, c.y() + up * r * .8}});
                }
            }
            if (static_cast<int>(i) == at_) {
                painter.setPen(QPen(theme.color(ColorRole::accent), 2));
                painter.setBrush(Qt::NoBrush);
                painter.drawRect(tile.adjusted(-1, -1, 1, 1));
            }
        }
        if (hasFocus() && at_ < 0) {
            painter.setPen(QPen(theme.color(ColorRole::accent), 2));
            painter.drawRect(rect().adjusted(1, 1, -1, -1));
        }
    }

   private:
    /// The largest tiles with which all tiers fit.
    void lay() {
        tiles_.assign(problems_.size(), {});
        for (int size = kLargest; size >= kSmallest; --size) {
            const int across = std::max(1, (width() - kLabel) / (size + kGap));
            int x = 0, y = 4;
            for (std::size_t i = 0; i < problems_.size(); ++i) {
                const bool fresh = i > 0 && problems_[i - 1].tier != problems_[i].tier;
                if (fresh || x == across) y += size + kGap + (fresh ? 5 : 0), x = 0;
                tiles_[i] = QRectF(kLabel + x * (size + kGap), y, size, size);
                ++x;
            }
            if (y + size <= height()) return;
        }
    }
    int hit(const QPoint& point) const {
        for (std::size_t i = 0; i < tiles_.size(); ++i)
            if (tiles_[i].adjusted(-1, -1, 1, 1).contains(point)) return static_cast<int>(i);
        return -1;
    }
    QString words(int at) const {
        const ProblemDifference& p = problems_[static_cast<std::size_t>(at)];
        const QString id = QString::fromStdString(p.id);
        if (p.seeds == 0) return ProblemMap::tr("%1: not tried without a hint in both arms of any seed").arg(id);
        return ProblemMap::tr("%1: %2 %3, %4 %5 (%6); higher in %7, lower in %8 of seeds: %9. Double click opens it in Inspect.")
            .arg(id, armName(model_, model_->chosen()), shareText(p.ours), armName(model_, model_->baseline()), shareText(p.theirs), shareText(p.difference(), true))
            .arg(p.higher).arg(p.lower).arg(p.seeds);
    }
    void choose(int at) {
        at_ = at;
        setAccessibleDescription(at < 0 ? map_->summary() : words(at));
        if (at >= 0) QToolTip::showText(mapToGlobal(tiles_[static_cast<std::size_t>(at)].bottomRight().toPoint()), words(at), this);
        update();
    }
    void activate() {
        if (at_ >= 0) Q_EMIT map_->problemActivated(QString::fromStdString(problems_[static_cast<std::size_t>(at_)].id));
    }
    ComparisonModel* model_;
    ProblemMap* map_;
    std::vector<ProblemDifference> problems_;
    std::vector<QRectF> tiles_;
    int at_ = -1;
};

ProblemMap::ProblemMap(ComparisonModel* model, QWidget* parent) : Card(QStringLiteral("problemMap"), parent), model_(model) {
    header()->addWidget(new Text(tr("Problem by problem"), FontRole::cardTitle));
    header()->addWidget(note_ = new Text({}, FontRole::caption, ColorRole::text2), 1);
    note_->setElided(true);
    header()->addWidget(legend_ = new Text({}, FontRole::caption, ColorRole::text2));
    legend_->setTextFormat(Qt::RichText);
    header()->addWidget(new ExportButton(QStringLiteral("problem-map"), [this] { return ExportSource{tiles_->problems().empty() ? nullptr : this, {tiles_, counts_}}; }));
    header()->setContentsMargins(12, 10, 12, 4);
    body()->setContentsMargins(12, 0, 12, 8);
    body()->addWidget(tiles_ = new Tiles(model, this), 1);
    body()->addWidget(counts_ = new Text({}, FontRole::caption, ColorRole::text2));
    counts_->setObjectName(QStringLiteral("problemCounts"));
    counts_->setWordWrap(true);
    connect(model, &ComparisonModel::changed, this, &ProblemMap::refresh);
    connect(&Theme::instance(), &Theme::changed, this, &ProblemMap::refresh);
}

QString ProblemMap::summary() const { return counts_->text(); }

QString ProblemMap::exportName() const { return QStringLiteral("problem-by-problem"); }
QString ProblemMap::exportTitle() const { return tr("Problem by problem"); }
QString ProblemMap::exportNote() const { return note_->text(); }

ShownTable ProblemMap::shownTable() const {
    ShownTable table{{QStringLiteral("id"), QStringLiteral("tier"), QStringLiteral("arm"), QStringLiteral("baseline"), QStringLiteral("solved_arm"), QStringLiteral("solved_baseline"),
                      QStringLiteral("difference"), QStringLiteral("seeds"), QStringLiteral("higher_in_seeds"), QStringLiteral("lower_in_seeds")},
                     {}};
    for (const ProblemDifference& p : tiles_->problems()) {
        const bool tried = p.seeds > 0;  // Else its numbers mean nothing.
        table.rows.push_back({QString::fromStdString(p.id), QString::fromStdString(p.tier), armName(model_, model_->chosen()), armName(model_, model_->baseline()), tried ? csvNumber(p.ours) : QString(),
                              tried ? csvNumber(p.theirs) : QString(), tried ? csvNumber(p.difference()) : QString(), QString::number(p.seeds), QString::number(p.higher), QString::number(p.lower)});
    }
    return table;
}

void ProblemMap::refresh() {
    const std::size_t chosen = model_->chosen(), baseline = model_->baseline();
    std::vector<ProblemDifference> problems;
    if (chosen != baseline && model_->result().cells.size() > std::max(chosen, baseline)) problems = problem_differences(model_->result(), chosen, baseline);
    if (std::none_of(problems.begin(), problems.end(), [](const auto& p) { return p.seeds > 0; })) problems.clear();
    int higher = 0, lower = 0, seeds = 0, tried = 0;
    double chance = 0;
    for (const ProblemDifference& problem : problems) {
        seeds = std::max(seeds, problem.seeds);
        tried += problem.seeds > 0;
        if (problem.seeds > 1) chance += std::pow(.5, problem.seeds);
        if (!problem.one_way()) continue;
        higher += problem.higher > 0;
        lower += problem.lower > 0;
    }
    note_->setText(problems.empty() ? QString() : tr("%1 minus %2: share right without a hint over the last 5 visits").arg(armName(model_, chosen), armName(model_, baseline)));
    const auto swatch = [&](std::size_t arm) {
        return QStringLiteral("<span style=\"color:%1\">■</span> %2").arg(armColor(arm).name(), tr("%1 higher").arg(armName(model_, arm)).toHtmlEscaped());
    };
    legend_->setText(problems.empty() ? QString() : swatch(chosen) + QStringLiteral("&nbsp;&nbsp;&nbsp;") + swatch(baseline));
    counts_->setText(problems.empty() ? QString()
                     : seeds < 2      ? tr("One seed: which problems gained is noise until more seeds are run.")
                                      : tr("▲ %1 higher in every seed, ▼ %2 lower in every seed, of %3 problems (seeds: %4). With no difference at all chance gives up to %5 each.")
                                       .arg(higher).arg(lower).arg(tried).arg(seeds).arg(std::round(chance)));
    tiles_->setAccessibleDescription(counts_->text());
    tiles_->take(std::move(problems));
}

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// The two pages of Teach and what goes between them.
#include "ui/workspaces/teach_workspace.h"

#include <QGridLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeyEvent>
#include <QMessageBox>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>

#include "ui/lessons/lesson_run.h"
#include "ui/models/run_model.h"
#include "ui/views/common/card.h"
#include "ui/views/live/map_cells.h"
#include "ui/views/teach/lesson_controls.h"
#include "ui/views/teach/lesson_list.h"
#include "ui/views/teach/lesson_map.h"
#include "ui/views/teach/lesson_panel.h"
#include "ui/views/teach/lesson_text.h"
#include "ui/views/teach/step_bar.h"

namespace foothold::ui {
namespace {

/// A cell with its name, for the head of the map.
class Swatch : public QWidget {
   public:
    Swatch(int entry, const QString& text) : entry_(entry), text_(text) {
        setFixedSize(26 + QFontMetrics(lessonFont(12)).horizontalAdvance(text) + 4, 22);
        setAccessibleName(text);
        connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    }

   protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        MapCells::paint(painter, QRectF(0, 3, 16, 16), MapCells::example(entry_), true);
        painter.setFont(lessonFont(12));
        painter.setPen(Theme::instance().color(ColorRole::text2));
        painter.drawText(QRect(23, 0, width() - 23, height()), Qt::AlignVCenter, text_);
    }

   private:
    int entry_;
    QString text_;
};

}  // namespace

TeachWorkspace::TeachWorkspace(RunModel* model, const std::filesystem::path& folder, QWidget* parent)
    : QWidget(parent), model_(model), folder_(folder), run_(new LessonRun(model, this)) {
    setObjectName(QStringLiteral("teachWorkspace"));
    setAccessibleName(tr("Teach"));
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Lessons"));
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(stack_ = new QStackedWidget);
    stack_->addWidget(list_ = new LessonList);
    stack_->addWidget(makeLesson());
    connect(list_, &LessonList::started, this, &TeachWorkspace::startSlot);
    connect(list_, &LessonList::resumed, this, [this] {
        if (!run_->resume(slots_)) return;
        lessonDir_ = model_->session()->dir();
        showPage(true);
    });
    connect(run_, &LessonRun::said, this, &TeachWorkspace::said);
    connect(model_, &RunModel::runChanged, this, [this] {
        // Another run was opened: this lesson is over, unless it is the run of the lesson made anew.
        if (run_->active() && (!model_->session() || model_->session()->dir() != lessonDir_)) {
            run_->end();
            showPage(false);
        }
        if (isVisible() && !run_->active()) readLessons();
    });
    readLessons();
}

QWidget* TeachWorkspace::makeLesson() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* steps = new StepBar(run_);
    column->addWidget(steps);
    column->addWidget(rule());
    connect(steps, &StepBar::openInLive, this, &TeachWorkspace::openInLive);
    connect(steps, &StepBar::leave, this, &TeachWorkspace::leave);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(Theme::gutter, Theme::gutter, Theme::gutter, Theme::gutter);
    line->setSpacing(Theme::gutter);
    column->addLayout(line, 1);
    line->addWidget(panel_ = new LessonPanel(model_, run_));
    connect(panel_, &LessonPanel::slowMotionAsked, this, &TeachWorkspace::slowMotionAsked);
    connect(panel_, &LessonPanel::handoutAsked, this, &TeachWorkspace::handoutAsked);

    auto* right = new QVBoxLayout;
    right->setSpacing(Theme::gutter);
    line->addLayout(right, 1);
    const auto card = [&](const char* name, const QString& title, QWidget* view, int stretch) {
        auto* made = new Card(QString::fromLatin1(name));
        auto* words = new LessonLabel(15, QFont::DemiBold, ColorRole::text);
        words->setText(title);
        words->setWordWrap(false);
        made->header()->setContentsMargins(18, 10, 18, 4);
        made->header()->addWidget(words);
        made->header()->addStretch();
        auto* inside = new QVBoxLayout;
        inside->setContentsMargins(18, 4, 18, 8);
        inside->addWidget(view);
        made->body()->addLayout(inside);
        right->addWidget(made, stretch);
        return made;
    };
    Card* map = card("lessonMapCard", tr("Every group of eight attempts"), new LessonMap(model_, run_), 20);
    map->setMaximumHeight(520);
    for (const auto& [entry, name] : {std::pair{0, tr("All wrong")}, {1, tr("Some right")}, {2, tr("All right")}, {4, tr("Right under a hint")}, {6, tr("… by luck only")}}) map->header()->addWidget(new Swatch(entry, name));
    Card* lines = card("lessonLinesCard", tr("Share solved, tier by tier"), new LessonLines(model_, run_), 1);
    auto* how = new LessonLabel(12, QFont::Normal, ColorRole::text2);
    how->setWordWrap(false);
    how->setText(tr("no hints; thin line: as it is, thick line: smoothed"));
    lines->header()->addWidget(how);
    right->addWidget(controls_ = new LessonControls(model_, run_));
    connect(controls_, &LessonControls::resetAsked, this, &TeachWorkspace::reset);
    // So that keys go on working, and no other button has the focus by accident.
    const auto focus = [this] { setFocus(); };
    connect(controls_, &LessonControls::pressed, this, focus);
    connect(panel_, &LessonPanel::pressed, this, focus);
    return page;
}

bool TeachWorkspace::inLesson() const { return run_->active() && stack_->currentIndex() == 1; }

double TeachWorkspace::pace() const { return controls_->pace(); }

void TeachWorkspace::playOrPause() { controls_->playOrPause(); }

void TeachWorkspace::readLessons() {
    slots_ = findLessons(folder_);
    std::string resumable;
    if (model_->session()) resumable = QJsonDocument::fromJson(QByteArray::fromStdString(model_->session()->note("lesson"))).object()[QStringLiteral("lesson")].toString().toStdString();
    list_->setSlots(slots_, resumable);
}

void TeachWorkspace::startSlot(int index) {
    if (index < 0 || index >= static_cast<int>(slots_.size()) || !slots_[static_cast<std::size_t>(index)].lesson) return;
    const Lesson lesson = *slots_[static_cast<std::size_t>(index)].lesson;
    Q_EMIT lessonAsked(lesson);
}

void TeachWorkspace::begin(const Lesson& lesson) {
    lessonDir_ = model_->session() ? model_->session()->dir() : std::filesystem::path();
    run_->begin(lesson);
    showPage(true);
    if (model_->session()) model_->session()->set_pace(pace());
    setFocus();
}

void TeachWorkspace::leave() {
    run_->pause();
    run_->end();
    showPage(false);
    readLessons();
}

void TeachWorkspace::reset() {
    const Lesson lesson = run_->lesson();
    if (model_->lastStep() > 0) {
        QMessageBox question(QMessageBox::NoIcon, tr("Begin the lesson again?"), tr("A new run is begun. This one stays in the list of runs, with what you predicted."), QMessageBox::Cancel, this);
        question.setObjectName(QStringLiteral("lesson.reset-question"));
        auto* again = question.addButton(tr("Begin again"), QMessageBox::AcceptRole);
        question.exec();
        if (question.clickedButton() != again) return;
    }
    Q_EMIT lessonAsked(lesson);
}

void TeachWorkspace::showPage(bool lesson) {
    stack_->setCurrentIndex(lesson ? 1 : 0);
    Q_EMIT shownChanged();
}

void TeachWorkspace::keyPressEvent(QKeyEvent* event) {
    const bool plain = !(event->modifiers() & ~Qt::KeypadModifier);
    if (inLesson() && plain) {
        if ((event->key() >= Qt::Key_1 && event->key() <= Qt::Key_5) || event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return panel_->press(event->key());
        if (event->key() == Qt::Key_Space) return playOrPause();
    }
    QWidget::keyPressEvent(event);
}

}  // namespace foothold::ui

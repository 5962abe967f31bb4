// SPDX-License-Identifier: GPL-3.0-or-later
// Place and looks of the tour's bubble.
#include "ui/views/frame/tour_bubble.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPushButton>
#include <algorithm>

#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

constexpr int wide = 340, gap = 14, edge = 10;

/// The ring around what is meant.
class Ring : public QWidget {
   public:
    explicit Ring(QWidget* window) : QWidget(window) {
        setObjectName(QStringLiteral("tour.ring"));
        setAttribute(Qt::WA_TransparentForMouseEvents);
        setFocusPolicy(Qt::NoFocus);
    }

   protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(Theme::instance().color(ColorRole::accent), 3));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5), Theme::cardRadius, Theme::cardRadius);
    }
};

}  // namespace

TourBubble::TourBubble(QWidget* window) : QFrame(window), ring_(new Ring(window)) {
    setObjectName(QStringLiteral("tour"));
    setAccessibleName(tr("First tour"));
    setFixedWidth(wide);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(6);
    count_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    title_ = new Text(QString(), FontRole::cardTitle);
    title_->setObjectName(QStringLiteral("tour.title"));
    title_->setWordWrap(true);
    text_ = new Text(QString(), FontRole::body, ColorRole::text2);
    text_->setObjectName(QStringLiteral("tour.text"));
    text_->setWordWrap(true);
    column->addWidget(count_);
    column->addWidget(title_);
    column->addWidget(text_);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, 4, 0, 0);
    auto* skip = new QPushButton(tr("End the tour"));
    skip->setObjectName(QStringLiteral("tour.skip"));
    next_ = new QPushButton;
    next_->setObjectName(QStringLiteral("tour.next"));
    line->addWidget(skip);
    line->addStretch();
    line->addWidget(next_);
    column->addLayout(line);
    connect(skip, &QPushButton::clicked, this, &TourBubble::skip);
    connect(next_, &QPushButton::clicked, this, &TourBubble::next);
    window->installEventFilter(this);
}

TourBubble::~TourBubble() { delete ring_; }

void TourBubble::say(const QString& count, const QString& title, const QString& text, QWidget* target, bool last) {
    count_->setText(count);
    title_->setText(title);
    text_->setText(text);
    setAccessibleDescription(title + QStringLiteral(". ") + text);
    next_->setText(last ? tr("Finish") : tr("Next"));
    if (target_) target_->removeEventFilter(this);
    target_ = target;
    if (target_) target_->installEventFilter(this);
    show();
    place();
}

void TourBubble::place() {
    // The height that the wrapped text needs at this width.
    setFixedHeight(layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(wide) : sizeHint().height());
    const QRect room = parentWidget()->rect().adjusted(edge, edge, -edge, -edge);
    const bool there = target_ && target_->isVisible();
    ring_->setVisible(there);
    if (!there) {
        move(room.center() - rect().center());
        raise();
        return;
    }
    const QRect about = QRect(target_->mapTo(parentWidget(), QPoint()), target_->size()).adjusted(-4, -4, 4, 4).intersected(parentWidget()->rect());
    ring_->setGeometry(about);
    ring_->raise();
    raise();
    // Below what is meant if there is room, else above, else beside; a target that fills the window is covered at its lower right.
    const QPoint centre = about.center();
    const struct {
        int spare;
        QPoint at;
    } sides[] = {{room.bottom() - about.bottom() - gap - height(), {centre.x() - width() / 2, about.bottom() + gap}},
                 {about.top() - room.top() - gap - height(), {centre.x() - width() / 2, about.top() - gap - height()}},
                 {room.right() - about.right() - gap - width(), {about.right() + gap, centre.y() - height() / 2}},
                 {about.left() - room.left() - gap - width(), {about.left() - gap - width(), centre.y() - height() / 2}}};
    const auto* best = std::find_if(std::begin(sides), std::end(sides), [](const auto& side) { return side.spare >= 0; });
    QPoint at = best != std::end(sides) ? best->at : about.bottomRight() - QPoint(width() + gap, height() + gap);
    at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - width())));
    at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    move(at);
}

bool TourBubble::eventFilter(QObject* watched, QEvent* event) {
    switch (event->type()) {
        case QEvent::Resize:
        case QEvent::Move:
        case QEvent::Show:
        case QEvent::Hide:
        case QEvent::LayoutRequest:
            if (isVisible()) QMetaObject::invokeMethod(this, [this] { place(); }, Qt::QueuedConnection);
            break;
        default: break;
    }
    return QFrame::eventFilter(watched, event);
}

void TourBubble::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return Q_EMIT skip();
    QFrame::keyPressEvent(event);
}

void TourBubble::paintEvent(QPaintEvent*) {
    const Theme& theme = Theme::instance();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.color(ColorRole::accent), 1.5));
    painter.setBrush(theme.color(ColorRole::surface));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Theme::cardRadius, Theme::cardRadius);
}

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// SVG files with currentColor, replaced by the tint and rendered at the resolution asked for.
#include "ui/theme/icons.h"

#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QPaintEngine>
#include <QPainter>
#include <QPixmap>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace foothold::ui {
namespace {

const QByteArray& source(const QString& name) {
    static QHash<QString, QByteArray> sources;
    auto found = sources.find(name);
    if (found == sources.end()) {
        QFile file(":/icons/" + name + ".svg");
        found = sources.insert(name, file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    }
    return *found;
}

class Tinted : public QIconEngine {
public:
    Tinted(QString name, ColorRole role) : name_(std::move(name)), role_(role) {}
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        paintIcon(*painter, name_, rect, Theme::instance().color(mode == QIcon::Disabled ? ColorRole::text3 : role_));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap image(size);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        paint(&painter, QRect({}, size), mode, state);
        return image;
    }
    QIconEngine* clone() const override { return new Tinted(*this); }
    bool isNull() override { return source(name_).isEmpty(); }

private:
    QString name_;
    ColorRole role_;
};

}  // namespace

QIcon tintedIcon(const QString& name, ColorRole role) { return QIcon(new Tinted(name, role)); }

qreal paintRatio(const QPainter& painter) {
    const QPaintEngine* engine = painter.paintEngine();
    return engine->type() == QPaintEngine::Raster ? engine->paintDevice()->devicePixelRatioF() : 3;
}

void paintIcon(QPainter& painter, const QString& name, const QRectF& rect, const QColor& color) {
    // Rendered once for a size and a colour: the same few icons are painted several times a second.
    const qreal scale = paintRatio(painter);
    const QString key = QStringLiteral("icon/%1/%2/%3x%4@%5").arg(name, color.name()).arg(rect.width()).arg(rect.height()).arg(scale);
    QPixmap image;
    if (!QPixmapCache::find(key, &image)) {
        QByteArray svg = source(name);
        if (svg.isEmpty()) return;
        svg.replace("currentColor", color.name().toLatin1());
        image = QPixmap((rect.size() * scale).toSize());
        image.setDevicePixelRatio(scale);
        image.fill(Qt::transparent);
        QPainter inside(&image);
        inside.setRenderHint(QPainter::Antialiasing);
        QSvgRenderer(svg).render(&inside, QRectF(QPointF(), rect.size()));
        inside.end();
        QPixmapCache::insert(key, image);
    }
    painter.drawPixmap(rect.topLeft(), image);
}

}  // namespace foothold::ui

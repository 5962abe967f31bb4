// SPDX-License-Identifier: GPL-3.0-or-later
// Painting widgets into pictures, and files that are never half written.
#include "ui/views/common/export_picture.h"

#include <QApplication>
#include <QBuffer>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QImage>
#include <QPageLayout>
#include <QPdfWriter>
#include <QPointer>
#include <QSaveFile>
#include <QScopeGuard>
#include <QSvgGenerator>
#include <algorithm>

#include "record/error.h"
#include "ui/theme/theme.h"
#include "ui/views/common/plot_library.h"

namespace foothold::ui {
namespace {

constexpr int kMargin = 16, kTitle = 30, kGap = 6, kLeastWidth = 420, kDotsPerInch = 96;

QString tr(const char* text) { return QCoreApplication::translate("ExportPicture", text); }

struct Places {
    QSize all;
    QRect title, caption;
    std::vector<QRect> widgets;
};

Places place(const ExportPicture& picture) {
    Places places;
    int width = kLeastWidth;
    for (const QWidget* widget : picture.widgets) width = std::max(width, widget->width());
    int y = kMargin;
    places.title = {kMargin, y, width, kTitle};
    y += kTitle;
    for (const QWidget* widget : picture.widgets) {
        places.widgets.emplace_back(QPoint(kMargin, y), widget->size());
        y += widget->height() + kGap;
    }
    const QFontMetrics metrics(Theme::instance().font(FontRole::caption));
    const int tall = metrics.boundingRect(QRect(0, 0, width, 10000), Qt::TextWordWrap, picture.caption).height() + 2;
    places.caption = {kMargin, y + kGap, width, tall};
    places.all = {width + 2 * kMargin, y + kGap + tall + kMargin};
    return places;
}

/// Widgets paint themselves; plots keep what they painted as pixels and so are painted anew over it.
void paintWidget(QCPPainter& painter, QWidget* widget) {
    widget->render(&painter, {}, {}, QWidget::DrawChildren);
    QList<QCustomPlot*> plots = widget->findChildren<QCustomPlot*>();
    if (auto* plot = qobject_cast<QCustomPlot*>(widget)) plots.append(plot);
    for (QCustomPlot* plot : plots) {
        if (plot != widget && !plot->isVisibleTo(widget)) continue;
        painter.save();
        painter.translate(plot->mapTo(widget, QPoint()));
        painter.setClipRect(QRect(QPoint(), plot->size()));
        painter.fillRect(QRect(QPoint(), plot->size()), Theme::instance().color(ColorRole::surface));
        plot->toPainter(&painter, plot->width(), plot->height());
        painter.restore();
    }
}

void paint(QPaintDevice* device, const ExportPicture& picture, const Places& places) {
    const Theme& theme = Theme::instance();
    QCPPainter painter;
    painter.begin(device);
    painter.fillRect(QRect(QPoint(), places.all), theme.color(ColorRole::surface));
    painter.setFont(theme.font(FontRole::cardTitle));
    painter.setPen(theme.color(ColorRole::text));
    painter.drawText(places.title, Qt::AlignLeft | Qt::AlignTop, picture.title);
    for (qsizetype i = 0; i < picture.widgets.size(); ++i) {
        painter.save();
        painter.translate(places.widgets[static_cast<std::size_t>(i)].topLeft());
        paintWidget(painter, picture.widgets[i]);
        painter.restore();
    }
    painter.setFont(theme.font(FontRole::caption));
    painter.setPen(theme.color(ColorRole::text3));
    painter.drawText(places.caption, Qt::TextWordWrap, picture.caption);
    painter.end();
}

}  // namespace

QString exportSuffix(ExportFormat format) {
    switch (format) {
        case ExportFormat::png:
        case ExportFormat::png2x: return QStringLiteral("png");
        case ExportFormat::svg: return QStringLiteral("svg");
        case ExportFormat::pdf: return QStringLiteral("pdf");
        case ExportFormat::csv: return QStringLiteral("csv");
        case ExportFormat::jsonl: return QStringLiteral("jsonl");
    }
    return {};
}

QString exportFilter(ExportFormat format) { return QStringLiteral("%1 (*.%2)").arg(exportSuffix(format).toUpper(), exportSuffix(format)); }

QByteArray pictureBytes(const ExportPicture& picture, ExportFormat format) {
    // A ring around what has the focus belongs to the screen.
    const QPointer<QWidget> focus = QApplication::focusWidget();
    const bool inside = focus && std::any_of(picture.widgets.begin(), picture.widgets.end(), [&](const QWidget* w) { return w == focus || w->isAncestorOf(focus); });
    if (inside) focus->clearFocus();
    const auto back = qScopeGuard([&] {
        if (inside && focus) focus->setFocus();
    });
    const Places places = place(picture);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (format == ExportFormat::svg) {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setTitle(picture.title);
        svg.setDescription(picture.caption);
        svg.setResolution(kDotsPerInch);
        svg.setSize(places.all);
        svg.setViewBox(QRect(QPoint(), places.all));
        paint(&svg, picture, places);
    } else if (format == ExportFormat::pdf) {
        QPdfWriter pdf(&buffer);
        pdf.setTitle(picture.title);
        pdf.setCreator(QStringLiteral("Foothold"));
        pdf.setResolution(kDotsPerInch);
        pdf.setPageSize(QPageSize(QSizeF(places.all) * 72 / kDotsPerInch, QPageSize::Point, {}, QPageSize::ExactMatch));
        pdf.setPageMargins({});
        paint(&pdf, picture, places);
    } else {
        const int ratio = format == ExportFormat::png2x ? 2 : 1;
        QImage image(places.all * ratio, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio);
        paint(&image, picture, places);
        image.setText(QStringLiteral("Title"), picture.title);
        image.setText(QStringLiteral("Description"), picture.caption);
        image.save(&buffer, "PNG");
    }
    buffer.close();
    return bytes;
}

void saveWhole(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    const bool written = file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
    if (written) return;
    throw UserError(tr("%1 could not be written into %2: %3. Nothing was changed there. Choose another folder, or check its rights and its free space, and export again.")
                        .arg(QFileInfo(path).fileName(), QDir::toNativeSeparators(QFileInfo(path).absolutePath()), file.errorString())
                        .toStdString());
}

}  // namespace foothold::ui

// SPDX-License-Identifier: GPL-3.0-or-later
// Pages, links, pictures and search of the help.
#include "ui/views/frame/help_dialog.h"

#include <QDir>
#include <QFile>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QShortcut>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextStream>
#include <QTextTable>

#include "ui/views/common/card.h"

namespace foothold::ui {
namespace {

enum Role { fileRole = Qt::UserRole, titleRole, bodyRole };

/// Pictures are as wide as the page at most. Markdown is read into a document that nobody looks at: in one that is shown, Qt 6.4 lays the whole page out
/// again for each cell of a table, which takes minutes where tables are long.
class Page : public QTextBrowser {
   public:
    using QTextBrowser::QTextBrowser;
    QVariant loadResource(int type, const QUrl& name) override {
        QVariant found = QTextBrowser::loadResource(type, name);
        if (type == QTextDocument::HtmlResource && name.fileName().endsWith(QStringLiteral(".md"))) return htmlOf(QString::fromUtf8(found.toByteArray()));
        if (type != QTextDocument::ImageResource) return found;
        QImage image = found.canConvert<QByteArray>() ? QImage::fromData(found.toByteArray()) : found.value<QImage>();
        const int room = viewport()->width() - 40;
        if (!image.isNull() && image.width() > room) image = image.scaledToWidth(room, Qt::SmoothTransformation);
        return image;
    }

   protected:
    void doSetSource(const QUrl& url, QTextDocument::ResourceType) override {
        QTextBrowser::doSetSource(url, QTextDocument::HtmlResource);
        if (url.hasFragment()) goTo(url.fragment());
    }

   private:
    /// A heading by the name that links give it: small letters, a dash for each space, no other signs.
    void goTo(const QString& name) {
        static const QRegularExpression others(QStringLiteral("[^\\w -]"));
        for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
            if (block.blockFormat().headingLevel() == 0 || block.text().toLower().remove(others).replace(' ', '-') != name) continue;
            moveCursor(QTextCursor::End);  // The heading then comes to stand at the top.
            setTextCursor(QTextCursor(block));
            return;
        }
    }
    static QString htmlOf(const QString& markdown) {
        QTextDocument page;
        page.setMarkdown(markdown);
        QTextCursor all(&page);
        all.select(QTextCursor::Document);
        QTextBlockFormat airy;
        airy.setLineHeight(130, QTextBlockFormat::ProportionalHeight);
        airy.setBottomMargin(6);
        all.mergeBlockFormat(airy);
        for (QTextBlock block = page.begin().next(); block.isValid(); block = block.next()) {
            if (block.blockFormat().headingLevel() == 0) continue;
            QTextBlockFormat apart;
            apart.setTopMargin(16);
            QTextCursor(block).mergeBlockFormat(apart);
        }
        for (QTextFrame* frame : page.rootFrame()->childFrames()) {
            auto* table = qobject_cast<QTextTable*>(frame);
            if (!table) continue;
            QTextTableFormat lines = table->format();
            lines.setBorderCollapse(true);
            lines.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            lines.setBorder(1);
            lines.setBorderBrush(Theme::instance().color(ColorRole::border));
            lines.setCellSpacing(0);
            lines.setCellPadding(4);
            table->setFormat(lines);
        }
        return page.toHtml();
    }
};

}  // namespace

HelpDialog::HelpDialog(const std::filesystem::path& folder, QWidget* parent) : QDialog(parent) {
    setObjectName(QStringLiteral("help.dialog"));
    setWindowTitle(tr("Help"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(Theme::padding, Theme::padding, Theme::padding, Theme::padding);
    row->setSpacing(Theme::padding);
    auto* left = new QVBoxLayout;
    find_ = new QLineEdit;
    find_->setObjectName(QStringLiteral("help.find"));
    find_->setAccessibleName(tr("Find in the help"));
    find_->setPlaceholderText(tr("Find"));
    find_->setClearButtonEnabled(true);
    find_->addAction(Theme::instance().icon(QStringLiteral("search"), ColorRole::text3), QLineEdit::LeadingPosition);
    found_ = new Text(QString(), FontRole::caption, ColorRole::text3);
    found_->setObjectName(QStringLiteral("help.found"));
    pages_ = new QListWidget;
    pages_->setObjectName(QStringLiteral("help.pages"));
    pages_->setAccessibleName(tr("Pages"));
    pages_->setFixedWidth(250);
    pages_->setTextElideMode(Qt::ElideRight);
    pages_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    left->addWidget(find_);
    left->addWidget(found_);
    left->addWidget(pages_, 1);
    row->addLayout(left);
    auto* right = new QVBoxLayout;
    text_ = new Page;
    text_->setObjectName(QStringLiteral("help.text"));
    text_->setAccessibleName(tr("Help page"));
    text_->setFont(Theme::instance().font(FontRole::body));
    text_->document()->setDocumentMargin(16);
    text_->setOpenExternalLinks(true);
    text_->setSearchPaths({QString::fromStdString(folder.string())});
    right->addWidget(text_, 1);
    auto* close = new QPushButton(tr("Close"));
    close->setObjectName(QStringLiteral("help.close"));
    close->setAutoDefault(false);
    auto* line = new QHBoxLayout;
    line->addStretch();
    line->addWidget(close);
    right->addLayout(line);
    row->addLayout(right, 1);
    resizeToFit(this, {920, 680});

    QStringList files = QDir(QString::fromStdString(folder.string())).entryList({QStringLiteral("*.md")}, QDir::Files, QDir::Name);
    if (files.removeOne(QStringLiteral("index.md"))) files.prepend(QStringLiteral("index.md"));
    for (const QString& name : files) {
        QFile file(QString::fromStdString((folder / name.toStdString()).string()));
        if (!file.open(QIODevice::ReadOnly)) continue;
        const QString body = QString::fromUtf8(file.readAll());
        QString title = body.section('\n', 0, 0);
        while (title.startsWith('#') || title.startsWith(' ')) title.remove(0, 1);
        auto* item = new QListWidgetItem(title, pages_);
        item->setToolTip(title);
        item->setData(fileRole, name);
        item->setData(titleRole, title);
        item->setData(bodyRole, body);
    }
    if (pages_->count() == 0) text_->setPlainText(tr("The help pages are missing from %1.").arg(QString::fromStdString(folder.string())));
    connect(pages_, &QListWidget::currentItemChanged, this, [this, folder](const QListWidgetItem* item) {
        if (!item) return;
        const QUrl url = QUrl::fromLocalFile(QString::fromStdString((folder / item->data(fileRole).toString().toStdString()).string()));
        if (text_->source().path() != url.path()) text_->setSource(url);
        search();
    });
    connect(text_, &QTextBrowser::sourceChanged, this, [this](const QUrl& url) {
        for (int i = 0; i < pages_->count(); ++i)
            if (pages_->item(i)->data(fileRole).toString() == url.fileName()) pages_->setCurrentRow(i);
    });
    connect(find_, &QLineEdit::textChanged, this, &HelpDialog::search);
    connect(find_, &QLineEdit::returnPressed, this, [this] { step(false); });
    connect(new QShortcut(QKeySequence::Find, this), &QShortcut::activated, find_, qOverload<>(&QWidget::setFocus));
    connect(new QShortcut(QKeySequence::FindNext, this), &QShortcut::activated, this, [this] { step(false); });
    connect(new QShortcut(QKeySequence::FindPrevious, this), &QShortcut::activated, this, [this] { step(true); });
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
}

void HelpDialog::open(const QString& page) {
    for (int i = 0; i < pages_->count(); ++i)
        if (pages_->item(i)->data(fileRole).toString() == page + QStringLiteral(".md")) pages_->setCurrentRow(i);
    if (pages_->currentRow() < 0) pages_->setCurrentRow(0);
    QDialog::open();
    find_->setFocus();
}

void HelpDialog::search() {
    const QString word = find_->text();
    QList<QTextEdit::ExtraSelection> marks;
    if (!word.isEmpty())
        for (QTextCursor at = text_->document()->find(word); !at.isNull(); at = text_->document()->find(word, at)) {
            QTextEdit::ExtraSelection mark;
            mark.cursor = at;
            mark.format.setBackground(Theme::instance().color(ColorRole::given));
            marks << mark;
        }
    text_->setExtraSelections(marks);
    int others = 0;
    for (int i = 0; i < pages_->count(); ++i) {
        QListWidgetItem* item = pages_->item(i);
        const auto times = word.isEmpty() ? 0 : item->data(bodyRole).toString().count(word, Qt::CaseInsensitive);
        item->setText(times > 0 ? tr("%1 (%2)").arg(item->data(titleRole).toString()).arg(times) : item->data(titleRole).toString());
        others += times > 0 && i != pages_->currentRow();
    }
    if (word.isEmpty()) found_->setText(QString());
    else if (marks.isEmpty() && others == 0) found_->setText(tr("not found on any page"));
    else found_->setText(tr("%1 here, on %2 other pages").arg(marks.size()).arg(others));
    if (!marks.isEmpty()) {
        QTextCursor first = marks.front().cursor;
        first.setPosition(first.selectionStart());
        text_->setTextCursor(first);
    }
}

void HelpDialog::step(bool back) {
    const QTextDocument::FindFlags way = back ? QTextDocument::FindBackward : QTextDocument::FindFlags();
    if (find_->text().isEmpty() || text_->find(find_->text(), way)) return;
    text_->moveCursor(back ? QTextCursor::End : QTextCursor::Start);  // Once around.
    text_->find(find_->text(), way);
}

}  // namespace foothold::ui

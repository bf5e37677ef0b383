// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/filefield.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>

namespace qs {
namespace {

QString localPath(const QMimeData *data)
{
    for (const QUrl &url : data->urls())
        if (url.isLocalFile())
            return url.toLocalFile();
    return {};
}

} // namespace

FileField::FileField(Kind kind, QWidget *parent)
    : QWidget(parent)
    , m_kind(kind)
    , m_line(new QLineEdit)
    , m_button(new QPushButton)
    , m_hint(new QLabel)
{
    auto *layout = new QGridLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setVerticalSpacing(2);
    layout->addWidget(m_line, 0, 0);
    layout->addWidget(m_button, 0, 1);
    layout->addWidget(m_hint, 1, 0, 1, 2);
    m_hint->setWordWrap(true);
    m_hint->hide();
    m_button->setAutoDefault(false);
    m_line->setClearButtonEnabled(true);
    setFocusProxy(m_line);
    setAcceptDrops(true);
    // A dropped file replaces the path; QLineEdit would insert its URL at the cursor.
    m_line->installEventFilter(this);
    connect(m_line, &QLineEdit::editingFinished, this, &FileField::commit);
    connect(m_line, &QLineEdit::textChanged, this, &FileField::validate);
    connect(m_button, &QPushButton::clicked, this, &FileField::browse);
    if (kind == Kind::OpenFileOrFolder) {
        auto *menu = new QMenu(m_button);
        menu->addAction(QString(), this, [this] { choose(false); });
        menu->addAction(QString(), this, [this] { choose(true); });
        m_button->setMenu(menu);
    }
    retranslate();
}

QString FileField::path() const
{
    const QString text = m_line->text().trimmed();
    if (text == QLatin1String("~") || text.startsWith(QLatin1String("~/")))
        return QDir::homePath() + text.mid(1);
    return text;
}

void FileField::setPath(const QString &path)
{
    m_line->setText(QDir::toNativeSeparators(path));
    m_committed = this->path();
}

void FileField::setPlaceholderText(const QString &text)
{
    m_line->setPlaceholderText(text);
}

bool FileField::isAcceptable() const
{
    const QString text = path();
    if (text.isEmpty())
        return false;
    if (m_special.contains(text))
        return true;
    const QFileInfo info(text);
    switch (m_kind) {
    case Kind::OpenFile:
        return info.isFile();
    case Kind::OpenFolder:
        return info.isDir();
    case Kind::OpenFileOrFolder:
        return info.exists();
    case Kind::SaveFile:
        return !info.isDir() && info.absoluteDir().exists();
    case Kind::SaveAny:
        return info.absoluteDir().exists();
    }
    return false;
}

void FileField::validate()
{
    const bool wrong = !path().isEmpty() && !isAcceptable();
    m_hint->setText(isSaved() ? tr("⚠ There is no such folder") : tr("⚠ There is nothing at this path"));
    m_hint->setVisible(wrong);
    m_line->setAccessibleDescription(wrong ? m_hint->text() : QString());
}

void FileField::commit()
{
    if (path() == m_committed)
        return;
    m_committed = path();
    emit pathChanged(m_committed);
}

void FileField::userPath(const QString &path)
{
    if (path.isEmpty())
        return;
    m_line->setText(QDir::toNativeSeparators(path));
    commit();
}

void FileField::browse()
{
    choose(m_kind == Kind::OpenFolder);
}

void FileField::choose(bool folder)
{
    auto *dialog = new QFileDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(isSaved() ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog->setFileMode(folder          ? QFileDialog::Directory
                            : isSaved() ? QFileDialog::AnyFile
                                        : QFileDialog::ExistingFile);
    if (!folder && !m_filters.isEmpty())
        dialog->setNameFilters(m_filters);
    const QFileInfo current(path());
    if (current.exists())
        dialog->setDirectory(current.isDir() ? current.absoluteFilePath() : current.absolutePath());
    else if (isSaved() && current.absoluteDir().exists()) {
        dialog->setDirectory(current.absolutePath());
        dialog->selectFile(current.fileName());
    }
    connect(dialog, &QFileDialog::fileSelected, this, &FileField::userPath);
    dialog->open();
}

bool FileField::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_line && (event->type() == QEvent::DragEnter || event->type() == QEvent::Drop)) {
        auto *drop = static_cast<QDropEvent *>(event);
        if (!localPath(drop->mimeData()).isEmpty()) {
            if (event->type() == QEvent::Drop)
                dropEvent(drop);
            else
                drop->acceptProposedAction();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void FileField::dragEnterEvent(QDragEnterEvent *event)
{
    if (!localPath(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void FileField::dropEvent(QDropEvent *event)
{
    userPath(localPath(event->mimeData()));
    event->acceptProposedAction();
}

void FileField::retranslate()
{
    m_button->setText(tr("Browse…"));
    m_button->setAccessibleName(tr("Browse"));
    if (m_button->menu()) {
        m_button->menu()->actions().at(0)->setText(tr("File…"));
        m_button->menu()->actions().at(1)->setText(tr("Folder…"));
    }
    validate();
}

void FileField::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::LanguageChange)
        retranslate();
}

} // namespace qs

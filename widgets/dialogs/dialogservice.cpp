// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/dialogservice.h"

#include "widgets/dialogs/aboutdialog.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>

namespace qs {

QString QtDialogService::openFile(QWidget *parent, const QString &title, const QString &folder,
                                  const QStringList &filters)
{
    return QFileDialog::getOpenFileName(parent, title, folder, filters.join(QLatin1String(";;")));
}

QString QtDialogService::saveFile(QWidget *parent, const QString &title, const QString &suggestion,
                                  const QStringList &filters)
{
    return QFileDialog::getSaveFileName(parent, title, suggestion, filters.join(QLatin1String(";;")));
}

QString QtDialogService::chooseFolder(QWidget *parent, const QString &title, const QString &folder)
{
    return QFileDialog::getExistingDirectory(parent, title, folder);
}

DialogService::SaveAnswer QtDialogService::askToSave(QWidget *parent, const QString &document)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("DialogService", text); };
    QMessageBox box(QMessageBox::Question, tr(QT_TRANSLATE_NOOP("DialogService", "Unsaved changes")),
                    tr(QT_TRANSLATE_NOOP("DialogService", "Save the changes to %1?")).arg(document),
                    QMessageBox::NoButton, parent);
    box.setInformativeText(
        tr(QT_TRANSLATE_NOOP("DialogService", "Runs that are not saved have to be made again.")));
    const QAbstractButton *save
        = box.addButton(tr(QT_TRANSLATE_NOOP("DialogService", "Save")), QMessageBox::AcceptRole);
    const QAbstractButton *discard
        = box.addButton(tr(QT_TRANSLATE_NOOP("DialogService", "Discard")), QMessageBox::DestructiveRole);
    box.addButton(tr(QT_TRANSLATE_NOOP("DialogService", "Cancel")), QMessageBox::RejectRole);
    box.exec();
    if (box.clickedButton() == save)
        return SaveAnswer::Save;
    return box.clickedButton() == discard ? SaveAnswer::Discard : SaveAnswer::Cancel;
}

void QtDialogService::showAbout(QWidget *parent)
{
    AboutDialog(parent).exec();
}

QString QtDialogService::askText(QWidget *parent, const QString &title, const QString &label,
                                 const QString &text)
{
    QInputDialog dialog(parent);
    dialog.setWindowTitle(title);
    dialog.setLabelText(label);
    dialog.setTextValue(text);
    dialog.setOkButtonText(QCoreApplication::translate("DialogService", "OK"));
    dialog.setCancelButtonText(QCoreApplication::translate("DialogService", "Cancel"));
    return dialog.exec() == QDialog::Accepted ? dialog.textValue().trimmed() : QString();
}

} // namespace qs

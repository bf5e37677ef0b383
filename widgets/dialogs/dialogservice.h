// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace qs {

/// Every modal question of the program goes through here, so that tests can answer. An empty path =
/// cancelled.
class DialogService
{
public:
    enum class SaveAnswer { Save, Discard, Cancel };

    virtual ~DialogService() = default;

    virtual QString openFile(QWidget *parent, const QString &title, const QString &folder,
                             const QStringList &filters)
        = 0;
    /// Asks before an existing file is replaced. \a suggestion is a whole path.
    virtual QString saveFile(QWidget *parent, const QString &title, const QString &suggestion,
                             const QStringList &filters)
        = 0;
    virtual QString chooseFolder(QWidget *parent, const QString &title, const QString &folder) = 0;
    virtual SaveAnswer askToSave(QWidget *parent, const QString &document) = 0;
    virtual void showAbout(QWidget *parent) = 0;
    virtual QString askText(QWidget *parent, const QString &title, const QString &label, const QString &text)
        = 0;
};

/// The real dialogs.
class QtDialogService : public DialogService
{
public:
    QString openFile(QWidget *parent, const QString &title, const QString &folder,
                     const QStringList &filters) override;
    QString saveFile(QWidget *parent, const QString &title, const QString &suggestion,
                     const QStringList &filters) override;
    QString chooseFolder(QWidget *parent, const QString &title, const QString &folder) override;
    SaveAnswer askToSave(QWidget *parent, const QString &document) override;
    void showAbout(QWidget *parent) override;
    QString askText(QWidget *parent, const QString &title, const QString &label,
                    const QString &text) override;
};

} // namespace qs

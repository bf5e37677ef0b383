// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/dialogs/dialogservice.h"

namespace qs::test {

/// Answers every question at once: with \c path where a file is asked for, with \c text where a text is, and
/// nothing needs saving. Empty = as if the user had cancelled.
class NoDialogs : public DialogService
{
public:
    QString openFile(QWidget *, const QString &, const QString &, const QStringList &) override
    {
        return path;
    }
    QString saveFile(QWidget *, const QString &, const QString &, const QStringList &) override
    {
        return path;
    }
    QString chooseFolder(QWidget *, const QString &, const QString &) override { return path; }
    SaveAnswer askToSave(QWidget *, const QString &) override { return SaveAnswer::Discard; }
    void showAbout(QWidget *) override { }
    QString askText(QWidget *, const QString &, const QString &, const QString &) override { return text; }

    QString path;
    QString text;
};

} // namespace qs::test

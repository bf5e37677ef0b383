// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace qs {

/// A path to type, to browse for or to drop from a file manager. Says so when there is nothing at the path.
class FileField : public QWidget
{
    Q_OBJECT
public:
    /// SaveAny: a file or a folder that is made, whichever the name means to the one who makes it.
    enum class Kind { OpenFile, OpenFolder, OpenFileOrFolder, SaveFile, SaveAny };

    explicit FileField(Kind kind, QWidget *parent = nullptr);

    QString path() const;
    void setPath(const QString &path); ///< emits nothing
    /// "ONNX models (*.onnx)", as QFileDialog wants them.
    void setNameFilters(const QStringList &filters) { m_filters = filters; }
    void setPlaceholderText(const QString &text);
    /// Words that are no path but mean something, e.g. "synthetic".
    void setSpecialValues(const QStringList &values) { m_special = values; }
    /// There is something at the path (or a special value); for what is saved, the folder exists.
    bool isAcceptable() const;
    QLineEdit *lineEdit() const { return m_line; }

public slots:
    void browse();

signals:
    void pathChanged(const QString &path); ///< by the user: Enter, focus lost, chosen or dropped

protected:
    void changeEvent(QEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    bool isSaved() const { return m_kind == Kind::SaveFile || m_kind == Kind::SaveAny; }
    void retranslate();
    void validate();
    void commit();
    void choose(bool folder);
    void userPath(const QString &path);

    Kind m_kind;
    QLineEdit *m_line;
    QPushButton *m_button;
    QLabel *m_hint;
    QStringList m_filters;
    QStringList m_special;
    QString m_committed;
};

} // namespace qs

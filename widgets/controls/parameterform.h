// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paramspec.h"

#include <QString>
#include <QWidget>

#include <functional>
#include <map>
#include <string>

class QFormLayout;
class QLabel;

namespace qs {

/// A form made from the description of parameters: check boxes, spin boxes, choices, lines of text. Titles
/// and help are translated from the context "Params".
class ParameterForm : public QWidget
{
    Q_OBJECT
public:
    explicit ParameterForm(QWidget *parent = nullptr);

    /// Builds the form anew when the specs differ from the present ones, else only sets the values.
    void setParameters(const ParamSet &parameters);
    /// As entered; a field with an error keeps its last good value.
    const ParamSet &parameters() const { return m_parameters; }
    bool isValid() const { return m_errors.empty(); }
    /// Shows \a message under the field of \a key; empty = none.
    void setError(const std::string &key, const QString &message);
    void resetToDefaults();
    /// How a choice is called where its id is not its name: from key and id; empty = the id.
    using ChoiceText = std::function<QString(const std::string &key, const std::string &choice)>;
    void setChoiceText(ChoiceText text);

signals:
    void changed(); ///< by the user
    void validityChanged(bool valid);

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Field
    {
        QWidget *editor = nullptr;
        QLabel *label = nullptr;
        QLabel *error = nullptr;
    };
    void build();
    void retranslate();
    void showValues();
    QWidget *makeEditor(const ParamSpec &spec);
    void enter(const std::string &key, const ParamValue &value);

    QFormLayout *m_layout;
    ParamSet m_parameters;
    ChoiceText m_choiceText;
    std::map<std::string, Field> m_fields;
    std::map<std::string, QString> m_errors;
    bool m_showing = false;
};

} // namespace qs

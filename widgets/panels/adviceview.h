// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/panels/section.h"
#include "widgets/panels/wishform.h"

class QPushButton;
class QToolButton;

namespace qs {

/// An advice, the reasons for it and what comes next when it does not do, and what the user wishes. Reasons
/// and wishes are folded away; the reasons come up while the advice is not followed.
class AdviceView : public Section
{
    Q_OBJECT

signals:
    void wishChanged();
    void used(); ///< set it as advised

protected:
    explicit AdviceView(WishForm::Subject subject, QWidget *parent = nullptr);

    Wish wish() const { return m_wishes->wish(); }
    /// \a strategy is the title of the advised one, empty when there is none.
    void showAdvice(const Advice &advice, const QString &strategy, bool isFollowed);
    void retranslate() override;

private:
    QLabel *m_what;
    QPushButton *m_use;
    QToolButton *m_unfold;
    QLabel *m_why;
    QToolButton *m_ask;
    WishForm *m_wishes;
};

/// Whether \a parameters have all the values that \a advice wants.
bool follows(const nlohmann::json &parameters, const Advice &advice);

} // namespace qs

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/dialogs/aboutdialog.h"

#include "core/runtime/inferenceengine.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace qs {

AboutDialog::AboutDialog(QWidget *parent)
    : QDialog(parent)
{
    setWindowTitle(tr("About Quantization Studio"));
    auto *layout = new QVBoxLayout(this);
    auto *text = new QLabel;
    text->setTextFormat(Qt::RichText);
    text->setTextInteractionFlags(Qt::TextBrowserInteraction);
    text->setOpenExternalLinks(true);
    text->setWordWrap(true);
    text->setMinimumWidth(420);
    const QString runtime = QString::fromStdString(makeOnnxRuntimeEngine()->version());
    text->setText(
        QStringLiteral("<h2>%1</h2><p>%2</p><p>%3</p><p>%4</p>")
            .arg(
                tr("Quantization Studio %1").arg(QApplication::applicationVersion()),
                tr("Makes neural networks small and fast, and shows what that costs: layer by layer, "
                   "measured with the kernels that will run."),
                tr("Built with Qt %1, %2, QCustomPlot, OpenCV and ONNX.")
                    .arg(QString::fromLatin1(qVersion()), runtime),
                tr("Free software under the GNU General Public License, version 3 or later. It comes with no "
                   "warranty.")));
    layout->addWidget(text);
    auto *buttons = new QDialogButtonBox;
    QPushButton *close = buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole);
    close->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    layout->addWidget(buttons);
}

} // namespace qs

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What quantizing real networks makes is what the checks ask for, on every target.
#include "core/lint/lint.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "core/targets/target.h"

#include <QDir>
#include <QTest>

using namespace qs;

class tst_RealLint : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QDir(QStringLiteral(QS_SHARED_DIR)).exists())
            QSKIP("the shared models and data are not here");
    }
    void exportsAreClean_data();
    void exportsAreClean();
};

void tst_RealLint::exportsAreClean_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("target");
    for (const char *model : {"resnet20_cifar10", "mobilenet_v2_1.0_224", "squeezenet_v1.0", "ppocr_v4_det",
                              "ultraface_rfb320"}) {
        for (const Target &target : builtinTargets().all()) {
            QTest::addRow("%s %s", model, target.id.c_str())
                << QString::fromUtf8(model) << QString::fromStdString(target.id);
        }
    }
}

void tst_RealLint::exportsAreClean()
{
    QFETCH(QString, model);
    QFETCH(QString, target);
    JobContext job;
    const ModelPtr source
        = *loadModel((QStringLiteral(QS_SHARED_DIR "/models/") + model + ".onnx").toStdString(), job);
    Recipe recipe;
    recipe.target = target.toStdString();
    recipe.parameters = {{"observer", "minmax"}};
    recipe.calibration.path = "synthetic";
    recipe.calibration.limit = 4;
    const auto engine = makeOnnxRuntimeEngine();
    const auto made = quantize(source, recipe, *engine, {}, job);
    QVERIFY2(made.ok(), made.ok() ? "" : made.error().message().c_str());
    const LintOptions options {
        .target = builtinTargets().find(recipe.target), .engine = engine.get(), .source = source.get()};
    QStringList problems;
    for (const Finding &finding : lintModel(*(*made)->model, options, job)) {
        // Open shapes are the source's, and QNN must be told of them.
        if (finding.severity != Severity::Info && finding.code != "open-shapes")
            problems << QString::fromStdString(finding.code + " " + finding.subject + ": "
                                               + finding.detail.str());
    }
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join("\n")));
}

QTEST_GUILESS_MAIN(tst_RealLint)
#include "tst_real_lint.moc"

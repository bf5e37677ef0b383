// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Quantized files as the window takes them: opened as the model, and added to compare with the runs.
#include "core/model/modelio.h"
#include "core/session/openedmodel.h"
#include "core/session/runwork.h"
#include "tests/support/quantizerun.h"
#include "tests/support/textmodel.h"

#include <QTemporaryDir>
#include <QTest>

using namespace qs;

namespace {

ModelPtr network()
{
    return modelFromText(
        R"(g (float[N,3,8,8] x) => (float[N,16] y) <float[32,3,1,1] w, float[32] b, float[32,16] f>
        { [conv] t = Conv(x, w, b) [relu] r = Relu(t) [pool] p = GlobalAveragePool(r) [flat] q = Flatten(p)
          [product] y = MatMul(q, f) })");
}

} // namespace

class TestAddedModel : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void opensAsItIs();
    void isComparedWithTheFloatModel();
    void forgetsNoRecipe();
    void refusesWhatDoesNotFit_data();
    void refusesWhatDoesNotFit();

private:
    std::filesystem::path save(const ModelPtr &model, const char *name) const
    {
        const std::filesystem::path path = m_dir.filePath(QString::fromUtf8(name)).toStdString();
        JobContext job;
        if (!saveModel(*model, path, {}, job).ok())
            qFatal("cannot save %s", name);
        return path;
    }
    AddRequest request(const std::filesystem::path &file) const
    {
        AddRequest request;
        request.name = "#1 file";
        request.file = file;
        request.model = m_float->model;
        request.prepared = m_float->prepared;
        request.recipe = syntheticRecipe("x86-vnni");
        return request;
    }
    Result<RunPtr> add(const std::filesystem::path &file, int *published = nullptr) const
    {
        JobContext job;
        return performAdd(
            request(file), *makeOnnxRuntimeEngine(),
            [&](const RunPtr &) { published ? void(++*published) : void(); }, job);
    }

    QTemporaryDir m_dir;
    OpenedModelPtr m_float;
    ModelPtr m_quantized;
};

void TestAddedModel::initTestCase()
{
    QVERIFY(m_dir.isValid());
    JobContext job;
    const auto opened = openModelFile(save(network(), "float.onnx"), makeOnnxRuntimeEngine().get(), job);
    QVERIFY(opened.ok());
    m_float = *opened;
    QVERIFY(!m_float->quantized);
    const auto made = quantizeModel(m_float->model, syntheticRecipe("x86-vnni"));
    QVERIFY(made.ok());
    m_quantized = (*made)->model;
}

void TestAddedModel::opensAsItIs()
{
    JobContext job;
    const auto opened = openModelFile(save(m_quantized, "as-model.onnx"), makeOnnxRuntimeEngine().get(), job);
    QVERIFY(opened.ok());
    QVERIFY((*opened)->quantized);
    QCOMPARE((*opened)->prepared, (*opened)->model); // nothing is folded into its pairs
    QStringList layers;
    for (const Layer &layer : (*opened)->layers)
        layers << QString::fromStdString(layer.op);
    QCOMPARE(layers, QStringList({"Pad", "Conv", "GlobalAveragePool", "Flatten", "MatMul"}));
    QCOMPARE((*opened)->quantized->find("conv")->precision, std::string("INT8"));
}

void TestAddedModel::isComparedWithTheFloatModel()
{
    int published = 0;
    const auto run = add(save(m_quantized, "added.onnx"), &published);
    QVERIFY2(run.ok(), run.ok() ? "" : run.error().message().c_str());
    QCOMPARE(published, 2); // the model, then with drift
    const Quantized &quantized = *(*run)->quantized;
    QCOMPARE(quantized.source, m_float->model);
    QCOMPARE((*run)->evaluation->samples, std::uint64_t {8});
    QVERIFY(*(*run)->evaluation->outputSqnrDb > 20);
    QStringList compared;
    for (const LayerDrift &layer : (*run)->drift->layers)
        compared << QString::fromStdString(layer.name);
    QVERIFY2(compared.contains("conv") && compared.contains("product"), qPrintable(compared.join(", ")));
    // What the file does is told layer by layer, as the plan of a run is.
    const auto form = [&](const char *layer) {
        for (const NodePlan &node : quantized.plan.nodes) {
            if (node.layer == layer)
                return node.form;
        }
        return NodeForm::Float;
    };
    QVERIFY(form("conv") == NodeForm::Integer);
    QVERIFY(form("relu") == NodeForm::Absorbed);
    QVERIFY(quantized.plan.tensors.contains("x"));
    QVERIFY(form("product") == NodeForm::Integer);
    const TensorPlan &relu = quantized.plan.tensors.at("r");
    QCOMPARE(relu.params.at(0).zeroPoint, 0);
    QCOMPARE(relu.ranges.at(0).min, 0.F);
    QCOMPARE(relu.ranges.at(0).max, 255 * relu.params.at(0).scale);
}

void TestAddedModel::forgetsNoRecipe()
{
    const auto ours = add(save(m_quantized, "ours.onnx"));
    QVERIFY(ours.ok());
    QCOMPARE((*ours)->quantized->recipe.strategy, std::string("static"));
    const ModelPtr other = modelFromText(R"(g (float[N,3,8,8] x) => (float[N,16] y)
        <float[32,3,1,1] w, float[32] b, int8[32,16] f, float s = {0.02}, int8 z = {0}>
        { [conv] t = Conv(x, w, b) [relu] r = Relu(t) [pool] p = GlobalAveragePool(r) [flat] q = Flatten(p)
          d = DequantizeLinear(f, s, z) [product] y = MatMul(q, d) })");
    const auto theirs = add(save(other, "theirs.onnx"));
    QVERIFY2(theirs.ok(), theirs.ok() ? "" : theirs.error().message().c_str());
    QCOMPARE((*theirs)->quantized->recipe.strategy, std::string());
    QCOMPARE((*theirs)->quantized->recipe.target, std::string("x86-vnni"));
}

void TestAddedModel::refusesWhatDoesNotFit_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("why");
    QTest::newRow("float") << "g (float[N,3,8,8] x) => (float[N,3,8,8] y) { y = Relu(x) }"
                           << "not quantized";
    QTest::newRow("another network") << "g (float[N,4] z) => (float[N,4] y) <float s = {1}> { q = "
                                        "QuantizeLinear(z, s) d = DequantizeLinear(q, s) y = Relu(d) }"
                                     << "input 'z'";
}

void TestAddedModel::refusesWhatDoesNotFit()
{
    QFETCH(QString, text);
    QFETCH(QString, why);
    const auto run = add(save(modelFromText(text.toUtf8().constData()), "other.onnx"));
    QVERIFY(!run.ok());
    QVERIFY2(QString::fromStdString(run.error().message()).contains(why), run.error().message().c_str());
    QVERIFY(QString::fromStdString(run.error().message()).contains("other.onnx"));
}

QTEST_GUILESS_MAIN(TestAddedModel)
#include "tst_addedmodel.moc"

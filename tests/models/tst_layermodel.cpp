// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layerfiltermodel.h"
#include "widgets/models/layermodel.h"
#include "widgets/models/roles.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace qs;

namespace {

Layer makeLayer(const std::string &name, const std::string &op, std::int64_t parameters)
{
    Layer layer;
    layer.name = name;
    layer.op = op;
    layer.outputs = {name + "_out"};
    layer.outputShapes = {Shape {1, 64, 56, 56}};
    layer.parameters = parameters;
    layer.macs = 1000 * parameters;
    return layer;
}

NodePlan makeNode(const std::string &layer, bool quantized, const std::string &reason)
{
    NodePlan node;
    node.layer = layer;
    node.form = quantized ? NodeForm::Integer : NodeForm::Float;
    node.reason = reason;
    return node;
}

LayerDrift makeDrift(const std::string &name, double sqnrDb)
{
    LayerDrift drift;
    drift.name = name;
    drift.accumulated = {sqnrDb, 0.999, 0.5, 0.25};
    drift.alone = DriftMetrics {sqnrDb + 3, 0.9999, 0.1, 0.25};
    return drift;
}

LayerContent fullContent()
{
    LayerContent content;
    content.layers = std::make_shared<std::vector<Layer>>(std::vector {
        makeLayer("conv1", "Conv", 9408), makeLayer("relu", "Relu", 0), makeLayer("fc", "Gemm", 512000)});
    auto plan = std::make_shared<Plan>();
    plan->nodes = {makeNode("conv1", true, "QLinearConv"), makeNode("relu", true, "folded"),
                   makeNode("fc", false, "kept float: excluded")};
    TensorPlan tensor;
    tensor.tensor = "conv1_out";
    tensor.scheme = {DType::UInt8, false};
    tensor.ranges = {{-1.5F, 2.5F}};
    tensor.reason = "entropy over 200 samples";
    plan->tensors["conv1_out"] = tensor;
    content.plan = plan;
    auto statistics = std::make_shared<Statistics>();
    statistics->tensors["conv1_out"].extent = {-2, 3};
    content.statistics = statistics;
    auto drift = std::make_shared<Drift>();
    drift->layers = {makeDrift("conv1", 31.44), makeDrift("relu", std::numeric_limits<double>::infinity())};
    content.drift = drift;
    return content;
}

} // namespace

class TestLayerModel : public QObject
{
    Q_OBJECT
private slots:
    void showsValues();
    void precisionOfFloatOutput();
    void clippedFromHistogram();
    void unknownIsADash();
    void findsRows();
    void excludedLayersAreMarked();
    void filters();
    void sortsUnknownLast();
    void retranslates();
    void precisionNamesTheForm();
};

void TestLayerModel::showsValues()
{
    LayerModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    model.setContent(fullContent());
    QCOMPARE(model.rowCount(), 3);
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, LayerModel::NameColumn), "conv1");
    QCOMPARE(text(0, LayerModel::OpColumn), "Conv");
    QCOMPARE(text(0, LayerModel::ShapeColumn), "1×64×56×56");
    QCOMPARE(text(0, LayerModel::ParametersColumn), QLocale().toString(9408));
    QCOMPARE(text(0, LayerModel::PrecisionColumn), "INT8");
    QCOMPARE(text(2, LayerModel::PrecisionColumn), "FP32");
    QCOMPARE(text(2, LayerModel::ReasonColumn), "kept float: excluded");
    QCOMPARE(text(0, LayerModel::MinimumColumn), "-2");
    QCOMPARE(text(0, LayerModel::MaximumColumn), "3");
    QCOMPARE(text(0, LayerModel::ClippedColumn), "0.25");
    QCOMPARE(text(0, LayerModel::SqnrColumn), "31.4");
    QCOMPARE(text(1, LayerModel::SqnrColumn), "∞");
    QCOMPARE(text(0, LayerModel::CosineColumn), "0.99900");
    QCOMPARE(text(0, LayerModel::MaxAbsColumn), "0.5");
    QCOMPARE(model.index(0, LayerModel::SqnrColumn).data(SortRole).toDouble(), 31.44);
    QCOMPARE(model.index(0, LayerModel::ParametersColumn).data(SortRole).toLongLong(), 9408);
    QCOMPARE(model.index(0, 3).data(LayerNameRole).toString(), "conv1");
    QCOMPARE(model.index(0, 3).data(TensorNameRole).toString(), "conv1_out");
    QVERIFY(
        model.index(0, LayerModel::MinimumColumn).data(Qt::ToolTipRole).toString().contains("-1.5 to 2.5"));
    QVERIFY(model.index(0, LayerModel::SqnrColumn).data(Qt::ToolTipRole).toString().contains("34.4 dB"));
}

void TestLayerModel::precisionOfFloatOutput()
{
    LayerContent content;
    Layer layer = makeLayer("fc", "Gemm", 10);
    layer.inputs = {"x"};
    content.layers = std::make_shared<std::vector<Layer>>(std::vector {layer});
    auto plan = std::make_shared<Plan>();
    plan->nodes = {makeNode("fc", true, "MatMulIntegerToFloat")};
    plan->tensors["x"].scheme = {DType::Int16, true};
    content.plan = plan;
    LayerModel model;
    model.setContent(content);
    QCOMPARE(model.index(0, LayerModel::PrecisionColumn).data().toString(), "INT16");
    plan = std::make_shared<Plan>(*plan);
    plan->tensors["w"].role = TensorRole::Weight;
    plan->tensors["w"].scheme = {DType::Int8, true, 4};
    content.plan = plan;
    layer.inputs = {"x", "w"};
    content.layers = std::make_shared<std::vector<Layer>>(std::vector {layer});
    model.setContent(content);
    QCOMPARE(model.index(0, LayerModel::PrecisionColumn).data().toString(), "W4A16");
}

void TestLayerModel::clippedFromHistogram()
{
    LayerContent content = fullContent();
    content.drift = nullptr;
    auto statistics = std::make_shared<Statistics>();
    Histogram histogram;
    histogram.add(std::vector<float> {-2.F, 0.F, 1.F, 3.F}); // the plan's range is -1.5 to 2.5
    statistics->tensors["conv1_out"].histogram = histogram;
    content.statistics = statistics;
    LayerModel model;
    model.setContent(content);
    QCOMPARE(model.index(0, LayerModel::ClippedColumn).data(SortRole).toDouble(), 50.0);
}

void TestLayerModel::unknownIsADash()
{
    LayerContent content;
    content.layers = fullContent().layers;
    LayerModel model;
    model.setContent(content);
    for (const int column :
         {LayerModel::PrecisionColumn, LayerModel::MinimumColumn, LayerModel::SqnrColumn}) {
        QCOMPARE(model.index(0, column).data().toString(), "–");
    }
    QVERIFY(!model.index(0, LayerModel::SqnrColumn).data(SortRole).isValid());
    QVERIFY(!model.index(0, LayerModel::NameColumn).data(QuantizedRole).isValid());
}

void TestLayerModel::findsRows()
{
    LayerModel model;
    model.setContent(fullContent());
    QCOMPARE(model.rowOf("fc"), 2);
    QCOMPARE(model.rowOf("nothing"), -1);
    QCOMPARE(model.layerAt(1), "relu");
    QCOMPARE(model.layerAt(7), QString());
}

void TestLayerModel::excludedLayersAreMarked()
{
    LayerModel model;
    model.setContent(fullContent());
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setExcluded({"relu"});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.index(1, 0).data(ExcludedRole).toBool(), true);
    QCOMPARE(model.index(0, 0).data(ExcludedRole).toBool(), false);
}

void TestLayerModel::filters()
{
    LayerModel model;
    model.setContent(fullContent());
    LayerFilterModel filter;
    filter.setSourceModel(&model);
    QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
    filter.setText("con");
    QCOMPARE(filter.rowCount(), 1);
    filter.setText("GEMM f"); // operator and name
    QCOMPARE(filter.rowCount(), 1);
    QCOMPARE(filter.index(0, 0).data().toString(), "fc");
    filter.setText({});
    filter.setPrecision(LayerFilterModel::Precision::Float);
    QCOMPARE(filter.rowCount(), 1);
    filter.setPrecision(LayerFilterModel::Precision::Quantized);
    QCOMPARE(filter.rowCount(), 2);
    filter.setPrecision(LayerFilterModel::Precision::Any);
    QCOMPARE(filter.rowCount(), 3);
}

void TestLayerModel::sortsUnknownLast()
{
    LayerModel model;
    model.setContent(fullContent());
    LayerFilterModel filter;
    filter.setSourceModel(&model);
    const auto names = [&] {
        QStringList list;
        for (int row = 0; row < filter.rowCount(); ++row)
            list << filter.index(row, 0).data().toString();
        return list;
    };
    filter.sort(LayerModel::SqnrColumn, Qt::AscendingOrder);
    QCOMPARE(names(), QStringList({"conv1", "relu", "fc"}));
    filter.sort(LayerModel::SqnrColumn, Qt::DescendingOrder);
    QCOMPARE(names(), QStringList({"relu", "conv1", "fc"}));
    filter.sort(LayerModel::ParametersColumn, Qt::DescendingOrder);
    QCOMPARE(names(), QStringList({"fc", "conv1", "relu"}));
}

void TestLayerModel::retranslates()
{
    LayerModel model;
    model.setContent(fullContent());
    QSignalSpy headers(&model, &QAbstractItemModel::headerDataChanged);
    model.retranslate();
    QCOMPARE(headers.size(), 1);
    for (int column = 0; column < LayerModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

void TestLayerModel::precisionNamesTheForm()
{
    LayerContent content = fullContent();
    auto plan = std::make_shared<Plan>(*content.plan);
    plan->nodes[0].form = NodeForm::Dynamic;
    plan->nodes[1].form = NodeForm::IntegerTable;
    plan->nodes[2].form = NodeForm::WeightOnly;
    plan->tensors["w"].blocks = BlockScheme {.bits = 4};
    content.plan = plan;
    LayerModel model;
    model.setContent(content);
    const auto precision
        = [&](int row) { return model.index(row, LayerModel::PrecisionColumn).data().toString(); };
    QCOMPARE(precision(0), QStringLiteral("Dynamic INT8"));
    QCOMPARE(precision(1), QStringLiteral("INT8 table"));
    QCOMPARE(precision(2), QStringLiteral("INT4 weights"));
}

QTEST_MAIN(TestLayerModel)
#include "tst_layermodel.moc"

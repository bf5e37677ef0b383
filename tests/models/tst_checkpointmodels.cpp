// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/tensorcelldelegate.h"
#include "widgets/models/checkpointrunmodel.h"
#include "widgets/models/roles.h"
#include "widgets/models/tensorgridmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace qs;

namespace {

CheckpointView viewOf(const std::string &type, std::uint64_t bytes)
{
    CheckpointView view;
    for (const char *name :
         {"model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight",
          "model.layers.0.input_layernorm.weight", "model.layers.1.self_attn.q_proj.weight"})
        view.tensors.push_back({name, type, {64, 1000}, bytes, true, {name}});
    view.tensors[2].shape = {64};
    view.tensors[2].byteSize = 128;
    for (const CheckpointTensor &tensor : view.tensors)
        view.byteSize += tensor.byteSize;
    return view;
}

CheckpointRunPtr makeRun(int id, const std::string &name, double perplexity, std::uint64_t bytes)
{
    auto run = std::make_shared<CheckpointRun>();
    run->id = id;
    run->name = name;
    run->fileBytes = bytes * 3 + 1000;
    run->view = std::make_shared<CheckpointView>(viewOf(id == 0 ? "float16" : "Q4_K", bytes));
    if (perplexity > 0) {
        auto quality = std::make_shared<TextQuality>();
        quality->text = "/texts/valid.txt";
        quality->result.perplexity = perplexity;
        quality->result.perplexityError = 0.25;
        quality->result.scored = 8192;
        quality->result.windows = 32;
        quality->result.context = 256;
        if (id != 0) {
            quality->result.divergence.emplace();
            quality->result.divergence->mean = 0.00421;
            quality->result.divergence->sameTop = {0.9312, 0.92, 0.94};
        }
        run->quality = quality;
    }
    return run;
}

QStringList names(const QAbstractItemModel &model)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names << model.index(row, 0).data().toString();
    return names;
}

}

class TestCheckpointModels : public QObject
{
    Q_OBJECT

private slots:
    void theGridHasALayerARow()
    {
        TensorGridModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 0);
        WeightDrift drift;
        drift.tensors.push_back(
            {.name = "model.layers.1.self_attn.q_proj.weight", .squares = 1000, .errors = 1});
        const CheckpointView view = viewOf("Q4_K", 36000);
        model.setGrid(makeTensorGrid(view, &drift));
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.columnCount(), 3);
        QCOMPARE(model.headerData(0, Qt::Vertical, Qt::DisplayRole).toString(), "Embeddings");
        QCOMPARE(model.headerData(2, Qt::Vertical, Qt::DisplayRole).toString(), "Layer 1");
        QCOMPARE(model.headerData(2, Qt::Horizontal, Qt::DisplayRole).toString(), "Q");
        const QModelIndex q = model.indexOf({1, "q"});
        QCOMPARE(q.row(), 2);
        QCOMPARE(q.data().toString(), "Q4_K");
        QCOMPARE(q.data(BitsRole).toDouble(), 4.5); // 36,000 bytes of 64,000 weights
        QVERIFY(!q.data(SortRole).isValid());
        const QString tip = q.data(Qt::ToolTipRole).toString();
        for (const char *fact : {"model.layers.1.self_attn.q_proj.weight", "64 × 1,000", "Q4_K",
                                 "4.50 bits a weight", "36.0 kB", "SQNR 30.0 dB"})
            QVERIFY2(tip.contains(QString::fromUtf8(fact)), qPrintable(tip));
        model.setFigure(TensorFigure::Error);
        QCOMPARE(q.data().toString(), "30.0");
        QCOMPARE(q.data(SortRole).toDouble(), 30.0);
        QVERIFY(!model.index(0, 2).data().isValid()); // no Q among the embeddings
        QVERIFY(!model.cellAt(model.index(0, 2)));
        QVERIFY(model.indexOf({0, "attn_norm"}).data(VectorRole).toBool());
        model.setFigure(TensorFigure::PlannedType);
        QVERIFY(q.data().toString().isEmpty());
        model.setPlanned({{{1, "q"}, GgmlType::Q6_K}});
        QCOMPARE(q.data().toString(), "Q6_K");
        QCOMPARE(q.data(BitsRole).toDouble(), 6.5625);
    }

    void otherFiguresKeepTheSelection()
    {
        TensorGridModel model;
        const CheckpointView view = viewOf("Q4_K", 36000);
        const CheckpointView other = viewOf("Q8_0", 68000);
        model.setGrid(makeTensorGrid(view, nullptr));
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        model.setGrid(makeTensorGrid(other, nullptr));
        QCOMPARE(reset.count(), 0);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(model.indexOf({0, "q"}).data().toString(), "Q8_0");
    }

    void theTableShowsFigures()
    {
        CheckpointRunModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRuns({makeRun(0, "tiny", 45.98, 128000), makeRun(1, "#1 gguf", 46.215, 36000)});
        QCOMPARE(model.rowCount(), 2);
        const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
        QCOMPARE(text(0, CheckpointRunModel::TypeColumn), "float16");
        QCOMPARE(text(0, CheckpointRunModel::PerplexityColumn), "45.980 ± 0.250");
        QCOMPARE(text(0, CheckpointRunModel::DivergenceColumn), "–");
        QCOMPARE(text(1, CheckpointRunModel::DivergenceColumn), "0.00421");
        QCOMPARE(text(1, CheckpointRunModel::SameTopColumn), "93.12");
        QCOMPARE(text(1, CheckpointRunModel::SizeColumn), "109.0 kB");
        QCOMPARE(text(1, CheckpointRunModel::SqnrColumn), "–");
        const QString tip
            = model.index(1, CheckpointRunModel::PerplexityColumn).data(Qt::ToolTipRole).toString();
        for (const char *fact : {"8,192", "valid.txt", "32", "256"})
            QVERIFY2(tip.contains(QString::fromUtf8(fact)), qPrintable(tip));
        auto elsewhere = std::make_shared<CheckpointRun>(*makeRun(2, "#2", 47, 36000));
        auto quality = std::make_shared<TextQuality>(*elsewhere->quality);
        quality->windows = 100;
        elsewhere->quality = quality;
        model.setRuns({model.runAt(0), model.runAt(1), elsewhere});
        QCOMPARE(text(2, CheckpointRunModel::PerplexityColumn), "(47.000 ± 0.250)"); // not to be compared
        QCOMPARE(model.rowOf(1), 1);
        QCOMPARE(model.rowOf(7), -1);
        QVERIFY(!model.runAt(3));
        for (int column = 0; column < model.columnCount(); ++column)
            QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    }

    void theOriginalStaysOnTop()
    {
        CheckpointRunModel model;
        CheckpointRunSorter sorter;
        QAbstractItemModelTester tester(&sorter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        sorter.setSourceModel(&model);
        model.setRuns({makeRun(0, "tiny", 45.98, 128000), makeRun(1, "a", 49, 20000),
                       makeRun(2, "b", 0, 68000), makeRun(3, "c", 46, 36000)});
        sorter.sort(CheckpointRunModel::PerplexityColumn, Qt::AscendingOrder);
        QCOMPARE(names(sorter), (QStringList {"tiny", "c", "a", "b"})); // what is not known comes last
        sorter.sort(CheckpointRunModel::PerplexityColumn, Qt::DescendingOrder);
        QCOMPARE(names(sorter), (QStringList {"tiny", "a", "c", "b"}));
        sorter.sort(CheckpointRunModel::SizeColumn, Qt::DescendingOrder);
        QCOMPARE(names(sorter), (QStringList {"tiny", "b", "c", "a"}));
        sorter.sort(CheckpointRunModel::NameColumn, Qt::AscendingOrder);
        QCOMPARE(names(sorter), (QStringList {"tiny", "a", "b", "c"}));
    }

    void widthsHaveColoursOfTheirOwn()
    {
        QCOMPARE(bitsColor(4.5), bitsColor(4.25));
        const double widths[] = {2.625, 3.4375, 4.5, 5.5, 6.5625, 8.5, 16, 32};
        for (std::size_t i = 1; i < std::size(widths); ++i)
            QVERIFY(qGray(bitsColor(widths[i]).rgb()) > qGray(bitsColor(widths[i - 1]).rgb()));
    }
};

QTEST_MAIN(TestCheckpointModels)
#include "tst_checkpointmodels.moc"

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/changedsamplesmodel.h"
#include "widgets/models/roles.h"

#include <QAbstractItemModelTester>
#include <QImage>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace qs;

namespace {

/// Files of a folder, in the order given; nothing is decoded.
class FileDataset : public Dataset
{
public:
    explicit FileDataset(std::vector<std::filesystem::path> files)
        : m_files(std::move(files))
    { }
    std::size_t size() const override { return m_files.size(); }
    Result<Sample> sample(std::size_t) const override { return Sample(); }
    std::string sampleId(std::size_t index) const override { return m_files[index].filename().string(); }
    std::optional<std::int64_t> label(std::size_t) const override { return {}; }
    bool hasLabels() const override { return false; }
    Text description() const override { return "files"; }
    std::string fingerprint() const override { return "x"; }
    std::filesystem::path sourceFile(std::size_t index) const override { return m_files[index]; }

private:
    std::vector<std::filesystem::path> m_files;
};

SampleResult makeResult(std::size_t index, std::int64_t prediction, std::int64_t reference)
{
    SampleResult result;
    result.id = "#" + std::to_string(index);
    result.index = index;
    result.label = 1;
    result.prediction = prediction;
    result.referencePrediction = reference;
    result.sqnrDb = 12.34;
    return result;
}

} // namespace

class TestChangedSamplesModel : public QObject
{
    Q_OBJECT
private slots:
    void keepsOnlyChanges();
    void loadsPicturesInTheBackground();
    void forgetsPicturesOnReset();
};

void TestChangedSamplesModel::keepsOnlyChanges()
{
    ChangedSamplesModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->results = {makeResult(0, 1, 1), makeResult(5, 2, 1), makeResult(6, 1, -1)};
    model.setContent(evaluation, nullptr, {"cat", "dog"});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, ChangedSamplesModel::SampleColumn).data().toString(), "#5");
    QCOMPARE(model.index(0, ChangedSamplesModel::LabelColumn).data().toString(), "dog");
    QCOMPARE(model.index(0, ChangedSamplesModel::ReferenceColumn).data().toString(), "dog");
    QCOMPARE(model.index(0, ChangedSamplesModel::QuantizedColumn).data().toString(), "2"); // no name for it
    QCOMPARE(model.index(0, ChangedSamplesModel::SqnrColumn).data().toString(), "12.3");
    QCOMPARE(model.index(0, 0).data(SampleIndexRole).toInt(), 5);
    QVERIFY(!model.index(0, 0).data(Qt::DecorationRole).isValid());
    model.setContent(nullptr, nullptr);
    QCOMPARE(model.rowCount(), 0);
}

void TestChangedSamplesModel::loadsPicturesInTheBackground()
{
    QTemporaryDir folder;
    QImage image(400, 200, QImage::Format_RGB32);
    image.fill(Qt::red);
    QVERIFY(image.save(folder.filePath("a.png")));
    QFile damaged(folder.filePath("b.png"));
    QVERIFY(damaged.open(QIODevice::WriteOnly) && damaged.write("no picture") > 0);
    damaged.close();
    auto dataset = std::make_shared<FileDataset>(std::vector<std::filesystem::path> {
        folder.filePath("a.png").toStdString(), folder.filePath("b.png").toStdString()});
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->results = {makeResult(0, 1, 2), makeResult(1, 1, 2)};
    ChangedSamplesModel model;
    model.setContent(evaluation, dataset);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    QVERIFY(!model.index(0, 0).data(Qt::DecorationRole).isValid());
    QVERIFY(!model.index(1, 0).data(Qt::DecorationRole).isValid());
    QTRY_COMPARE(changed.size(), 2);
    const QImage thumbnail = model.index(0, 0).data(Qt::DecorationRole).value<QImage>();
    QCOMPARE(thumbnail.size(), QSize(96, 48));
    QCOMPARE(thumbnail.pixelColor(40, 20), QColor(Qt::red));
    QVERIFY(!model.index(1, 0).data(Qt::DecorationRole).isValid());
}

void TestChangedSamplesModel::forgetsPicturesOnReset()
{
    QTemporaryDir folder;
    QImage image(10, 10, QImage::Format_RGB32);
    image.fill(Qt::blue);
    QVERIFY(image.save(folder.filePath("a.png")));
    auto dataset = std::make_shared<FileDataset>(
        std::vector<std::filesystem::path> {folder.filePath("a.png").toStdString()});
    auto evaluation = std::make_shared<Evaluation>();
    evaluation->results = {makeResult(0, 1, 2)};
    auto model = std::make_unique<ChangedSamplesModel>();
    model->setContent(evaluation, dataset);
    model->index(0, 0).data(Qt::DecorationRole);
    QSignalSpy changed(model.get(), &QAbstractItemModel::dataChanged);
    model->setContent(nullptr, nullptr);
    QTest::qWait(50);
    QCOMPARE(changed.size(), 0);
    model->setContent(evaluation, dataset);
    model->index(0, 0).data(Qt::DecorationRole);
    model.reset(); // while the picture is being read
}

QTEST_MAIN(TestChangedSamplesModel)
#include "tst_changedsamplesmodel.moc"

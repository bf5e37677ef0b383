// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Samples of a training: which are held back, how pictures are changed, and what becomes of damaged ones.
#include "core/trainer/trainingdata.h"
#include "tests/support/memorydataset.h"
#include "tests/support/modelrun.h"
#include "tests/support/tinycnn.h"
#include "tests/support/trainingrun.h"

#include <QTest>

#include <numeric>

using namespace qs;
using namespace qs::test;

Q_DECLARE_METATYPE(std::optional<qs::Layout>)

class tst_TrainingData : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { m_model = makeTinyCnn(); }
    void heldBackSamplesAreSpreadAndFixed();
    void augmentationMovesPixels();
    void augmentationIsTheSameInBothLayouts();
    void augmentationIsForPictures_data();
    void augmentationIsForPictures();
    void damagedSamplesAreLeftOut_data();
    void damagedSamplesAreLeftOut();

private:
    ModelPtr m_model;
};

void tst_TrainingData::heldBackSamplesAreSpreadAndFixed()
{
    const std::vector<bool> held = heldBack(1000, 0.1, 7);
    QCOMPARE(std::count(held.begin(), held.end(), true), std::ptrdiff_t(100));
    QVERIFY(held == heldBack(1000, 0.1, 7));
    QVERIFY(held != heldBack(1000, 0.1, 8));
    // Samples go round ten classes; no class may be held back as a whole, nor left out.
    for (std::size_t c = 0; c < 10; ++c) {
        int ofClass = 0;
        for (std::size_t i = c; i < held.size(); i += 10)
            ofClass += held[i] ? 1 : 0;
        QVERIFY(ofClass > 0 && ofClass < 50);
    }
    QCOMPARE(heldBack(1, 0.5, 1), std::vector<bool> {false});
}

void tst_TrainingData::augmentationMovesPixels()
{
    const std::vector<float> values {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const Tensor picture = Tensor::fromFloats({1, 1, 3, 3}, values);
    TrainingSettings settings;
    settings.flip = true;
    bool mirrored = false;
    bool kept = false;
    for (unsigned seed = 0; seed < 20; ++seed) {
        Random random(seed);
        const Tensor result = augmented(picture, Layout::Nchw, settings, random);
        const auto got = result.floats();
        kept = kept || std::ranges::equal(got, values);
        mirrored = mirrored || std::ranges::equal(got, std::vector<float> {3, 2, 1, 6, 5, 4, 9, 8, 7});
    }
    QVERIFY(kept && mirrored);
    settings = {};
    settings.crop = 1;
    bool shifted = false;
    for (unsigned seed = 0; seed < 200; ++seed) {
        Random random(seed);
        const Tensor result = augmented(picture, Layout::Nchw, settings, random);
        shifted
            = shifted || std::ranges::equal(result.floats(), std::vector<float> {5, 6, 0, 8, 9, 0, 0, 0, 0});
    }
    QVERIFY(shifted);
}

/// Channels stay with their pixel wherever they are stored.
void tst_TrainingData::augmentationIsTheSameInBothLayouts()
{
    constexpr std::int64_t kHeight = 5;
    constexpr std::int64_t kWidth = 4;
    const Tensor planar = randomTensor({1, 3, kHeight, kWidth}, 3);
    const auto channelsLast = [&](const Tensor &picture) {
        Tensor turned(DType::Float32, {1, kHeight, kWidth, 3});
        const auto to = turned.mutableData<float>();
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t i = 0; i < kHeight * kWidth; ++i)
                to[i * 3 + c] = picture.floats()[c * kHeight * kWidth + i];
        }
        return turned;
    };
    TrainingSettings settings;
    settings.flip = true;
    settings.crop = 2;
    int changed = 0;
    for (unsigned seed = 0; seed < 50; ++seed) {
        Random random(seed);
        Random same(seed);
        const Tensor wanted = channelsLast(augmented(planar, Layout::Nchw, settings, random));
        const Tensor got = augmented(channelsLast(planar), Layout::Nhwc, settings, same);
        QVERIFY(got.shape() == wanted.shape());
        QVERIFY(std::ranges::equal(got.floats(), wanted.floats()));
        changed += std::ranges::equal(got.floats(), channelsLast(planar).floats()) ? 0 : 1;
    }
    QVERIFY(changed > 40);
}

void tst_TrainingData::augmentationIsForPictures_data()
{
    QTest::addColumn<Shape>("shape");
    QTest::addColumn<std::optional<Layout>>("known");
    QTest::addColumn<std::optional<Layout>>("layout"); ///< none = refused
    const std::optional<Layout> none;
    const std::optional<Layout> planar = Layout::Nchw;
    const std::optional<Layout> last = Layout::Nhwc;
    QTest::newRow("channels first") << Shape {-1, 3, 32, 32} << none << planar;
    QTest::newRow("channels last") << Shape {-1, 32, 32, 3} << none << last;
    QTest::newRow("channels last, told otherwise") << Shape {-1, 32, 32, 3} << planar << last;
    QTest::newRow("open, told") << Shape {-1, -1, -1, -1} << last << last;
    QTest::newRow("open") << Shape {-1, -1, -1, -1} << none << none;
    QTest::newRow("features") << Shape {-1, 8, 16, 16} << none << none;
    QTest::newRow("features, told") << Shape {-1, 8, 16, 16} << planar << none;
    QTest::newRow("rows") << Shape {-1, 128} << none << none;
}

void tst_TrainingData::augmentationIsForPictures()
{
    QFETCH(Shape, shape);
    QFETCH(std::optional<Layout>, known);
    QFETCH(std::optional<Layout>, layout);
    ValueInfo input;
    input.name = "x";
    input.type = DType::Float32;
    input.shape = shape;
    input.hasShape = true;
    TrainingSettings settings;
    QVERIFY(augmentedLayout({input}, settings, known).ok()); // nothing is augmented
    settings.flip = true;
    const auto found = augmentedLayout({input}, settings, known);
    QCOMPARE(found.ok(), layout.has_value());
    if (layout)
        QVERIFY(*found == *layout);
    else
        QVERIFY(found.error().message().find("is for pictures") != std::string::npos);
    input.type = DType::Int64;
    QVERIFY(!augmentedLayout({input}, settings, known).ok());
}

/// Found only while training, where not all samples were decoded before it.
void tst_TrainingData::damagedSamplesAreLeftOut_data()
{
    QTest::addColumn<quint64>("memory");
    QTest::newRow("in memory") << quint64(1 << 30);
    QTest::newRow("decoded anew") << quint64(0);
}

void tst_TrainingData::damagedSamplesAreLeftOut()
{
    QFETCH(quint64, memory);
    const DatasetPtr all = pictures(*m_model, 40, true);
    std::vector<Sample> samples;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < all->size(); ++i) {
        samples.push_back(*all->sample(i));
        indices.push_back(i);
    }
    const auto open = [&](std::set<std::size_t> damaged, JobContext &job) {
        return TrainingData::open(std::make_shared<MemoryDataset>(samples, std::move(damaged)), indices,
                                  m_model->graph().inputs(), memory, job);
    };
    const auto readAll = [](TrainingData &data, JobContext &job) -> Result<std::int64_t> {
        std::vector<std::size_t> positions(data.size());
        std::iota(positions.begin(), positions.end(), std::size_t {0});
        QS_TRY(const auto batches, data.batches(positions, nullptr, job));
        std::int64_t rows = 0;
        for (const TrainBatch &batch : batches) {
            if (batch.labels.size() != static_cast<std::size_t>(batch.rows))
                return Error {};
            rows += batch.rows;
        }
        return rows;
    };
    std::vector<std::string> codes;
    JobContext job = listening(codes);
    auto data = open({3, 17, 39}, job);
    QS_VERIFY_OK(data);
    for (int epoch = 0; epoch < 2; ++epoch) {
        const auto rows = readAll(*data, job);
        QS_VERIFY_OK(rows);
        QCOMPARE(*rows, std::int64_t(37));
    }
    QCOMPARE(codes, std::vector<std::string>(3, "sample-skipped")); // once each

    auto tooMany = open({3, 5, 8, 17, 39}, job); // an eighth
    QVERIFY(!tooMany.ok() || !readAll(*tooMany, job).ok());
}

QTEST_GUILESS_MAIN(tst_TrainingData)
#include "tst_trainingdata.moc"

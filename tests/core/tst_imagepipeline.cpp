// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagepipeline.h"
#include "core/data/presets.h"
#include "tests/support/imagewriter.h"

#include <QtTest>

#include <cmath>
#include <sstream>

using namespace qs;
using namespace qs::test;

namespace {

ValueInfo input(Shape shape, DType type = DType::Float32)
{
    return {"x", type, std::move(shape), true};
}

Result<Tensor> apply(const Image &image, const Preprocessing &p, const ValueInfo &value)
{
    QS_TRY(const ImageInput resolved, resolveImageInput(value, p));
    return preprocessImage(image, p, resolved);
}

Image whole(const Image &image, int width, int height, ResizeFilter filter)
{
    return resampleAntialiased(image, width, height, {0, 0, width, height}, filter);
}

/// The test picture of Pillow's own Tests/test_image_resample.py: two bright and two dark squares.
Image squares(int size)
{
    Image image = makeImage(size, size, 1);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x)
            image.row(y)[x] = (x < size / 2) == (y < size / 2) ? 0xE1 : 0xFF - 0xE1;
    }
    return image;
}

/// A picture given, as in that test, by hexadecimal digits of its top left quarter.
Image fromQuarter(const std::string &digits, int size)
{
    std::istringstream in(digits);
    Image image = makeImage(size, size, 1);
    for (int y = 0; y < size / 2; ++y) {
        for (int x = 0; x < size / 2; ++x) {
            unsigned value = 0;
            in >> std::hex >> value;
            image.row(y)[x] = image.row(size - 1 - y)[size - 1 - x] = static_cast<std::uint8_t>(value);
            image.row(size - 1 - y)[x] = image.row(y)[size - 1 - x] = static_cast<std::uint8_t>(255 - value);
        }
    }
    return image;
}

Preprocessing plain(ResizeRule resize)
{
    Preprocessing p;
    p.resize = resize;
    p.centreCrop = false;
    return p;
}

} // namespace

class TestImagePipeline : public QObject
{
    Q_OBJECT

private slots:
    void resamplingIsPillows_data();
    void resamplingIsPillows();
    void handComputedShrink();
    void windowEqualsCrop();
    void coloursAreIndependent();
    void withoutAntialiasIsOpenCv();
    void nearestAndArea();
    void normalization();
    void colourOrders();
    void layouts();
    void greyModels();
    void cropAndPadding();
    void textLinePadding();
    void fixedBatchIsFilled();
    void otherElementTypes();
    void shapedPicture();
};

void TestImagePipeline::resamplingIsPillows_data()
{
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<int>("filter");
    QTest::addColumn<QString>("quarter");
    const auto row = [](const char *name, int from, int to, ResizeFilter filter, const char *quarter) {
        QTest::newRow(name) << from << to << static_cast<int>(filter) << quarter;
    };
    // Expected values: Pillow, Tests/test_image_resample.py, TestImagingCoreResampleAccuracy.
    row("reduce bilinear", 8, 4, ResizeFilter::Bilinear, "e1 c9 c9 b7");
    row("reduce bicubic", 12, 6, ResizeFilter::Bicubic, "e1 e3 d4 e3 e5 d6 d4 d6 c9");
    row("reduce lanczos", 16, 8, ResizeFilter::Lanczos, "e1 e0 e4 d7 e0 df e3 d6 e4 e3 e7 da d7 d6 d9 ce");
    row("enlarge bilinear", 2, 4, ResizeFilter::Bilinear, "e1 b0 b0 98");
    row("enlarge bicubic", 4, 8, ResizeFilter::Bicubic, "e1 e5 ee b9 e5 e9 f3 bc ee f3 fd c1 b9 bc c1 a2");
    row("enlarge lanczos", 6, 12, ResizeFilter::Lanczos,
        "e1 e0 db ed f5 b8 e0 df da ec f3 b7 db db d6 e7 ee b5 ed ec e6 fb ff bf f5 f4 ee ff ff c4 b8 b7 b4 "
        "bf c4 a0");
}

void TestImagePipeline::resamplingIsPillows()
{
    QFETCH(int, from);
    QFETCH(int, to);
    QFETCH(int, filter);
    QFETCH(QString, quarter);
    const Image actual = whole(squares(from), to, to, static_cast<ResizeFilter>(filter));
    QVERIFY(actual == fromQuarter(quarter.toStdString(), to));
}

void TestImagePipeline::handComputedShrink()
{
    // Four pixels to two: centres 1 and 3, support 2. Weights of the first by distance .5 .5 1.5 (of 2)
    // before the left border cuts one: (.75 .75 .25) / 1.75.
    const Image row {4, 1, 1, {10, 50, 200, 90}};
    const double left = (.75 * 10 + .75 * 50 + .25 * 200) / 1.75; // 54.3
    const double right = (.25 * 50 + .75 * 200 + .75 * 90) / 1.75; // 131.4
    const Image shrunk = whole(row, 2, 1, ResizeFilter::Bilinear);
    QCOMPARE(int {shrunk.pixels[0]}, static_cast<int>(std::lround(left)));
    QCOMPARE(int {shrunk.pixels[1]}, static_cast<int>(std::lround(right)));
    // A column is the same, turned.
    const Image column {1, 4, 1, {10, 50, 200, 90}};
    QVERIFY(whole(column, 1, 2, ResizeFilter::Bilinear).pixels == shrunk.pixels);
}

void TestImagePipeline::windowEqualsCrop()
{
    const Image source = gradient(97, 61, 3);
    for (const ResizeFilter filter : {ResizeFilter::Bilinear, ResizeFilter::Bicubic, ResizeFilter::Lanczos}) {
        for (const auto &[width, height] : {std::pair {40, 30}, std::pair {97, 30}, std::pair {40, 61},
                                            std::pair {150, 140}, std::pair {97, 61}}) {
            const Image full = whole(source, width, height, filter);
            const PixelWindow window {7, 5, 21, 17};
            const Image part = resampleAntialiased(source, width, height, window, filter);
            for (int y = 0; y < window.height; ++y)
                QVERIFY(std::equal(part.row(y), part.row(y) + part.stride(),
                                   full.row(window.top + y) + window.left * 3));
        }
    }
}

void TestImagePipeline::coloursAreIndependent()
{
    const Image source = gradient(50, 40, 3);
    const Image resized = whole(source, 23, 17, ResizeFilter::Bicubic);
    for (std::size_t c = 0; c < 3; ++c) {
        Image channel = makeImage(50, 40, 1);
        for (std::size_t i = 0; i < channel.pixels.size(); ++i)
            channel.pixels[i] = source.pixels[3 * i + c];
        const Image one = whole(channel, 23, 17, ResizeFilter::Bicubic);
        for (std::size_t i = 0; i < one.pixels.size(); ++i)
            QCOMPARE(resized.pixels[3 * i + c], one.pixels[i]);
    }
}

void TestImagePipeline::withoutAntialiasIsOpenCv()
{
    // INTER_LINEAR looks at two neighbours however much it shrinks: 8 to 2 samples at 1.5 and 5.5.
    const Image row {8, 1, 1, {0, 10, 30, 70, 100, 140, 190, 255}};
    Preprocessing p = plain(ResizeRule::Stretch);
    p.antialias = false;
    const Tensor linear = apply(row, p, input({1, 1, 1, 2})).value();
    QCOMPARE(linear.floats()[0], 20.F);
    QCOMPARE(linear.floats()[1], 165.F);
    // With antialiasing all eight have a say.
    p.antialias = true;
    const Tensor wide = apply(row, p, input({1, 1, 1, 2})).value();
    QVERIFY(wide.floats()[0] != 20.F);
}

void TestImagePipeline::nearestAndArea()
{
    const Image row {6, 1, 1, {10, 20, 30, 40, 50, 60}};
    Preprocessing p = plain(ResizeRule::Stretch);
    p.filter = ResizeFilter::Area;
    const Tensor area = apply(row, p, input({1, 1, 1, 2})).value();
    QCOMPARE(area.floats()[0], 20.F);
    QCOMPARE(area.floats()[1], 50.F);
    p.filter = ResizeFilter::Nearest; // Pillow: floor((x + 0.5) * 3) = 1 and 4
    const Tensor exact = apply(row, p, input({1, 1, 1, 2})).value();
    QCOMPARE(exact.floats()[0], 20.F);
    QCOMPARE(exact.floats()[1], 50.F);
    p.antialias = false; // cv::INTER_NEAREST: floor(x * 3) = 0 and 3
    const Tensor corner = apply(row, p, input({1, 1, 1, 2})).value();
    QCOMPARE(corner.floats()[0], 10.F);
    QCOMPARE(corner.floats()[1], 40.F);
}

void TestImagePipeline::normalization()
{
    const Image pixel {1, 1, 3, {10, 100, 255}};
    const Tensor torch = apply(pixel, presetById("normalize-imagenet").value(), input({-1, 3, 1, 1})).value();
    QCOMPARE(torch.shape(), (Shape {1, 3, 1, 1}));
    QVERIFY(std::abs(torch.floats()[0] - (10 / 255.0 - 0.485) / 0.229) < 1e-6);
    QVERIFY(std::abs(torch.floats()[1] - (100 / 255.0 - 0.456) / 0.224) < 1e-6);
    QVERIFY(std::abs(torch.floats()[2] - (1.0 - 0.406) / 0.225) < 1e-6);
    const auto tf = [&](std::uint8_t v) {
        Preprocessing p = presetById("imagenet-tf").value();
        p.resize = ResizeRule::None;
        return apply({1, 1, 1, {v}}, p, input({1, 1, 1, 1}))->floats()[0];
    };
    QCOMPARE(tf(0), -1.F);
    QCOMPARE(tf(255), 1.F);
    QVERIFY(std::abs(tf(51) - (51 / 127.5 - 1.0)) < 1e-7);
    const Tensor face = apply(pixel, presetById("ultraface").value(), input({1, 3, 1, 1})).value();
    QCOMPARE(face.floats()[0], (10.F - 127.F) / 128.F);
    const Tensor line = apply(pixel, presetById("ocr-cls").value(), input({1, 3, 1, 1})).value();
    QVERIFY(std::abs(line.floats()[1] - (100 / 255.0 - 0.5) / 0.5) < 1e-6); // G stays in the middle
}

void TestImagePipeline::colourOrders()
{
    const Image pixel {1, 1, 3, {10, 100, 255}};
    Preprocessing caffe = presetById("imagenet-caffe").value();
    caffe.resize = ResizeRule::None;
    const Tensor bgr = apply(pixel, caffe, input({1, 3, 1, 1})).value();
    QCOMPARE(bgr.floats()[0], 255.F - 104.F);
    QCOMPARE(bgr.floats()[1], 100.F - 117.F);
    QCOMPARE(bgr.floats()[2], 10.F - 123.F);
    // 0.299 * 10 + 0.587 * 100 + 0.114 * 255 = 90.76.
    Preprocessing grey = presetById("raw").value();
    grey.colour = ColourOrder::Grey;
    const Tensor three = apply(pixel, grey, input({1, 3, 1, 1})).value();
    for (const float value : three.floats())
        QCOMPARE(value, 91.F);
}

void TestImagePipeline::layouts()
{
    const Image image = gradient(3, 2, 3);
    const Preprocessing raw = presetById("raw").value();
    const Tensor planar = apply(image, raw, input({1, 3, 2, 3})).value();
    QCOMPARE(planar.shape(), (Shape {1, 3, 2, 3}));
    const Tensor last = apply(image, raw, input({1, 2, 3, 3})).value();
    QCOMPARE(last.shape(), (Shape {1, 2, 3, 3}));
    for (int y = 0; y < 2; ++y) {
        for (int x = 0; x < 3; ++x) {
            for (int c = 0; c < 3; ++c) {
                const auto expected = static_cast<float>((x * 7 + y * 13 + c * 50) % 256);
                QCOMPARE(planar.floats()[static_cast<std::size_t>((c * 2 + y) * 3 + x)], expected);
                QCOMPARE(last.floats()[static_cast<std::size_t>((y * 3 + x) * 3 + c)], expected);
            }
        }
    }
}

void TestImagePipeline::greyModels()
{
    const Preprocessing unit = presetById("unit").value();
    const Image pixel {1, 1, 3, {10, 100, 255}};
    QVERIFY(std::abs(apply(pixel, unit, input({1, 1, 1, 1}))->floats()[0] - 91 / 255.0) < 1e-7);
    const Tensor spread = apply({1, 1, 1, {51}}, unit, input({1, 3, 1, 1})).value();
    for (const float value : spread.floats())
        QVERIFY(std::abs(value - 0.2) < 1e-7);
}

void TestImagePipeline::cropAndPadding()
{
    Preprocessing p;
    p.resize = ResizeRule::None;
    p.mean = {1.F};
    // Five wide, two high, window of 3 x 4: columns 1 to 3, a black row above and below.
    const Image image {5, 2, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
    const Tensor tensor = apply(image, p, input({1, 1, 4, 3})).value();
    const std::vector<float> expected {-1, -1, -1, 1, 2, 3, 6, 7, 8, -1, -1, -1};
    QVERIFY(std::equal(expected.begin(), expected.end(), tensor.floats().begin(), tensor.floats().end()));
}

void TestImagePipeline::textLinePadding()
{
    const Preprocessing p = presetById("ocr-rec").value();
    Image white = makeImage(10, 48, 3);
    std::fill(white.pixels.begin(), white.pixels.end(), std::uint8_t {255});
    const Tensor tensor = apply(white, p, input({-1, 3, 48, -1})).value();
    QCOMPARE(tensor.shape(), (Shape {1, 3, 48, 320}));
    for (std::size_t i = 0; i < tensor.size(); ++i)
        QCOMPARE(tensor.floats()[i], i % 320 < 10 ? 1.F : 0.F); // 0 is put in after normalization
}

void TestImagePipeline::fixedBatchIsFilled()
{
    const Tensor tensor = apply({2, 1, 1, {3, 4}}, presetById("raw").value(), input({3, 1, 1, 2})).value();
    const std::vector<float> expected {3, 4, 3, 4, 3, 4};
    QVERIFY(std::equal(expected.begin(), expected.end(), tensor.floats().begin(), tensor.floats().end()));
}

void TestImagePipeline::otherElementTypes()
{
    const Image pixels {2, 1, 1, {0, 255}};
    const Tensor bytes = apply(pixels, presetById("raw").value(), input({1, 1, 1, 2}, DType::UInt8)).value();
    QVERIFY(bytes.type() == DType::UInt8);
    QCOMPARE(int {bytes.data<std::uint8_t>()[1]}, 255);
    const Tensor half
        = apply(pixels, presetById("unit").value(), input({1, 1, 1, 2}, DType::Float16)).value();
    QCOMPARE(int {half.data<std::uint16_t>()[1]}, 0x3C00);
    const auto misfit
        = apply({1, 1, 1, {100}}, presetById("unit").value(), input({1, 1, 1, 1}, DType::UInt8));
    QVERIFY(!misfit.ok() && misfit.error().detail.find("uint8") != std::string::npos);
}

void TestImagePipeline::shapedPicture()
{
    const Preprocessing p = presetById("imagenet-torch").value();
    const ImageInput resolved = resolveImageInput(input({1, 3, 14, 14}), p).value();
    const Image source = gradient(40, 32, 3);
    const Image shaped = shapeImage(source, p, resolved).value();
    const Image full = whole(source, 20, 16, ResizeFilter::Bilinear); // 14 / 0.875 = 16
    QCOMPARE(shaped.width, 14);
    QCOMPARE(shaped.height, 14);
    QVERIFY(std::equal(shaped.row(0), shaped.row(1), full.row(1) + 3 * 3));
    // The tensor holds the same pixels.
    const Tensor tensor = preprocessImage(source, p, resolved).value();
    QVERIFY(std::abs(tensor.floats()[0] - (shaped.pixels[0] / 255.0 - 0.485) / 0.229) < 1e-5);
}

QTEST_GUILESS_MAIN(TestImagePipeline)
#include "tst_imagepipeline.moc"

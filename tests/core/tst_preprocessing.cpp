// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagegeometry.h"
#include "core/data/presets.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <fstream>

using namespace qs;
using Json = nlohmann::json;

namespace {

ValueInfo planes(std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t batch = -1)
{
    return {"x", DType::Float32, {batch, channels, height, width}, true};
}

/// Left, top, width, height of the window and the scaled size; -1 throughout after an error.
std::vector<int> geometry(const std::string &preset, const ValueInfo &input, int width, int height)
{
    const Preprocessing p = presetById(preset).value();
    const Result<ImageInput> image = resolveImageInput(input, p);
    if (!image.ok())
        return {-1};
    const Result<ImageGeometry> g = imageGeometry(width, height, p, *image);
    if (!g.ok())
        return {-1, -1};
    return {g->scaledWidth, g->scaledHeight, g->window.left,
            g->window.top,  g->window.width, g->window.height};
}

std::string errorOf(const Json &json)
{
    const auto result = preprocessingFromJson(json);
    return result.ok() ? std::string() : result.error().message();
}

} // namespace

class TestPreprocessing : public QObject
{
    Q_OBJECT

private slots:
    void presetsSurviveJson();
    void numbersAreReadable();
    void everyKeyIsChecked_data();
    void everyKeyIsChecked();
    void fileMayStartFromPreset();
    void unknownPresetListsThem();
    void damagedFileIsNamed();
    void imageNetGeometry();
    void cropOfOddMargins();
    void smallPictureIsPadded();
    void textLineGeometry();
    void detectorGeometry();
    void wholePictureGeometry();
    void extremePicturesAreRefused();
    void layoutComesFromTheShape();
    void misfitsAreExplained();
};

void TestPreprocessing::presetsSurviveJson()
{
    QCOMPARE(preprocessingPresets().size(), std::size_t {11});
    for (const PreprocessingPreset &preset : preprocessingPresets()) {
        QCOMPARE(preset.id, preset.preprocessing.id);
        QVERIFY(!preset.title.empty() && !preset.help.empty());
        const std::string text = toJson(preset.preprocessing).dump();
        const auto back = preprocessingFromJson(Json::parse(text));
        QVERIFY2(back.ok(), text.c_str());
        QVERIFY2(*back == preset.preprocessing, text.c_str());
        QVERIFY(*findPreprocessing(preset.id) == preset.preprocessing);
    }
}

void TestPreprocessing::numbersAreReadable()
{
    const Json json = toJson(presetById("imagenet-torch").value());
    QCOMPARE(json.at("mean").dump(), std::string("[0.485,0.456,0.406]"));
    QCOMPARE(json.at("scale").get<float>(), 1.F / 255.F);
}

void TestPreprocessing::everyKeyIsChecked_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("key");
    const auto row = [](const char *json, const char *key) { QTest::newRow(json) << json << key; };
    row(R"({"id": ""})", "id");
    row(R"({"id": 3})", "id");
    row(R"({"resize": "bigger"})", "resize");
    row(R"({"resize": 1})", "resize");
    row(R"({"shorter_side": -1})", "shorter_side");
    row(R"({"shorter_side": 1.5})", "shorter_side");
    row(R"({"shorter_side": 70000})", "shorter_side");
    row(R"({"shorter_side": 18446744073709551615})", "shorter_side");
    row(R"({"filter": "smooth"})", "filter");
    row(R"({"antialias": 1})", "antialias");
    row(R"({"centre_crop": "yes"})", "centre_crop");
    row(R"({"crop_floor": 1})", "crop_floor");
    row(R"({"colour": "cmyk"})", "colour");
    row(R"({"layout": "chwn"})", "layout");
    row(R"({"scale": "1/255"})", "scale");
    row(R"({"scale": 1e300})", "scale");
    row(R"({"mean": [1, 2]})", "mean");
    row(R"({"mean": []})", "mean");
    row(R"({"mean": [1, 2, null]})", "mean");
    row(R"({"std": 0})", "std");
    row(R"({"std": [1, 1, -1]})", "std");
    row(R"({"min_width": null})", "min_width");
    row(R"({"multiple": 0})", "multiple");
    row(R"({"max_side": 0})", "max_side");
    row(R"({"width": true})", "width");
    row(R"({"height": "224"})", "height");
    row(R"({"heigth": 224})", "heigth");
    row(R"({"preset": "imagenet"})", "imagenet");
    row(R"([])", "object");
    row(R"(null)", "object");
}

void TestPreprocessing::everyKeyIsChecked()
{
    QFETCH(QString, json);
    QFETCH(QString, key);
    const std::string error = errorOf(Json::parse(json.toStdString()));
    QVERIFY2(error.find(key.toStdString()) != std::string::npos, error.c_str());
}

void TestPreprocessing::fileMayStartFromPreset()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("mine.json").toStdString();
    std::ofstream(path) << R"({"preset": "bgr-unit", "width": 320, "mean": 0.5})";
    const auto result = findPreprocessing(path);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    Preprocessing expected = presetById("bgr-unit").value();
    expected.id = "custom";
    expected.width = 320;
    expected.mean = {0.5F};
    QVERIFY(*result == expected);
}

void TestPreprocessing::unknownPresetListsThem()
{
    const std::string error = findPreprocessing("imagenet").error().message();
    for (const PreprocessingPreset &preset : preprocessingPresets())
        QVERIFY2(error.find(preset.id) != std::string::npos, error.c_str());
}

void TestPreprocessing::damagedFileIsNamed()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("half.json").toStdString();
    std::ofstream(path) << R"({"resize": "stret)";
    const auto result = findPreprocessing(path);
    QCOMPARE(result.error().code, ErrorCode::Format);
    QVERIFY(result.error().message().find("half.json") != std::string::npos);
    std::ofstream(path) << R"({"resize": "none", "std": 0})";
    QVERIFY(findPreprocessing(path).error().message().find("half.json") != std::string::npos);
}

void TestPreprocessing::imageNetGeometry()
{
    for (const char *preset : {"imagenet-torch", "imagenet-tf"}) {
        // 256 = 224 / 0.875; torchvision: int(256 * 500 / 375) = 341, round((341 - 224) / 2) = round(58.5)
        // = 58.
        QCOMPARE(geometry(preset, planes(3, 224, 224), 500, 375), (std::vector {341, 256, 58, 16, 224, 224}));
        // Pictures whose shorter side is 256 are not resized.
        QCOMPARE(geometry(preset, planes(3, 224, 224), 300, 256), (std::vector {300, 256, 38, 16, 224, 224}));
        QCOMPARE(geometry(preset, planes(3, 224, 224), 256, 601),
                 (std::vector {256, 601, 16, 188, 224, 224}));
        // 299 / 0.875 = 341.7; (342 - 299) / 2 = 21.5.
        const int start = preset == std::string("imagenet-tf") ? 21 : 22;
        QCOMPARE(geometry(preset, planes(3, 299, 299), 342, 342),
                 (std::vector {342, 342, start, start, 299, 299}));
    }
    // Caffe's 227 is cropped from 256, too.
    QCOMPARE(geometry("imagenet-caffe", planes(3, 227, 227), 300, 256),
             (std::vector {300, 256, 36, 14, 227, 227}));
}

void TestPreprocessing::cropOfOddMargins()
{
    // torchvision: int(round((w - 224) / 2.0)), in Python 3 16.5 -> 16 and 17.5 -> 18. TensorFlow: rounded
    // down.
    QCOMPARE(geometry("imagenet-torch", planes(3, 224, 224), 257, 256),
             (std::vector {257, 256, 16, 16, 224, 224}));
    QCOMPARE(geometry("imagenet-torch", planes(3, 224, 224), 256, 259),
             (std::vector {256, 259, 16, 18, 224, 224}));
    QCOMPARE(geometry("imagenet-tf", planes(3, 224, 224), 256, 259),
             (std::vector {256, 259, 16, 17, 224, 224}));
    // Caffe: (h - 227) / 2 in integers.
    QCOMPARE(geometry("imagenet-caffe", planes(3, 227, 227), 256, 258),
             (std::vector {256, 258, 14, 15, 227, 227}));
}

void TestPreprocessing::smallPictureIsPadded()
{
    Preprocessing p;
    p.resize = ResizeRule::None;
    const ImageInput input = resolveImageInput(planes(3, 8, 8), p).value();
    const ImageGeometry g = imageGeometry(5, 12, p, input).value();
    // torchvision pads (8 - 5) // 2 = 1 on the left and 2 on the right, crops 2 from the top.
    QCOMPARE(g.window.left, -1);
    QCOMPARE(g.window.top, 2);
    QCOMPARE(g.window.width, 8);
    QVERIFY(!g.padsAfter);
}

void TestPreprocessing::textLineGeometry()
{
    // PaddleOCR resize_norm_img with rec_image_shape 3,48,320.
    QCOMPARE(geometry("ocr-rec", planes(3, 48, -1), 200, 40), (std::vector {240, 48, 0, 0, 320, 48}));
    // 48 * 301 / 40 = 361.2: wider than 320, so the floor is both.
    QCOMPARE(geometry("ocr-rec", planes(3, 48, -1), 301, 40), (std::vector {361, 48, 0, 0, 361, 48}));
    // 48 * 101 / 40 = 121.2 is rounded up where there is room.
    QCOMPARE(geometry("ocr-rec", planes(3, -1, -1), 101, 40), (std::vector {122, 48, 0, 0, 320, 48}));
    QCOMPARE(geometry("ocr-cls", planes(3, -1, -1), 101, 40), (std::vector {122, 48, 0, 0, 192, 48}));
    QCOMPARE(geometry("ocr-cls", planes(3, -1, -1), 900, 40), (std::vector {192, 48, 0, 0, 192, 48}));
    QCOMPARE(geometry("ocr-rec", planes(3, 48, 100), 1, 9000), (std::vector {1, 48, 0, 0, 100, 48}));
}

void TestPreprocessing::detectorGeometry()
{
    // 640 / 32 = 20; 470 / 32 = 14.69 -> 15.
    QCOMPARE(geometry("ocr-det", planes(3, -1, -1), 640, 470), (std::vector {640, 480, 0, 0, 640, 480}));
    // 1920 -> 960, 1000 -> 500 -> 15.6 -> 16 * 32.
    QCOMPARE(geometry("ocr-det", planes(3, -1, -1), 1920, 1000), (std::vector {960, 512, 0, 0, 960, 512}));
    // Halves to even: 80 / 32 = 2.5 -> 2, 112 / 32 = 3.5 -> 4; never below one multiple.
    QCOMPARE(geometry("ocr-det", planes(3, -1, -1), 80, 112), (std::vector {64, 128, 0, 0, 64, 128}));
    QCOMPARE(geometry("ocr-det", planes(3, -1, -1), 3, 700), (std::vector {32, 704, 0, 0, 32, 704}));
    QCOMPARE(geometry("ocr-det", planes(3, 640, 640), 100, 50), (std::vector {640, 640, 0, 0, 640, 640}));
}

void TestPreprocessing::wholePictureGeometry()
{
    QCOMPARE(geometry("unit", planes(1, 28, 28), 28, 28), (std::vector {28, 28, 0, 0, 28, 28}));
    QCOMPARE(geometry("normalize-imagenet", planes(3, 32, 32), 64, 48), (std::vector {32, 32, 0, 0, 32, 32}));
    QCOMPARE(geometry("raw", planes(3, -1, -1), 64, 48), (std::vector {64, 48, 0, 0, 64, 48}));
    QCOMPARE(geometry("ultraface", planes(3, 240, 320), 64, 48), (std::vector {320, 240, 0, 0, 320, 240}));
    Preprocessing none;
    none.resize = ResizeRule::None;
    none.centreCrop = false;
    const ImageInput input = resolveImageInput(planes(3, 32, 32), none).value();
    QVERIFY(imageGeometry(32, 32, none, input).ok());
    const std::string error = imageGeometry(32, 31, none, input).error().message();
    QVERIFY2(error.find("32x31") != std::string::npos, error.c_str());
}

void TestPreprocessing::extremePicturesAreRefused()
{
    // One pixel wide: scaled to 256 x 25,600,000, of which only the window is computed.
    QCOMPARE(geometry("imagenet-torch", planes(3, 224, 224), 1, 100000),
             (std::vector {256, 25600000, 16, 12799888, 224, 224}));
    QCOMPARE(geometry("imagenet-torch", planes(3, 224, 224), 1, 100000000), (std::vector {-1, -1}));
    QCOMPARE(geometry("ocr-rec", planes(3, 48, -1), 100000000, 1), (std::vector {-1, -1}));
}

void TestPreprocessing::layoutComesFromTheShape()
{
    const Preprocessing p = presetById("unit").value();
    QCOMPARE(resolveImageInput(planes(3, 32, 32), p)->layout, Layout::Nchw);
    const ImageInput last = resolveImageInput({"x", DType::Float32, {1, 20, 30, 3}, true}, p).value();
    QCOMPARE(last.layout, Layout::Nhwc);
    QCOMPARE(last.height, 20);
    QCOMPARE(last.width, 30);
    QCOMPARE(resolveImageInput({"x", DType::Float32, {8, 1, 20, 30}, true}, p)->batch, std::int64_t {8});
    // 3 x ? x 3 could be either, so the recipe decides.
    Preprocessing nhwc = p;
    nhwc.layout = Layout::Nhwc;
    const ValueInfo either {"x", DType::Float32, {1, 3, -1, 3}, true};
    QCOMPARE(resolveImageInput(either, p)->layout, Layout::Nchw);
    QCOMPARE(resolveImageInput(either, nhwc)->layout, Layout::Nhwc);
    QCOMPARE(resolveImageInput({"x", DType::Float32, {}, false}, p)->channels, 3);
}

void TestPreprocessing::misfitsAreExplained()
{
    const auto error = [](const char *preset, const ValueInfo &input) {
        const auto result = resolveImageInput(input, presetById(preset).value());
        return QString::fromStdString(result.ok() ? "" : result.error().message());
    };
    QVERIFY(error("unit", {"ids", DType::Int64, {1, 128}, true}).contains("'ids' (int64 1x128)"));
    QVERIFY(error("unit", planes(4, 32, 32)).contains("4 channels"));
    QVERIFY(error("imagenet-torch", planes(1, 28, 28)).contains("1 channels"));
    QVERIFY(error("imagenet-torch", planes(3, -1, -1)).contains("width and height"));
    QVERIFY(error("ultraface", planes(3, -1, 320)).contains("width and height"));
    QVERIFY(error("unit", planes(3, std::int64_t {1} << 40, 8)).contains("too large"));
    QCOMPARE(error("ocr-rec", planes(3, -1, -1)), QString());
}

QTEST_GUILESS_MAIN(TestPreprocessing)
#include "tst_preprocessing.moc"

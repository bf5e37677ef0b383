// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an application gets from quantized recognizers and detectors: lines of text and boxes.
#include "core/data/imagedecoder.h"
#include "core/data/presets.h"
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "tests/support/imagewriter.h"
#include "tests/support/taskdecoders.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <map>

using namespace qs;
using namespace qs::test;

namespace {

std::string shared(const std::string &name)
{
    return std::string(QS_SHARED_DIR "/") + name;
}

std::vector<std::string> linesOf(const std::string &path)
{
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

struct Task
{
    const char *model;
    const char *preset;
    std::string calibration;
    std::size_t samples = 0;
    std::string data;
    std::size_t limit = 0;
};

using Look
    = std::function<void(const Sample &, const std::vector<Tensor> &reference, const std::vector<Tensor> &)>;

/// Quantizes at the defaults and shows what both models give of every sample.
Status compare(const Task &task, const Look &look)
{
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    QS_TRY(const ModelPtr model, loadModel(shared(task.model), job));
    Recipe recipe;
    recipe.target = "x86-vnni";
    QS_TRY(const Preprocessing preprocessing, findPreprocessing(task.preset));
    recipe.calibration = {task.calibration, task.samples, preprocessing};
    QS_TRY(const QuantizedPtr result, quantize(model, recipe, *engine, {}, job));
    QS_TRY(const DatasetPtr data,
           openDataset({task.data, task.limit, preprocessing}, model->graph().inputs(), job));
    QS_TRY(const auto reference, engine->open(*model, {}));
    QS_TRY(const auto quantized, engine->open(*result->model, {}));
    for (std::size_t i = 0; i < data->size(); ++i) {
        QS_TRY(const Sample sample, data->sample(i));
        QS_TRY(const auto expected, reference->run(sample.inputs, job));
        QS_TRY(const auto found, quantized->run(sample.inputs, job));
        look(sample, expected, found);
    }
    return Done {};
}

/// Pages of text: \a rows pictures of lines under one another on white.
void writePages(const QString &folder, int pages, int rows)
{
    for (int page = 0; page < pages; ++page) {
        Image sheet = makeImage(640, 640, 3);
        std::ranges::fill(sheet.pixels, std::uint8_t {255});
        int y = 8;
        for (int row = 0; row < rows; ++row) {
            const int number = (page * rows + row) % 300;
            const auto line = loadImage(shared(
                "data/ocr-lines/" + QString::number(number).rightJustified(4, '0').toStdString() + ".jpg"));
            if (!line.ok() || y + line->height + 8 > sheet.height)
                break;
            for (int v = 0; v < line->height; ++v) {
                for (int u = 0; u < std::min(line->width, sheet.width - 16); ++u) {
                    for (int c = 0; c < 3; ++c)
                        sheet.row(y + v)[3 * (u + 8) + c]
                            = line->row(v)[line->channels * u + (line->channels == 3 ? c : 0)];
                }
            }
            y += line->height + 12;
        }
        writeBytes(folder.toStdString() + "/" + std::to_string(page) + ".png", makePng(sheet));
    }
}

} // namespace

class tst_RealTasks : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!QDir(QStringLiteral(QS_SHARED_DIR)).exists())
            QSKIP("the shared models and data are not here");
    }
    void linesStayReadable();
    void facesStay();
    void objectsStay();
    void textRegionsStay();

private:
    static void report(const char *name, const BoxAgreement &agreement)
    {
        qInfo("%s: F1 of boxes at IoU 0.5 %.3f (%d in float, %d in INT8)", name, agreement.f1(),
              agreement.referenceBoxes(), agreement.foundBoxes());
    }
};

void tst_RealTasks::linesStayReadable()
{
    const std::vector<std::string> keys = linesOf(shared("models/ppocr_keys_v1.txt"));
    std::map<std::string, std::string> labels;
    for (const std::string &line : linesOf(shared("data/ocr-lines/labels.tsv"))) {
        const auto tab = line.find('\t');
        std::string text = line.substr(tab + 1);
        std::erase(text, ' ');
        labels[line.substr(0, tab)] = text;
    }
    int lines = 0;
    int right = 0;
    int rightInFloat = 0;
    const Status status = compare(
        {"models/ppocr_v4_rec.onnx", "ocr-rec", shared("data/ocr-lines"), 60, shared("data/ocr-lines"), 0},
        [&](const Sample &sample, const auto &reference, const auto &found) {
            ++lines;
            const std::string &text = labels.at(sample.id);
            rightInFloat += decodeLine(reference[0], keys) == text ? 1 : 0;
            right += decodeLine(found[0], keys) == text ? 1 : 0;
        });
    QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    qInfo("ppocr_v4_rec: lines right, spaces aside: %.2f %% in float, %.2f %% in INT8",
          100.0 * rightInFloat / lines, 100.0 * right / lines);
    QCOMPARE(lines, 300);
    QVERIFY(rightInFloat >= 290); // the README has 98.67 %
    QVERIFY(rightInFloat - right <= 3); // one point
}

void tst_RealTasks::facesStay()
{
    BoxAgreement agreement;
    const Status status
        = compare({"models/ultraface_rfb320.onnx", "ultraface", shared("data/imagenet-dev"), 100,
                   shared("data/imagenet-dev"), 0},
                  [&](const Sample &, const auto &reference, const auto &found) {
                      agreement.add(decodeFaces(reference[0], reference[1]), decodeFaces(found[0], found[1]));
                  });
    QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    report("ultraface", agreement);
    QVERIFY(agreement.referenceBoxes() > 50);
    QVERIFY(agreement.f1() >= 0.9); // faces near the threshold come and go
}

void tst_RealTasks::objectsStay()
{
    BoxAgreement agreement;
    const Status status = compare({"models/fastestdet_coco.onnx", "bgr-unit", shared("data/imagenet-dev"),
                                   100, shared("data/imagenet-dev"), 0},
                                  [&](const Sample &, const auto &reference, const auto &found) {
                                      agreement.add(decodeObjects(reference[0]), decodeObjects(found[0]));
                                  });
    QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    report("fastestdet", agreement);
    QVERIFY(agreement.referenceBoxes() > 200);
    QVERIFY(agreement.f1() >= 0.8); // so do objects
}

void tst_RealTasks::textRegionsStay()
{
    QTemporaryDir folder;
    writePages(folder.path(), 20, 10);
    BoxAgreement agreement;
    const Status status
        = compare({"models/ppocr_v4_det.onnx", "ocr-det", folder.path().toStdString(), 10,
                   folder.path().toStdString(), 0},
                  [&](const Sample &, const auto &reference, const auto &found) {
                      agreement.add(decodeTextRegions(reference[0]), decodeTextRegions(found[0]));
                  });
    QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
    report("ppocr_v4_det", agreement);
    QVERIFY(agreement.referenceBoxes() > 100);
    QVERIFY(agreement.f1() >= 0.9);
}

QTEST_GUILESS_MAIN(tst_RealTasks)
#include "tst_real_tasks.moc"

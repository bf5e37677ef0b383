// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/presets.h"
#include "tests/support/textmodel.h"

#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>

#include <QtTest>

using namespace qs;

namespace {

ModelPtr modelWith(const std::string &inputs)
{
    return modelFromText(("g (" + inputs + ") => (float[N] y) { y = Identity(x) }").c_str());
}

std::string presetFor(const std::string &inputs)
{
    const auto guess = guessPreprocessing(*modelWith(inputs));
    return guess ? guess->preprocessing.id : "none";
}

ModelPtr modelStoring(const std::string &json)
{
    auto proto = std::make_unique<onnx::ModelProto>(modelWith("float[1,3,32,32] x")->proto());
    auto *entry = proto->add_metadata_props();
    entry->set_key(kPreprocessingKey);
    entry->set_value(json);
    return Model::create(std::move(proto)).value();
}

} // namespace

class TestPreprocessingGuess : public QObject
{
    Q_OBJECT

private slots:
    void shapesTell();
    void guessesSayThatTheyAre();
    void storedRecipeWins();
    void damagedRecipeIsNotTrusted();
};

void TestPreprocessingGuess::shapesTell()
{
    QCOMPARE(presetFor("float[N,3,32,32] x"), std::string("normalize-imagenet"));
    QCOMPARE(presetFor("float[N,32,32,3] x"), std::string("normalize-imagenet"));
    QCOMPARE(presetFor("float[1,1,28,28] x"), std::string("unit"));
    QCOMPARE(presetFor("float[N,3,224,224] x"), std::string("imagenet-torch"));
    QCOMPARE(presetFor("float[N,299,299,3] x"), std::string("imagenet-torch"));
    QCOMPARE(presetFor("float[1,3,640,640] x"), std::string("unit"));
    QCOMPARE(presetFor("float[N,3,48,W] x"), std::string("ocr-rec"));
    QCOMPARE(presetFor("int64[N,128] x"), std::string("none"));
    QCOMPARE(presetFor("float[N,64,56,56] x"), std::string("none"));
    QCOMPARE(presetFor("float[N,C,H,W] x"), std::string("none"));
    QCOMPARE(presetFor("int64[N] size, float[N,3,32,32] x"), std::string("normalize-imagenet"));
}

void TestPreprocessingGuess::guessesSayThatTheyAre()
{
    for (const char *input :
         {"float[N,3,32,32] x", "float[N,3,224,224] x", "float[N,1,28,28] x", "float[N,3,H,W] x"}) {
        const auto guess = guessPreprocessing(*modelWith(input)).value();
        QVERIFY(!guess.isStored);
        QVERIFY2(guess.reason.str().find("guess") != std::string::npos, guess.reason.str().c_str());
    }
    const auto open = guessPreprocessing(*modelWith("float[N,3,H,W] x")).value();
    QCOMPARE(open.preprocessing.width, 224);
    QCOMPARE(open.preprocessing.height, 224);
}

void TestPreprocessingGuess::storedRecipeWins()
{
    const Preprocessing stored = presetById("imagenet-caffe").value();
    const auto guess = guessPreprocessing(*modelStoring(toJson(stored).dump())).value();
    QVERIFY(guess.isStored);
    QVERIFY(guess.preprocessing == stored);
    QCOMPARE(guess.reason.str(), std::string("stored in the model"));
}

void TestPreprocessingGuess::damagedRecipeIsNotTrusted()
{
    for (const char *json : {"", "{", "[]", R"({"resize": "sideways"})"}) {
        const auto guess = guessPreprocessing(*modelStoring(json)).value();
        QVERIFY(!guess.isStored);
        QCOMPARE(guess.preprocessing.id, std::string("normalize-imagenet"));
    }
}

QTEST_GUILESS_MAIN(TestPreprocessingGuess)
#include "tst_preprocessingguess.moc"

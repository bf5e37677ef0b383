// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/atomicfile.h"
#include "core/data/npyfile.h"
#include "core/llm/modelconfig.h"
#include "core/llm/tokenizer.h"

#include <QtTest>

using namespace qs;
namespace fs = std::filesystem;

namespace {

const fs::path kModel = fs::path(QS_SHARED_DIR) / "models" / "llama-tiny";
const fs::path kTexts = fs::path(QS_SHARED_DIR) / "data" / "llama-tiny";

} // namespace

class TestRealTokenizer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (!fs::exists(kModel) || !fs::exists(kTexts))
            QSKIP("models/llama-tiny or data/llama-tiny is not in the folder of shared files");
    }

    // Texts on which llama.cpp, Hugging Face's own tokenizer and the one of the training agree.
    void cases()
    {
        const TokenizerPtr tokenizer = openTokenizer(kModel).value();
        const auto cases = nlohmann::json::parse(readFile(kTexts / "tokenizer-cases.json").value());
        QVERIFY(cases.size() > 20);
        for (const auto &entry : cases) {
            const auto text = entry["text"].get<std::string>();
            QVERIFY2(tokenizer->encode(text).value() == entry["ids"].get<std::vector<TokenId>>(),
                     text.c_str());
            QCOMPARE(tokenizer->decode(entry["ids"].get<std::vector<TokenId>>()), text);
        }
        QCOMPARE(tokenizer->size(), std::size_t {4096});
        QVERIFY(tokenizer->prefix().empty());
    }

    // Whole books, with the numbers that the training's tokenizer gave.
    void books()
    {
        const TokenizerPtr tokenizer = openTokenizer(kModel).value();
        JobContext job;
        for (const char *name : {"valid", "train-sample"}) {
            const std::string text = readFile(kTexts / (std::string(name) + ".txt")).value();
            const auto ids = tokenizer->encode(text).value();
            const Tensor expected
                = openNpy(kTexts / (std::string(name) + "-ids.npy"), job).value().read().value();
            const auto numbers = expected.data<std::int32_t>();
            QCOMPARE(ids.size(), numbers.size());
            QVERIFY(std::equal(ids.begin(), ids.end(), numbers.begin()));
            QVERIFY(tokenizer->decode(ids) == text);
        }
    }

    void config()
    {
        const LlmConfig config = readLlmConfig(kModel).value();
        QVERIFY(config.architecture == LlmArchitecture::Llama && config.layers == 6 && config.hidden == 256);
        QVERIFY(config.kvHeads == 2 && config.headDim == 64 && config.vocabulary == 4096);
        QVERIFY(!config.tiedEmbeddings && config.torchType == "float16" && config.quantization.is_null());
    }
};

QTEST_APPLESS_MAIN(TestRealTokenizer)
#include "tst_real_tokenizer.moc"

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"
#include "core/llm/pretokenizer.h"
#include "core/llm/tokenizer.h"
#include "core/llm/unicodetext.h"
#include "tests/support/imagewriter.h"
#include "tests/support/textmodel.h"

#include <QtTest>

using namespace qs;
using namespace qs::test;
using Json = nlohmann::json;

namespace {

// GPT-2's characters for the bytes, in the order of the bytes, then what tests add.
Json byteVocabulary(const std::vector<std::string> &more)
{
    Json vocabulary;
    int id = 0;
    for (const char32_t character : byteLevelCharacters())
        vocabulary[utf8Of(character)] = id++;
    for (const std::string &token : more)
        vocabulary[token] = id++;
    return vocabulary;
}

Json byteLevelTokenizer(const std::vector<std::string> &merges)
{
    std::vector<std::string> merged;
    for (std::string merge : merges) {
        merge.erase(merge.find(' '), 1);
        merged.push_back(merge);
    }
    return {{"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
            {"model", {{"type", "BPE"}, {"vocab", byteVocabulary(merged)}, {"merges", merges}}}};
}

std::string bytesOf(float value)
{
    return {reinterpret_cast<const char *>(&value), sizeof(value)};
}

/// A length-delimited field of a protobuf message.
std::string field(int number, const std::string &content)
{
    std::string bytes(1, static_cast<char>(number << 3 | 2));
    std::size_t size = content.size();
    for (; size >= 0x80; size >>= 7)
        bytes += static_cast<char>(size | 0x80);
    return bytes + static_cast<char>(size) + content;
}

QStringList words(const Json &preTokenizer, const std::string &text, bool isStart = true)
{
    const auto split = PreTokenizer::fromJson(preTokenizer).value().split(text, isStart).value();
    QStringList list;
    for (const std::string &word : split)
        list << QString::fromStdString(word);
    return list;
}

} // namespace

class TestTokenizer : public QObject
{
    Q_OBJECT

private slots:
    void byteCharacters();
    void merges();
    void ignoresMerges();
    void byteFallback();
    void unknownTokens();
    void longWord();
    void addedTokens();
    void gpt2Words();
    void llama3Words();
    void metaspaceWords();
    void splitBehaviors();
    void normalizers();
    void invalidUtf8();
    void catastrophicPattern();
    void prefix();
    void malformed_data();
    void malformed();
    void mutations();
    void sentencePiece();
    void folder();

private:
    TokenizerPtr open(const Json &json)
    {
        const auto tokenizer = tryOpen(json.dump());
        if (!tokenizer.ok())
            qFatal("%s", tokenizer.error().message().c_str());
        return *tokenizer;
    }
    Result<TokenizerPtr> tryOpen(const std::string &text)
    {
        const std::string path = m_folder.filePath("tokenizer.json").toStdString();
        writeBytes(path, text);
        return openJsonTokenizer(path);
    }

    QTemporaryDir m_folder;
};

void TestTokenizer::byteCharacters()
{
    // From GPT-2's vocab.json: space is Ġ, line feed Ċ, NUL Ā, the byte 0xAD (soft hyphen) Ń, 0x7F ġ.
    const auto &table = byteLevelCharacters();
    QVERIFY(table[' '] == U'Ġ' && table['\n'] == U'Ċ' && table[0] == U'Ā' && table[0xAD] == U'Ń');
    QVERIFY(table[0x7F] == U'ġ' && table['!'] == U'!' && table[0xFF] == U'ÿ');
}

void TestTokenizer::merges()
{
    // "l o" before "lo w" before "e r"; the rank decides, not the place: "lower" = low er.
    const TokenizerPtr tokenizer = open(byteLevelTokenizer({"l o", "e r", "lo w", "w er", "Ġ low"}));
    using Ids = std::vector<TokenId>;
    QVERIFY(tokenizer->encode("lower").value()
            == Ids({258, 257})); // 256 lo, 257 er, 258 low, 259 wer, 260 Ġlow
    QVERIFY(tokenizer->encode("low low").value() == Ids({258, 260}));
    QVERIFY(tokenizer->encode("wer").value() == Ids({259}));
    QVERIFY(tokenizer->encode("").value().empty());
    QCOMPARE(tokenizer->decode(Ids({258, 260, 257})), std::string("low lower"));
    QCOMPARE(tokenizer->size(), std::size_t {261});
    // The leftmost of equal pairs first: "aaa" = aa a.
    QVERIFY(open(byteLevelTokenizer({"a a"}))->encode("aaa").value() == Ids({256, 'a'}));
}

void TestTokenizer::ignoresMerges()
{
    Json json = byteLevelTokenizer({"a b"});
    json["model"]["vocab"]["abc"] = 257;
    QVERIFY(open(json)->encode("abc").value() == std::vector<TokenId>({256, 'c'}));
    json["model"]["ignore_merges"] = true;
    QVERIFY(open(json)->encode("abc").value() == std::vector<TokenId>({257}));
}

// As Llama 2's tokenizer.json: spaces become ▁, one is put in front, what is not known becomes bytes.
void TestTokenizer::byteFallback()
{
    Json vocabulary {{"<unk>", 0}, {"▁", 1}, {"a", 2}, {"b", 3}, {"▁a", 4}};
    for (int byte = 0; byte < 256; ++byte)
        vocabulary[QString::asprintf("<0x%02X>", byte).toStdString()] = 10 + byte;
    const Json replace {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
    const Json json {
        {"normalizer",
         {{"type", "Sequence"},
          {"normalizers", Json::array({Json {{"type", "Prepend"}, {"prepend", "▁"}}, replace})}}},
        {"pre_tokenizer", nullptr},
        {"model",
         {{"type", "BPE"},
          {"vocab", vocabulary},
          {"merges", Json::array({Json::array({"▁", "a"})})},
          {"byte_fallback", true},
          {"unk_token", "<unk>"}}}};
    const TokenizerPtr tokenizer = open(json);
    const auto ids = tokenizer->encode("a b\né").value();
    QVERIFY(ids == std::vector<TokenId>({4, 1, 3, 10 + 0x0A, 10 + 0xC3, 10 + 0xA9}));
    QCOMPARE(tokenizer->decode(ids), std::string("a b\né"));
}

void TestTokenizer::unknownTokens()
{
    Json json {
        {"model",
         {{"type", "BPE"}, {"vocab", {{"a", 0}, {"?", 1}}}, {"merges", Json::array()}, {"unk_token", "?"}}}};
    QVERIFY(open(json)->encode("axya").value() == std::vector<TokenId>({0, 1, 1, 0}));
    json["model"]["fuse_unk"] = true;
    QVERIFY(open(json)->encode("axya").value() == std::vector<TokenId>({0, 1, 0}));
    json["model"]["unk_token"] = nullptr;
    QVERIFY(open(json)->encode("axya").value() == std::vector<TokenId>({0, 0}));
}

// A quadratic search would take minutes.
void TestTokenizer::longWord()
{
    const TokenizerPtr tokenizer = open(byteLevelTokenizer({"x x", "xx xx", "xxxx xxxx"}));
    const auto ids = tokenizer->encode(std::string(800'000, 'x')).value();
    QCOMPARE(ids.size(), std::size_t {100'000});
    QVERIFY(ids == std::vector<TokenId>(100'000, 258));
}

void TestTokenizer::addedTokens()
{
    Json json = byteLevelTokenizer({});
    json["added_tokens"] = Json::array({Json {{"id", 300}, {"content", "<|end|>"}},
                                        Json {{"id", 301}, {"content", "<|end|>!"}},
                                        Json {{"id", 302}, {"content", "<r>"}, {"rstrip", true}},
                                        Json {{"id", 303}, {"content", "<l>"}, {"lstrip", true}},
                                        Json {{"id", 304}, {"content", "is"}, {"single_word", true}}});
    const TokenizerPtr tokenizer = open(json);
    using Ids = std::vector<TokenId>;
    QVERIFY(tokenizer->encode("a<|end|>b").value() == Ids({'a', 300, 'b'}));
    QVERIFY(tokenizer->encode("<|end|>!<|end|>").value() == Ids({301, 300})); // the longest wins
    QVERIFY(tokenizer->encode("a <r> \nb").value() == Ids({'a', ' ', 302, 'b'}));
    QVERIFY(tokenizer->encode("a <l> b").value() == Ids({'a', 303, ' ', 'b'}));
    QVERIFY(tokenizer->encode("is this").value() == Ids({304, ' ', 't', 'h', 'i', 's'}));
    QCOMPARE(tokenizer->decode(Ids({'a', 300})), std::string("a<|end|>"));
    QCOMPARE(tokenizer->size(), std::size_t {305});
}

void TestTokenizer::gpt2Words()
{
    const Json byteLevel {{"type", "ByteLevel"}, {"add_prefix_space", false}};
    QCOMPARE(words(byteLevel, "I'll go,  12x\n\n é½"),
             QStringList({"I", "'ll", " go", ",", " ", " 12", "x", "\n\n", " é", "½"}));
    QCOMPARE(words({{"type", "ByteLevel"}, {"add_prefix_space", true}}, "a b"), QStringList({" a", " b"}));
    QCOMPARE(words({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}, "a b"),
             QStringList({"a b"}));
}

void TestTokenizer::llama3Words()
{
    const Json split {{"type", "Split"}, {"pattern", {{"Regex", kLlama3Pattern}}}, {"behavior", "Isolated"}};
    const Json byteLevel {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
    const Json both {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byteLevel})}};
    // Digits by threes, capitals in 'S too, a sign before a word joins it, line ends join signs.
    QCOMPARE(words(both, "It'S 12345 (ok)...\nNext  line\n\n  x"),
             QStringList({"It", "'S", " ", "123", "45", " (", "ok", ")...\n", "Next", " ", " line", "\n\n",
                          " ", " x"}));
    QVERIFY(PreTokenizer::fromJson(both).value().isByteLevel());
}

void TestTokenizer::metaspaceWords()
{
    const Json json {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "first"}};
    QCOMPARE(words(json, "a b  c"), QStringList({"▁a", "▁b", "▁", "▁c"}));
    QCOMPARE(words(json, "a b", false), QStringList({"a", "▁b"}));
}

void TestTokenizer::splitBehaviors()
{
    const auto split = [](const char *behavior, bool isInverted = false) {
        return Json {{"type", "Split"},
                     {"pattern", {{"String", "-"}}},
                     {"behavior", behavior},
                     {"invert", isInverted}};
    };
    // The examples of huggingface/tokenizers' documentation of SplitDelimiterBehavior.
    const std::string text = "the-final--countdown";
    QCOMPARE(words(split("Removed"), text), QStringList({"the", "final", "countdown"}));
    QCOMPARE(words(split("Isolated"), text), QStringList({"the", "-", "final", "-", "-", "countdown"}));
    QCOMPARE(words(split("MergedWithPrevious"), text), QStringList({"the-", "final-", "-", "countdown"}));
    QCOMPARE(words(split("MergedWithNext"), text), QStringList({"the", "-final", "-", "-countdown"}));
    QCOMPARE(words(split("Removed", true), text), QStringList({"-", "-", "-"}));
    QCOMPARE(words({{"type", "Digits"}, {"individual_digits", true}}, "a12b"),
             QStringList({"a", "1", "2", "b"}));
}

void TestTokenizer::normalizers()
{
    const auto nfc = Normalizer::fromJson({{"type", "NFC"}}).value();
    QCOMPARE(nfc.apply("e\u0301 \uFB01").value(), std::string("\u00E9 \uFB01"));
    QCOMPARE(Normalizer::fromJson({{"type", "NFKC"}}).value().apply("e\u0301 \uFB01").value(),
             std::string("\u00E9 fi"));
    // The longest expansion there is: U+FDFA becomes 18 characters.
    QCOMPARE(Normalizer::fromJson({{"type", "NFKC"}}).value().apply("\uFDFA\uFDFA\uFDFA").value().size(),
             std::size_t {3 * 33});
    QVERIFY(!Normalizer::fromJson({{"type", "Precompiled"}}).ok());
}

void TestTokenizer::invalidUtf8()
{
    QCOMPARE(validUtf8("a\xff\xe2\x82z\xed\xa0\x80"), std::string("a\uFFFD\uFFFDz\uFFFD\uFFFD\uFFFD"));
    const TokenizerPtr tokenizer = open(byteLevelTokenizer({}));
    QVERIFY(tokenizer->encode("a\xff").value() == std::vector<TokenId>({'a', 0xEF, 0xBF, 0xBD}));
}

void TestTokenizer::catastrophicPattern()
{
    const Regex regex = Regex::compile("(a+)+$").value();
    QVERIFY(!regex.findAll(std::string(60, 'a') + "b").ok());
    QVERIFY(!Regex::compile("(").ok());
}

void TestTokenizer::prefix()
{
    Json json = byteLevelTokenizer({});
    QVERIFY(open(json)->prefix().empty());
    const Json begin {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
    const Json text {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    json["post_processor"] = {{"type", "TemplateProcessing"},
                              {"single", Json::array({begin, text, begin})},
                              {"special_tokens", {{"<s>", {{"id", "<s>"}, {"ids", {7}}}}}}};
    QVERIFY(open(json)->prefix() == std::vector<TokenId>({7}));
}

void TestTokenizer::malformed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no JSON") << "{"
                             << "no valid JSON with a model";
    QTest::newRow("no model") << "{}"
                              << "no valid JSON with a model";
    QTest::newRow("deep") << QString(2'000'000, '[') << "no valid JSON";
    QTest::newRow("other model") << R"({"model":{"type":"WordPiece"}})"
                                 << "tokenizer model 'WordPiece'";
    QTest::newRow("no vocabulary") << R"({"model":{"type":"BPE"}})"
                                   << "no vocabulary";
    QTest::newRow("huge number") << R"({"model":{"type":"BPE","vocab":{"a":4000000000},"merges":[]}})"
                                 << "'a' has no possible number";
    QTest::newRow("negative number") << R"({"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}})"
                                     << "'a' has no possible number";
    QTest::newRow("same number") << R"({"model":{"type":"BPE","vocab":{"a":1,"b":1},"merges":[]}})"
                                 << "have the same number";
    QTest::newRow("merge of nothing") << R"({"model":{"type":"BPE","vocab":{"a":1},"merges":["a b"]}})"
                                      << "merge 0 ('a', 'b')";
    QTest::newRow("merge is a number") << R"({"model":{"type":"BPE","vocab":{"a":1},"merges":[5]}})"
                                       << "merge 0";
    QTest::newRow("pre-tokenizer")
        << R"({"pre_tokenizer":{"type":"Bert"},"model":{"type":"BPE","vocab":{},"merges":[]}})"
        << "a pre-tokenizer of type 'Bert'";
    QTest::newRow("pattern")
        << R"({"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("}},"model":{"type":"BPE","vocab":{},"merges":[]}})"
        << "no regular expression";
}

void TestTokenizer::malformed()
{
    QFETCH(QString, text);
    QFETCH(QString, reason);
    const auto opened = tryOpen(text.toStdString());
    QVERIFY(!opened.ok());
    const QString message = QString::fromStdString(opened.error().message());
    QVERIFY2(message.startsWith(m_folder.filePath("tokenizer.json")) && message.contains(reason),
             qPrintable(message));
}

void TestTokenizer::mutations()
{
    Json json = byteLevelTokenizer({"a b", "Ġ a"});
    json["added_tokens"] = Json::array({Json {{"id", 300}, {"content", "<x>"}, {"lstrip", true}}});
    const std::string original = json.dump();
    Random random(3);
    int refused = 0;
    for (int round = 0; round < 600; ++round) {
        std::string text = original;
        for (std::uint64_t i = 0, n = 1 + random.below(4); i < n; ++i)
            text[random.below(text.size())] = "0123456789,:[]{}\"-abxtrue"[random.below(25)];
        const auto tokenizer = tryOpen(text);
        refused += tokenizer.ok() ? 0 : 1;
        if (tokenizer.ok())
            QVERIFY((*tokenizer)->encode("ab a <x> é").ok());
        else
            QVERIFY(!tokenizer.error().detail.empty());
    }
    QVERIFY(refused > 100 && refused < 600);
}

// A BPE model as sentencepiece_model.proto describes it, written field by field.
void TestTokenizer::sentencePiece()
{
    // onnx's protobuf is in this program, too: the two must not meet.
    QVERIFY(modelFromText("g (float[1] x) => (float[1] y) { y = Relu(x) }"));
    std::string pieces;
    const auto add = [&](const std::string &text, float score, int type) {
        pieces += field(1, field(1, text) + "\x15" + bytesOf(score) + "\x18" + static_cast<char>(type));
    };
    enum { Normal = 1, Unknown = 2, Control = 3, Byte = 6 };
    add("<unk>", 0, Unknown);
    add("<s>", 0, Control);
    add("</s>", 0, Control);
    for (int byte = 0; byte < 256; ++byte) // 3 to 258
        add(QString::asprintf("<0x%02X>", byte).toStdString(), 0, Byte);
    add("▁a", -1, Normal); // 259
    add("bc", -2, Normal); // 260
    add("ab", -3, Normal); // 261: never, "▁a" and "bc" are merged before
    for (const char *character : {"▁", "a", "b", "c"}) // 262 to 265
        add(character, -9, Normal);
    const std::string trainer = field(2, std::string("\x18\x02") + "\x98\x02\x01"); // BPE, byte_fallback
    const std::string normalizer = field(3, field(1, "identity"));
    const std::string path = m_folder.filePath("tokenizer.model").toStdString();
    writeBytes(path, pieces + trainer + normalizer);
    writeBytes(m_folder.filePath("added_tokens.json").toStdString(), R"({"<|user|>": 400})");
    const auto opened = openSentencePieceTokenizer(path);
    if (!opened.ok() && opened.error().detail.find("sanitizers") != std::string::npos)
        QSKIP("not with sanitizers");
    QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().message().c_str());
    const Tokenizer &tokenizer = **opened;
    using Ids = std::vector<TokenId>;
    QVERIFY(tokenizer.encode("abc ab").value() == Ids({259, 260, 259, 264}));
    QVERIFY(tokenizer.encode("é").value() == Ids({262, 3 + 0xC3, 3 + 0xA9}));
    QVERIFY(tokenizer.encode("a<|user|>b").value() == Ids({259, 400, 262, 264}));
    QCOMPARE(tokenizer.decode(Ids({259, 260, 259, 264})), std::string("abc ab"));
    QCOMPARE(tokenizer.decode(Ids({3 + 0xC3, 3 + 0xA9, 400, 99'999})), std::string("é<|user|>"));
    QVERIFY(tokenizer.prefix() == Ids({1}));
    QCOMPARE(tokenizer.size(), std::size_t {401});

    writeBytes(path, "no model at all");
    QVERIFY(openSentencePieceTokenizer(path).error().code == ErrorCode::Format);
    writeBytes(m_folder.filePath("added_tokens.json").toStdString(), R"({"<|user|>": -1})");
    QVERIFY(openSentencePieceTokenizer(path).error().subject.ends_with("added_tokens.json"));
    QVERIFY(QFile::remove(m_folder.filePath("added_tokens.json")));
}

void TestTokenizer::folder()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    QVERIFY(openTokenizer(path).error().code == ErrorCode::NotFound);
    writeBytes((path / "tokenizer.json").string(), R"({"model":{"type":"Unigram"}})");
    QVERIFY(openTokenizer(path).error().code == ErrorCode::Unsupported);
    writeBytes((path / "tokenizer.json").string(), byteLevelTokenizer({}).dump());
    QVERIFY(openTokenizer(path).ok());
}

QTEST_APPLESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagedecoder.h"
#include "tests/support/imagewriter.h"

#include <QtTest>

#include <cstring>

#include <dlfcn.h>
#include <unistd.h>

using namespace qs;
using namespace qs::test;

namespace {

Result<Image> decode(const std::string &bytes, const DecodeLimits &limits = {})
{
    return decodeImage(std::as_bytes(std::span(bytes)), "picture", limits);
}

std::string errorOf(const std::string &bytes, const DecodeLimits &limits = {})
{
    const Result<Image> result = decode(bytes, limits);
    return result.ok() ? std::string("no error") : result.error().message();
}

bool contains(const std::string &text, const char *part)
{
    return text.find(part) != std::string::npos;
}

int largestDifference(const Image &a, const Image &b)
{
    if (a.width != b.width || a.height != b.height || a.channels != b.channels)
        return 256;
    int largest = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i)
        largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
    return largest;
}

Image image(int width, int height, int channels, std::vector<std::uint8_t> pixels)
{
    return {width, height, channels, std::move(pixels)};
}

/// A bitmap file with the 40-byte header, \a extra after it (masks or palette) and \a pixels.
std::string makeBmp(int width, int height, int bits, int compression, const std::string &extra,
                    const std::string &pixels)
{
    std::string bytes = "BM";
    const auto add = [&](std::int64_t value, int size) {
        for (int i = 0; i < size; ++i)
            bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
    };
    add(static_cast<std::int64_t>(54 + extra.size() + pixels.size()), 4);
    add(0, 4);
    add(static_cast<std::int64_t>(54 + extra.size()), 4);
    add(40, 4);
    add(width, 4);
    add(height, 4);
    add(1, 2);
    add(bits, 2);
    add(compression, 4);
    add(0, 4);
    add(0, 8);
    add(compression == 0 ? static_cast<std::int64_t>(extra.size() / 4) : 0, 4);
    add(0, 4);
    return bytes + extra + pixels;
}

} // namespace

class TestImageDecoder : public QObject
{
    Q_OBJECT

private slots:
    void pngKeepsEveryPixel();
    void pngVariants();
    void png16KeepsHighByte();
    void jpegIsClose();
    void jpegCmykIsInverted();
    void exifTurnsThePicture_data();
    void exifTurnsThePicture();
    void nonsenseExifIsIgnored();
    void bmpVariants();
    void webp();
    void truncationIsAnError_data();
    void truncationIsAnError();
    void damageIsAnErrorAndSilent();
    void strayBytesAreNoDamage();
    void headerBombs();
    void otherFiles();
    void suffixes();
};

void TestImageDecoder::pngKeepsEveryPixel()
{
    for (const int channels : {1, 3}) {
        const Image original = gradient(37, 21, channels);
        QVERIFY(*decode(makePng(original)) == original);
    }
    PngOptions interlaced;
    interlaced.isInterlaced = true;
    const Image original = gradient(37, 21, 3);
    const std::string rows(original.pixels.begin(), original.pixels.end());
    QVERIFY(*decode(makePng(37, 21, rows, interlaced)) == original);
}

void TestImageDecoder::pngVariants()
{
    PngOptions options;
    options.colourType = 3;
    options.bits = 2;
    options.palette = std::string("\x0A\x14\x1E\xFF\x00\x80\x01\x02\x03", 9);
    options.transparency = std::string("\x00\x7F", 2); // dropped, not composited
    // Indices 0, 1, 2, 1 in one byte: 00 01 10 01.
    QVERIFY(*decode(makePng(4, 1, "\x19", options))
            == image(4, 1, 3, {10, 20, 30, 255, 0, 128, 1, 2, 3, 255, 0, 128}));

    options = {};
    options.colourType = 0;
    options.bits = 4;
    QVERIFY(*decode(makePng(3, 1, std::string("\x0F\x80", 2), options)) == image(3, 1, 1, {0, 255, 136}));
    options.bits = 1;
    QVERIFY(*decode(makePng(3, 1, "\xA0", options)) == image(3, 1, 1, {255, 0, 255}));

    options.bits = 8;
    options.colourType = 4;
    QVERIFY(*decode(makePng(2, 1, std::string("\x40\x00\x50\xFF", 4), options)) == image(2, 1, 1, {64, 80}));
    options.colourType = 6;
    QVERIFY(*decode(makePng(1, 1, std::string("\x40\x50\x60\x00", 4), options))
            == image(1, 1, 3, {64, 80, 96}));
}

void TestImageDecoder::png16KeepsHighByte()
{
    PngOptions options;
    options.bits = 16;
    options.colourType = 0;
    QVERIFY(*decode(makePng(3, 1, std::string("\x12\xFF\x80\x00\xFF\xFF", 6), options))
            == image(3, 1, 1, {0x12, 0x80, 0xFF}));
    options.colourType = 6;
    QVERIFY(*decode(makePng(1, 1, std::string("\x01\xFF\x02\xFF\x03\xFF\x00\x00", 8), options))
            == image(1, 1, 3, {1, 2, 3}));
}

void TestImageDecoder::jpegIsClose()
{
    for (const int channels : {1, 3}) {
        Image original = makeImage(40, 24, channels);
        for (std::size_t i = 0; i < original.pixels.size(); ++i)
            original.pixels[i] = static_cast<std::uint8_t>(80 + i / original.stride() * 2);
        for (const bool isProgressive : {false, true}) {
            const Result<Image> decoded = decode(makeJpeg(original, {98, isProgressive, {}}));
            QVERIFY(decoded.ok());
            QVERIFY2(largestDifference(*decoded, original) <= 3,
                     std::to_string(largestDifference(*decoded, original)).c_str());
        }
    }
}

void TestImageDecoder::jpegCmykIsInverted()
{
    // Adobe stores 255 - ink. No ink at all, full cyan, full black, half of everything.
    Image inks = makeImage(32, 8, 4);
    const std::uint8_t colours[4][4]
        = {{255, 255, 255, 255}, {0, 255, 255, 255}, {255, 255, 255, 0}, {128, 128, 128, 128}};
    for (std::size_t i = 0; i < inks.pixels.size(); ++i)
        inks.pixels[i] = colours[i / 4 % 32 / 8][i % 4];
    const Result<Image> decoded = decode(makeJpeg(inks, {100, false, {}}));
    QVERIFY(decoded.ok());
    // Pillow's cmyk2rgb of the last: 128 - round(127 * 128 / 255) = 128 - 64 = 64.
    const std::uint8_t expected[4][3] = {{255, 255, 255}, {0, 255, 255}, {0, 0, 0}, {64, 64, 64}};
    for (int block = 0; block < 4; ++block) {
        const std::uint8_t *pixel = decoded->row(4) + (block * 8 + 4) * 3;
        for (int c = 0; c < 3; ++c)
            QVERIFY(std::abs(pixel[c] - expected[block][c]) <= 1);
    }
}

void TestImageDecoder::exifTurnsThePicture_data()
{
    QTest::addColumn<int>("orientation");
    QTest::addColumn<QByteArray>("grey");
    QTest::addColumn<int>("width");
    // Stored as two rows of three, 1 2 3 / 4 5 6; upright by EXIF 2.3, section 4.6.4.
    QTest::newRow("normal") << 1 << QByteArray("123456") << 3;
    QTest::newRow("mirrored") << 2 << QByteArray("321654") << 3;
    QTest::newRow("upside down") << 3 << QByteArray("654321") << 3;
    QTest::newRow("mirrored upside down") << 4 << QByteArray("456123") << 3;
    QTest::newRow("transposed") << 5 << QByteArray("142536") << 2;
    QTest::newRow("turn right") << 6 << QByteArray("415263") << 2;
    QTest::newRow("transversed") << 7 << QByteArray("635241") << 2;
    QTest::newRow("turn left") << 8 << QByteArray("362514") << 2;
}

void TestImageDecoder::exifTurnsThePicture()
{
    QFETCH(int, orientation);
    QFETCH(QByteArray, grey);
    QFETCH(int, width);
    for (const bool isBigEndian : {false, true}) {
        PngOptions options;
        options.colourType = 0;
        options.exif = makeExif(orientation, isBigEndian);
        const Result<Image> png = decode(makePng(3, 2, "123456", options));
        QVERIFY(png.ok());
        QVERIFY(*png == image(width, 6 / width, 1, {grey.begin(), grey.end()}));
    }
    JpegOptions jpeg;
    jpeg.exif = makeExif(orientation, true);
    const Result<Image> turned = decode(makeJpeg(gradient(16, 8, 3), jpeg));
    const Result<Image> stored = decode(makeJpeg(gradient(16, 8, 3)));
    QCOMPARE(turned->width, width == 3 ? 16 : 8);
    if (orientation == 6)
        QVERIFY(std::memcmp(turned->row(0) + 7 * 3, stored->row(0), 3) == 0);
}

void TestImageDecoder::nonsenseExifIsIgnored()
{
    const Image stored = decode(makeJpeg(gradient(16, 8, 3))).value();
    const std::string whole = makeExif(6, false);
    std::vector<std::string> blocks {makeExif(0, true), makeExif(9, true), "II*", std::string(300, 'M')};
    std::string wild = whole;
    wild[4] = '\xFF'; // directory far outside
    wild[7] = '\xFF';
    blocks.push_back(wild);
    std::string count = whole;
    count[8] = '\xFF'; // more entries than there are bytes
    count[10] = 0x13; // none of them an orientation
    blocks.push_back(count);
    for (std::size_t size = 0; size < 20; ++size)
        blocks.push_back(whole.substr(0, size));
    for (const std::string &block : blocks)
        QVERIFY(*decode(makeJpeg(gradient(16, 8, 3), {95, false, block})) == stored);
}

void TestImageDecoder::bmpVariants()
{
    using namespace std::string_literals;
    // Bottom row first, B G R, rows padded to four bytes.
    const Image expected = image(2, 2, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    QVERIFY(*decode(makeBmp(2, 2, 24, 0, "", "\x09\x08\x07\x0C\x0B\x0A\0\0\x03\x02\x01\x06\x05\x04\0\0"s))
            == expected);
    QVERIFY(*decode(makeBmp(2, -2, 24, 0, "", "\x03\x02\x01\x06\x05\x04\0\0\x09\x08\x07\x0C\x0B\x0A\0\0"s))
            == expected);
    QVERIFY(*decode(makeBmp(1, 1, 32, 0, "", "\x03\x02\x01\x7F"s)) == image(1, 1, 3, {1, 2, 3}));
    const std::string masks = "\xFF\0\0\0\0\xFF\0\0\0\0\xFF\0"s;
    QVERIFY(*decode(makeBmp(1, 1, 32, 3, masks, "\x01\x02\x03\x7F"s)) == image(1, 1, 3, {1, 2, 3}));
    // 5 bits each: 31, 0, 15 of 31.
    QVERIFY(*decode(makeBmp(1, 1, 16, 0, "", "\x0F\x7C\0\0"s)) == image(1, 1, 3, {255, 0, 123}));
    const std::string palette = "\x03\x02\x01\0\x06\x05\x04\0"s;
    QVERIFY(*decode(makeBmp(2, 1, 8, 0, palette, "\x01\0\0\0"s)) == image(2, 1, 3, {4, 5, 6, 1, 2, 3}));
    QVERIFY(*decode(makeBmp(2, 1, 4, 0, palette, "\x10\0\0\0"s)) == image(2, 1, 3, {4, 5, 6, 1, 2, 3}));
    QVERIFY(*decode(makeBmp(2, 1, 1, 0, palette, "\x80\0\0\0"s)) == image(2, 1, 3, {4, 5, 6, 1, 2, 3}));

    QVERIFY(contains(errorOf(makeBmp(2, 1, 8, 0, palette, "\x02\0\0\0"s)), "palette"));
    QVERIFY(contains(errorOf(makeBmp(2, 2, 24, 0, "", "\x09\x08\x07"s)), "truncated"));
    QVERIFY(contains(errorOf(makeBmp(2, 1, 8, 1, palette, "\x01\0\0\0"s)), "compressed"));
    QVERIFY(contains(errorOf(makeBmp(1, 1, 32, 3, std::string(12, '\0'), "\x01\x02\x03\x7F"s)), "mask"));
    QVERIFY(contains(errorOf(makeBmp(0, 1, 24, 0, "", "")), "zero"));
    QVERIFY(contains(errorOf(makeBmp(1, INT_MIN, 24, 0, "", "")), "limit"));
    QVERIFY(contains(errorOf(makeBmp(40000, 40000, 24, 0, "", "")), "limit"));
    QVERIFY(contains(errorOf("BM"), "truncated"));
}

void TestImageDecoder::webp()
{
    void *library = dlopen("libwebp.so.7", RTLD_NOW);
    if (!library)
        QSKIP("libwebp is not installed");
    using Encode = std::size_t (*)(const std::uint8_t *, int, int, int, std::uint8_t **);
    const auto encode = reinterpret_cast<Encode>(dlsym(library, "WebPEncodeLosslessRGB"));
    const auto release = reinterpret_cast<void (*)(void *)>(dlsym(library, "WebPFree"));
    const Image original = gradient(19, 11, 3);
    std::uint8_t *bytes = nullptr;
    const std::size_t size = encode(original.pixels.data(), 19, 11, 19 * 3, &bytes);
    const std::string file(reinterpret_cast<char *>(bytes), size);
    release(bytes);
    QVERIFY(*decode(file) == original);
    for (std::size_t keep = 12; keep < file.size(); keep += 5)
        QVERIFY(contains(errorOf(file.substr(0, keep)), "WebP"));
    QVERIFY(contains(errorOf(file, {.maxPixels = 200}), "limit"));
}

void TestImageDecoder::truncationIsAnError_data()
{
    QTest::addColumn<QByteArray>("file");
    const auto row = [](const char *name, const std::string &bytes) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes);
    };
    row("jpeg", makeJpeg(gradient(64, 64, 3)));
    row("progressive jpeg", makeJpeg(gradient(64, 64, 3), {95, true, {}}));
    row("grey jpeg", makeJpeg(gradient(64, 64, 1)));
    row("png", makePng(gradient(64, 64, 3)));
}

void TestImageDecoder::truncationIsAnError()
{
    QFETCH(QByteArray, file);
    QVERIFY(decode(file.toStdString()).ok());
    for (qsizetype keep = 0; keep < file.size() - 2; keep += 1 + file.size() / 97) {
        const Result<Image> result = decode(file.left(keep).toStdString());
        QVERIFY2(!result.ok(), std::to_string(keep).c_str());
        QCOMPARE(result.error().subject, std::string("picture"));
    }
}

void TestImageDecoder::damageIsAnErrorAndSilent()
{
    // Whatever is written to the console while damaged files are decoded.
    QTemporaryFile console;
    QVERIFY(console.open());
    const int saved = dup(STDERR_FILENO);
    dup2(console.handle(), STDERR_FILENO);
    int errors = 0;
    for (const std::string &file : {makeJpeg(gradient(64, 64, 3)), makePng(gradient(64, 64, 3)),
                                    makeJpeg(gradient(64, 64, 3), {95, true, {}})}) {
        for (std::size_t i = 20; i < file.size(); i += 7) {
            std::string damaged = file;
            damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
            errors += decode(damaged).ok() ? 0 : 1;
        }
    }
    dup2(saved, STDERR_FILENO);
    close(saved);
    QVERIFY(errors > 100);
    QCOMPARE(console.size(), 0);
}

void TestImageDecoder::strayBytesAreNoDamage()
{
    std::string file = makeJpeg(gradient(64, 64, 3));
    const Image whole = decode(file).value();
    file.insert(file.size() - 2, "stray"); // before the end marker
    QVERIFY(decode(file).ok() && *decode(file) == whole);
    file += "after the end";
    QVERIFY(decode(file).ok() && *decode(file) == whole);
}

void TestImageDecoder::headerBombs()
{
    // Width and height of 65500 in the frame header of a small JPEG.
    std::string jpeg = makeJpeg(gradient(16, 16, 3));
    const std::size_t frame = jpeg.find("\xFF\xC0");
    QVERIFY(frame != std::string::npos);
    for (const std::size_t i : {5U, 7U}) {
        jpeg[frame + i] = '\xFF';
        jpeg[frame + i + 1] = '\xDC';
    }
    QVERIFY(contains(errorOf(jpeg), "65500x65500"));

    QVERIFY(contains(errorOf(makePng(gradient(64, 64, 3)), {.maxPixels = 1000}), "64x64"));
    QVERIFY(contains(errorOf(makeJpeg(gradient(64, 64, 3)), {.maxPixels = 1000}), "64x64"));
    QVERIFY(decode(makePng(gradient(64, 64, 3)), {.maxPixels = 64 * 64}).ok());
}

void TestImageDecoder::otherFiles()
{
    QVERIFY(contains(errorOf(""), "empty"));
    QVERIFY(contains(errorOf("GIF89a"), "not a JPEG"));
    const Result<Image> missing = loadImage("/nowhere/cat.jpg");
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
    QVERIFY(contains(missing.error().message(), "/nowhere/cat.jpg"));
    QVERIFY(!loadImage("/tmp").ok());
}

void TestImageDecoder::suffixes()
{
    for (const char *name : {"a.jpg", "b.JPEG", "c.Png", "d.bmp", "e.webp", "x.y.jfif"})
        QVERIFY2(hasImageSuffix(name), name);
    for (const char *name : {"a.txt", "jpg", ".jpg", "a.jpg.part", "a"})
        QVERIFY2(!hasImageSuffix(name), name);
}

QTEST_GUILESS_MAIN(TestImageDecoder)
#include "tst_imagedecoder.moc"

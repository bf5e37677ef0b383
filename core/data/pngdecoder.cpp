// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagecodecs.h"

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include <png.h>

namespace qs::codecs {
namespace {

/// As in jpegdecoder.cpp: libpng's errors jump back to the last mark, so functions with a mark own nothing
/// that has a destructor.
struct Reader
{
    Bytes bytes;
    std::size_t position = 0;
    png_structp png = nullptr;
    png_infop info = nullptr;
    char message[128] = {};

    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void fail(png_structp png, png_const_charp message)
{
    auto *reader = static_cast<Reader *>(png_get_error_ptr(png));
    std::strncpy(reader->message, message, sizeof reader->message - 1);
    png_longjmp(png, 1);
}

void ignoreWarning(png_structp, png_const_charp) { }

void readBytes(png_structp png, png_bytep out, std::size_t count)
{
    auto *reader = static_cast<Reader *>(png_get_io_ptr(png));
    if (count > reader->bytes.size() - reader->position)
        png_error(png, "the file is truncated");
    std::memcpy(out, reader->bytes.data() + reader->position, count);
    reader->position += count;
}

bool readHeader(Reader &reader, png_uint_32 maxSide)
{
    if (setjmp(png_jmpbuf(reader.png)) != 0)
        return false;
    png_set_read_fn(reader.png, &reader, readBytes);
    png_set_user_limits(reader.png, maxSide, maxSide);
    png_read_info(reader.png, reader.info);

    const int type = png_get_color_type(reader.png, reader.info);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(reader.png);
    if (type == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(reader.png);
    png_set_strip_16(reader.png);
    png_set_strip_alpha(reader.png);
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    return true;
}

bool readPixels(Reader &reader, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(reader.png)) != 0)
        return false;
    png_read_image(reader.png, rows);
    png_read_end(reader.png, reader.info);
    return true;
}

int orientation(Reader &reader)
{
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(reader.png, reader.info, &size, &exif) == 0)
        return 1;
    return exifOrientation({exif, size});
}

} // namespace

bool isPng(Bytes bytes)
{
    return bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0;
}

Result<Decoded> decodePng(Bytes bytes, const DecodeLimits &limits)
{
    Reader reader;
    reader.bytes = bytes;
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, ignoreWarning);
    reader.info = reader.png ? png_create_info_struct(reader.png) : nullptr;
    if (!reader.info)
        return Error {ErrorCode::OutOfMemory, {}, "not enough memory to decode it"};
    const auto maxSide = static_cast<png_uint_32>(std::min<std::int64_t>(limits.maxPixels, PNG_UINT_31_MAX));
    if (!readHeader(reader, maxSide))
        return Error {ErrorCode::Format, {}, std::string("damaged PNG: ") + reader.message};
    const png_uint_32 width = png_get_image_width(reader.png, reader.info);
    const png_uint_32 height = png_get_image_height(reader.png, reader.info);
    QS_CHECK(checkSize(width, height, limits));

    Image image = makeImage(static_cast<int>(width), static_cast<int>(height),
                            png_get_channels(reader.png, reader.info));
    if (png_get_rowbytes(reader.png, reader.info) != image.stride())
        return Error {ErrorCode::Unsupported, {}, "a PNG with an unknown pixel layout"};
    std::vector<png_bytep> rows(height);
    for (int y = 0; y < image.height; ++y)
        rows[static_cast<std::size_t>(y)] = image.row(y);
    if (!readPixels(reader, rows.data()))
        return Error {ErrorCode::Format, {}, std::string("damaged PNG: ") + reader.message};
    return Decoded {std::move(image), orientation(reader)};
}

} // namespace qs::codecs

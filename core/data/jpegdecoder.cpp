// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/imagecodecs.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio> // jpeglib.h needs FILE and size_t and does not include them

#include <jerror.h>
#include <jpeglib.h>

namespace qs::codecs {
namespace {

// A progressive file of a few kilobytes can name thousands of scans, each a full pass over the picture; real
// encoders write about ten (libjpeg-turbo's own fuzzers stop at 500).
constexpr int kMaxScans = 500;

/// libjpeg reports errors by a callback that must not return, so it jumps back to the last mark. Functions
/// with a mark own nothing that has a destructor.
struct Reader
{
    jpeg_decompress_struct info {};
    jpeg_error_mgr errors {};
    jpeg_progress_mgr progress {};
    std::jmp_buf mark {};
    char message[JMSG_LENGTH_MAX] = {};

    ~Reader() { jpeg_destroy_decompress(&info); }
};

Reader &readerOf(j_common_ptr info)
{
    return *static_cast<Reader *>(info->client_data);
}

[[noreturn]] void fail(j_common_ptr info)
{
    Reader &reader = readerOf(info);
    info->err->format_message(info, reader.message);
    std::longjmp(reader.mark, 1);
}

/// libjpeg warns and carries on with made-up pixels where data is damaged; that would be calibrated on.
/// Stray bytes between segments lose nothing and are common in the wild.
void checkWarning(j_common_ptr info, int level)
{
    if (level >= 0)
        return;
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
        fail(info);
    default:
        ++info->err->num_warnings;
    }
}

void limitScans(j_common_ptr info)
{
    Reader &reader = readerOf(info);
    if (info->is_decompressor == 0 || reader.info.input_scan_number <= kMaxScans)
        return;
    std::snprintf(reader.message, sizeof reader.message, "more than %d scans", kMaxScans);
    std::longjmp(reader.mark, 1);
}

bool readHeader(Reader &reader, Bytes bytes)
{
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = fail;
    reader.errors.emit_message = checkWarning;
    reader.errors.output_message = [](j_common_ptr) {};
    reader.info.client_data = &reader;
    if (setjmp(reader.mark) != 0)
        return false;
    jpeg_create_decompress(&reader.info);
    reader.progress.progress_monitor = limitScans;
    reader.info.progress = &reader.progress;
    jpeg_mem_src(&reader.info, bytes.data(), static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(&reader.info, JPEG_APP0 + 1, 0xFFFF);
    return jpeg_read_header(&reader.info, TRUE) == JPEG_HEADER_OK;
}

/// Rows of \a stride bytes into \a out.
bool readPixels(Reader &reader, std::uint8_t *out, std::size_t stride)
{
    if (setjmp(reader.mark) != 0)
        return false;
    jpeg_start_decompress(&reader.info);
    while (reader.info.output_scanline < reader.info.output_height) {
        JSAMPROW row = out + reader.info.output_scanline * stride;
        jpeg_read_scanlines(&reader.info, &row, 1);
    }
    jpeg_finish_decompress(&reader.info);
    return true;
}

int orientation(const Reader &reader)
{
    constexpr std::uint8_t kExif[] = {'E', 'x', 'i', 'f', 0, 0};
    for (auto *marker = reader.info.marker_list; marker; marker = marker->next) {
        const Bytes data(marker->data, marker->data_length);
        if (data.size() > std::size(kExif) && std::equal(std::begin(kExif), std::end(kExif), data.begin()))
            return exifOrientation(data.subspan(std::size(kExif)));
    }
    return 1;
}

/// Pillow's conversion of an inverted CMYK picture (Convert.c, cmyk2rgb): what remains of white after ink and
/// black, rounded as its MULDIV255 does.
Image mixInks(const Image &inverted)
{
    Image image = makeImage(inverted.width, inverted.height, 3);
    const std::uint8_t *in = inverted.pixels.data();
    for (std::size_t i = 0; i < image.pixels.size(); i += 3, in += 4) {
        const int white = in[3];
        for (std::size_t c = 0; c < 3; ++c) {
            const int product = (255 - in[c]) * white + 128;
            const int ink = ((product >> 8) + product) >> 8;
            image.pixels[i + c] = static_cast<std::uint8_t>(std::max(white - ink, 0));
        }
    }
    return image;
}

} // namespace

bool isJpeg(Bytes bytes)
{
    return bytes.size() >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

Result<Decoded> decodeJpeg(Bytes bytes, const DecodeLimits &limits)
{
    Reader reader;
    if (!readHeader(reader, bytes))
        return Error {ErrorCode::Format, {}, std::string("damaged JPEG: ") + reader.message};
    QS_CHECK(checkSize(reader.info.image_width, reader.info.image_height, limits));
    switch (reader.info.num_components) {
    case 1:
        reader.info.out_color_space = JCS_GRAYSCALE;
        break;
    case 3:
        reader.info.out_color_space = JCS_RGB;
        break;
    case 4:
        reader.info.out_color_space = JCS_CMYK;
        break;
    default:
        return Error {ErrorCode::Unsupported,
                      {},
                      "a JPEG of " + std::to_string(reader.info.num_components) + " channels"};
    }
    Image image = makeImage(static_cast<int>(reader.info.image_width),
                            static_cast<int>(reader.info.image_height), reader.info.num_components);
    const int turn = orientation(reader); // finishing frees the markers
    if (!readPixels(reader, image.pixels.data(), image.stride()))
        return Error {ErrorCode::Format, {}, std::string("damaged JPEG: ") + reader.message};
    if (image.channels == 4)
        image = mixInks(image);
    return Decoded {std::move(image), turn};
}

} // namespace qs::codecs

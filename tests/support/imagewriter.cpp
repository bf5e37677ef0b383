// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/imagewriter.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <jpeglib.h>
#include <png.h>

namespace qs::test {

std::string makeJpeg(const Image &image, const JpegOptions &options)
{
    jpeg_compress_struct info {};
    jpeg_error_mgr errors {};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char *bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = image.channels;
    info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : (image.channels == 3 ? JCS_RGB : JCS_CMYK);
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, options.quality, TRUE);
    if (options.isProgressive)
        jpeg_simple_progression(&info);
    jpeg_start_compress(&info, TRUE);
    if (!options.exif.empty()) {
        const std::string segment = std::string("Exif\0\0", 6) + options.exif;
        jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET *>(segment.data()),
                          static_cast<unsigned>(segment.size()));
    }
    while (info.next_scanline < info.image_height) {
        auto *row = const_cast<JSAMPROW>(image.row(static_cast<int>(info.next_scanline)));
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    std::string result(reinterpret_cast<const char *>(bytes), size);
    jpeg_destroy_compress(&info);
    std::free(bytes);
    return result;
}

std::string makePng(int width, int height, const std::string &rows, const PngOptions &options)
{
    std::string result;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(
        png, &result,
        [](png_structp p, png_bytep bytes, std::size_t count) {
            static_cast<std::string *>(png_get_io_ptr(p))
                ->append(reinterpret_cast<const char *>(bytes), count);
        },
        [](png_structp) {});
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.bits,
                 options.colourType, options.isInterlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<png_color> palette;
    for (std::size_t i = 0; i + 2 < options.palette.size(); i += 3)
        palette.push_back({static_cast<png_byte>(options.palette[i]),
                           static_cast<png_byte>(options.palette[i + 1]),
                           static_cast<png_byte>(options.palette[i + 2])});
    if (!palette.empty())
        png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    std::string alpha = options.transparency;
    if (!alpha.empty())
        png_set_tRNS(png, info, reinterpret_cast<png_bytep>(alpha.data()), static_cast<int>(alpha.size()),
                     nullptr);
    std::string exif = options.exif;
    if (!exif.empty())
        png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()),
                       reinterpret_cast<png_bytep>(exif.data()));
    png_write_info(png, info);
    std::string copy = rows;
    const std::size_t stride = copy.size() / static_cast<std::size_t>(height);
    std::vector<png_bytep> pointers;
    for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
        pointers.push_back(reinterpret_cast<png_bytep>(copy.data()) + y * stride);
    png_write_image(png, pointers.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return result;
}

std::string makePng(const Image &image)
{
    PngOptions options;
    options.colourType = image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    return makePng(image.width, image.height, {image.pixels.begin(), image.pixels.end()}, options);
}

std::string makeExif(int orientation, bool isBigEndian)
{
    const auto value = static_cast<char>(orientation);
    // TIFF 6.0: byte order, 42, offset of the directory, one entry: tag 0x0112, type SHORT, one value.
    if (isBigEndian)
        return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0};
    return {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0};
}

Image gradient(int width, int height, int channels)
{
    Image image = makeImage(width, height, channels);
    auto *out = image.pixels.data();
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < channels; ++c)
                *out++ = static_cast<std::uint8_t>((x * 7 + y * 13 + c * 50) % 256);
        }
    }
    return image;
}

void writeBytes(const std::string &path, const std::string &bytes)
{
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

} // namespace qs::test

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// .npy, and .npz where the bytes begin as a zip archive does.
#include "core/data/npyfile.h"
#include "tests/fuzz/fuzztarget.h"

#include <zlib.h>

using namespace qs;
using namespace qs::test;

namespace {

std::string little(std::uint64_t value, int size)
{
    std::string bytes;
    for (int i = 0; i < size; ++i, value >>= 8)
        bytes += static_cast<char>(value & 0xFF);
    return bytes;
}

/// An archive of one deflated entry, as numpy.savez_compressed writes it.
std::string compressed(const std::string &npy)
{
    z_stream stream {};
    FUZZ_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string packed(deflateBound(&stream, npy.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(npy.data()));
    stream.avail_in = static_cast<uInt>(npy.size());
    stream.next_out = reinterpret_cast<Bytef *>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    FUZZ_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    const std::string name = "x.npy";
    const auto crc = crc32(0, reinterpret_cast<const Bytef *>(npy.data()), static_cast<uInt>(npy.size()));
    // From the version that is needed to the length of the name; no flags, method 8, no time.
    const std::string entry = little(20, 2) + little(0, 2) + little(8, 2) + little(0, 4) + little(crc, 4)
        + little(packed.size(), 4) + little(npy.size(), 4) + little(name.size(), 2) + little(0, 2);
    const std::string local = "PK\x03\x04" + entry + name + packed;
    const std::string directory = "PK\x01\x02" + little(20, 2) + entry + little(0, 14) + name;
    return local + directory + "PK\x05\x06" + little(0, 4) + little(1, 2) + little(1, 2)
        + little(directory.size(), 4) + little(local.size(), 4) + little(0, 2);
}

} // namespace

std::vector<std::string> qs::test::fuzzSeeds()
{
    const Tensor floats = Tensor::fromFloats({2, 3}, std::vector<float> {1, 2, 3, 4, 5, 6});
    const Tensor scalar(DType::Int64, {});
    const std::filesystem::path file = fuzzFolder() / "seed.npz";
    FUZZ_CHECK(writeNpy(file, floats).ok());
    const std::string npy = contentOf(file);
    std::string fortran = npy;
    fortran.replace(fortran.find("False"), 5, "True ");
    std::string bigEndian = npy;
    bigEndian.replace(bigEndian.find("<f4"), 3, ">f4");
    FUZZ_CHECK(writeNpz(file, {{"a", floats}, {"labels", scalar}}).ok());
    return {npy, fortran, bigEndian, contentOf(file), compressed(npy), compressed(fortran)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::filesystem::path path = writeInput("x.npz", textOf(data, size));
    JobContext job;
    std::vector<NpyArray> arrays;
    if (textOf(data, size).starts_with("PK")) {
        auto archive = openNpz(path, job);
        if (!isAccepted(archive))
            return 0;
        arrays = std::move(*archive);
    } else {
        auto array = openNpy(path, job);
        if (!isAccepted(array))
            return 0;
        arrays.push_back(std::move(*array));
    }
    for (const NpyArray &array : arrays) {
        const auto tensor = array.read();
        FUZZ_CHECK(isValue(tensor) && tensor->shape() == array.shape());
        // Deflate makes nothing more than 1032 times smaller.
        FUZZ_CHECK(tensor->byteSize() <= size * 1033);
        if (!array.shape().empty() && array.shape().front() > 0)
            (void)isValue(array.rows(array.shape().front() - 1, 1));
    }
    return 0;
}

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

/// The target: reads \a data as a file of its format. Ends the program when a reader breaks a promise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

/// What the targets share. Each is a program of its own: with libFuzzer where QS_FUZZ is on, else with the
/// driver replay.cpp.
namespace qs::test {

/// Good files, small, made by the program's own writers. Each target defines it.
std::vector<std::string> fuzzSeeds();

struct FuzzCounts
{
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
};
inline FuzzCounts fuzzCounts;

#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                     \
            std::abort();                                                                                    \
        }                                                                                                    \
    } while (false)

/// An error is one line that says something, and not the file over again.
inline void checkError(const Error &error)
{
    const std::string line = error.message();
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    const bool isLine = std::none_of(line.begin(), line.end(), isControl);
    if (error.detail.empty() || !isLine || line.size() > 4096)
        std::fprintf(stderr, "no clear line: '%s'\n", line.c_str());
    FUZZ_CHECK(!error.detail.empty() && isLine && line.size() <= 4096);
}
/// Whether \a result is a value; checks the error if not.
template <typename T> bool isValue(const Result<T> &result)
{
    if (!result.ok())
        checkError(result.error());
    return result.ok();
}
/// The same for the first reading of an input, which is counted.
template <typename T> bool isAccepted(const Result<T> &result)
{
    ++(result.ok() ? fuzzCounts.accepted : fuzzCounts.refused);
    return isValue(result);
}

/// A folder of this process, in memory where there is such a place; goes with it.
inline const std::filesystem::path &fuzzFolder()
{
    struct Folder
    {
        std::filesystem::path path = std::filesystem::exists("/dev/shm")
            ? std::filesystem::path("/dev/shm")
            : std::filesystem::temp_directory_path();
        pid_t owner = ::getpid();
        Folder()
        {
            path /= "qs-fuzz-" + std::to_string(owner);
            std::filesystem::create_directories(path);
        }
        ~Folder()
        {
            std::error_code ignored;
            if (::getpid() == owner)
                std::filesystem::remove_all(path, ignored);
        }
    };
    static const Folder folder;
    return folder.path;
}

inline std::string_view textOf(const std::uint8_t *data, std::size_t size)
{
    return {reinterpret_cast<const char *>(data), size};
}

/// Writes \a bytes to the file \a name of fuzzFolder(), not synced as the program's own files are.
inline std::filesystem::path writeInput(const std::string &name, std::string_view bytes)
{
    const std::filesystem::path path = fuzzFolder() / name;
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
}
inline std::string contentOf(const std::filesystem::path &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace qs::test

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mappedfile.h"

#include "core/base/atomicfile.h"
#include "core/base/regularfile.h"

#include <cerrno>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

namespace qs {

Result<MappedFilePtr> MappedFile::open(const std::filesystem::path &path)
{
    QS_TRY(const RegularFile file, RegularFile::open(path));
    std::shared_ptr<MappedFile> mapping(new MappedFile);
    const auto size = static_cast<std::size_t>(file.size());
    if (size > 0) { // a mapping cannot be empty
        const void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
        if (address == MAP_FAILED)
            return systemError(path, errno);
        mapping->m_bytes = {static_cast<const std::byte *>(address), size};
    }
    return MappedFilePtr(std::move(mapping));
}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        ::munmap(const_cast<std::byte *>(m_bytes.data()), m_bytes.size());
}

void MappedFile::forget(std::span<const std::byte> part) const
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto start = reinterpret_cast<std::uintptr_t>(part.data());
    const std::uintptr_t first = (start + page - 1) / page * page;
    const std::uintptr_t end = (start + part.size()) / page * page;
    if (first < end)
        ::madvise(reinterpret_cast<void *>(first), end - first, MADV_DONTNEED); // advice: may fail
}

} // namespace qs

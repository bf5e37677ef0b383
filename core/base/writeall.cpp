// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/writeall.h"

#include "core/base/atomicfile.h"

#include <cerrno>

#include <unistd.h>

namespace qs {

Status writeAll(int descriptor, std::string_view bytes, const std::filesystem::path &path)
{
    while (!bytes.empty()) {
        const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemError(path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return Done {};
}

} // namespace qs

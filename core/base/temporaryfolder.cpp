// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/temporaryfolder.h"

#include "core/base/atomicfile.h"

#include <cerrno>
#include <cstdlib>

namespace qs {
namespace fs = std::filesystem;

Result<TemporaryFolder> TemporaryFolder::create()
{
    std::error_code error;
    const fs::path base = fs::temp_directory_path(error);
    std::string name = ((error ? fs::path("/tmp") : base) / "quantstudio-XXXXXX").string();
    if (!::mkdtemp(name.data()))
        return systemError(name, errno);
    return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    if (!m_path.empty())
        fs::remove_all(m_path, ignored);
}

} // namespace qs

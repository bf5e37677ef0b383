// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/module.h"

#include <filesystem>

#include <dlfcn.h>

namespace qs {
namespace fs = std::filesystem;

Result<void *> loadModuleFunction(const char *file, const char *function, int flags, const char *subject,
                                  const char *missing)
{
    std::error_code failure;
    const fs::path program = fs::read_symlink("/proc/self/exe", failure).parent_path();
    std::string why = missing;
    for (const fs::path &folder : {program, program / ".." / "lib" / "quantstudio", program / ".." / "bin"}) {
        const fs::path path = folder / file;
        if (!fs::exists(path, failure))
            continue;
        void *module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | flags);
        if (void *found = module ? ::dlsym(module, function) : nullptr)
            return found;
        const char *reason = ::dlerror();
        why = reason ? reason : std::string("it has no ") + function;
    }
    return Error {ErrorCode::Unsupported, subject, why};
}

} // namespace qs

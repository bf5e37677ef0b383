// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingengine.h"

#include <filesystem>

#include <dlfcn.h>

namespace qs {
namespace fs = std::filesystem;
namespace {

constexpr const char *kFile = "libqs_trainer.so";

Result<const TrainingEngine *> loadModule()
{
    std::error_code failure;
    const fs::path program = fs::read_symlink("/proc/self/exe", failure).parent_path();
    std::string why = std::string(kFile)
        + " is not beside the program; install libtorch-dev and build again to have training";
    for (const fs::path &folder : {program, program / ".." / "lib" / "quantstudio", program / ".." / "bin"}) {
        const fs::path file = folder / kFile;
        if (!fs::exists(file, failure))
            continue;
        // Never closed: libtorch's threads and static objects live until the program ends.
        void *module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        auto *function
            = module ? reinterpret_cast<TrainerModuleFunction>(::dlsym(module, kTrainerModuleName)) : nullptr;
        if (function)
            return function();
        const char *reason = ::dlerror();
        why = reason ? reason : std::string("it has no ") + kTrainerModuleName;
    }
    return Error {ErrorCode::Unsupported, "training", why};
}

} // namespace

Result<const TrainingEngine *> trainingEngine()
{
    static const Result<const TrainingEngine *> engine = loadModule();
    return engine;
}

int TrainGraph::findValue(const std::string &name) const
{
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].name == name)
            return static_cast<int>(i);
    }
    return -1;
}

} // namespace qs

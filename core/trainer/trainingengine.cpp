// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trainer/trainingengine.h"

#include "core/base/module.h"

#include <cstdlib>

namespace qs {
namespace {

Result<const TrainingEngine *> loadEngine()
{
    QS_TRY(void *function,
           loadModuleFunction("libqs_trainer.so", kTrainerModuleName, 0, "training",
                              "libqs_trainer.so is not beside the program; install libtorch-dev and build "
                              "again to have training"));
    return reinterpret_cast<TrainerModuleFunction>(function)();
}

} // namespace

void prepareTraining()
{
    ::setenv("OMP_WAIT_POLICY", "passive", 0); // read by libgomp when the trainer is loaded
}

Result<const TrainingEngine *> trainingEngine()
{
    static const Result<const TrainingEngine *> engine = loadEngine();
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

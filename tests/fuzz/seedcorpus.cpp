// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// With libFuzzer: puts the seeds into the corpus, the first folder of the command line, which is made.
#include "tests/fuzz/fuzztarget.h"

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    namespace fs = std::filesystem;
    for (int i = 1; i < *argc; ++i) {
        const std::string argument = (*argv)[i];
        if (argument.starts_with('-') || fs::is_regular_file(argument))
            continue;
        fs::create_directories(argument);
        int number = 0;
        for (const std::string &seed : qs::test::fuzzSeeds())
            std::ofstream(fs::path(argument) / ("seed" + std::to_string(++number)), std::ios::binary) << seed;
        break;
    }
    return 0;
}

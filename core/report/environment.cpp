// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/environment.h"

#include "core/runtime/inferenceengine.h"

#include <array>
#include <fstream>
#include <sstream>
#include <sys/utsname.h>
#include <thread>

namespace qs {
namespace {

/// The value of the first line "key : value" of /proc/cpuinfo.
std::string cpuInfo(const std::string &key)
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(':');
        if (!line.starts_with(key) || colon == std::string::npos)
            continue;
        const std::size_t start = line.find_first_not_of(" \t", colon + 1);
        return start == std::string::npos ? std::string() : line.substr(start);
    }
    return {};
}

std::string vectorUnits()
{
    struct Unit
    {
        const char *flag;
        const char *title;
    };
    constexpr std::array kUnits {
        Unit {"avx2", "AVX2"},         Unit {"avx_vnni", "AVX-VNNI"},   Unit {"avx512_vnni", "AVX-512 VNNI"},
        Unit {"amx_int8", "AMX INT8"}, Unit {"asimddp", "dot product"}, Unit {"i8mm", "I8MM"}};
    const std::string x86 = cpuInfo("flags");
    std::istringstream flags(x86.empty() ? cpuInfo("Features") : x86);
    std::string found;
    for (std::string flag; flags >> flag;) {
        for (const Unit &unit : kUnits) {
            if (flag == unit.flag)
                found += (found.empty() ? "" : ", ") + std::string(unit.title);
        }
    }
    return found;
}

} // namespace

Environment thisMachine()
{
    Environment environment;
    environment.runtime = makeOnnxRuntimeEngine()->version();
    environment.processor = cpuInfo("model name");
    environment.vectorUnits = vectorUnits();
    environment.logicalCores = std::thread::hardware_concurrency();
    utsname info {};
    if (::uname(&info) == 0)
        environment.system = std::string(info.sysname) + ' ' + info.release + ' ' + info.machine;
    return environment;
}

} // namespace qs

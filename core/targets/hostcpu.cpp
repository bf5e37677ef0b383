// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/targets/hostcpu.h"

namespace qs {

const HostCpu &hostCpu()
{
#if defined(__x86_64__) || defined(__i386__)
    static const HostCpu host {.isX86 = true,
                               .hasVnni = __builtin_cpu_supports("avx512vnni") != 0
                                   || __builtin_cpu_supports("avxvnni") != 0};
#else
    static const HostCpu host;
#endif
    return host;
}

} // namespace qs

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/targets/hostcpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace qs {
namespace {

#if defined(__x86_64__) || defined(__i386__)
/// CPUID leaf 7, sub-leaf 1, EAX bit 4 (Intel SDM, volume 2A): not all compilers know it by name.
bool hasAvxVnni()
{
    constexpr unsigned kAvxVnni = 1U << 4;
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & kAvxVnni) != 0;
}
#endif

} // namespace

const HostCpu &hostCpu()
{
#if defined(__x86_64__) || defined(__i386__)
    // The system must keep the registers, too, which the compiler's own check asks for.
    static const HostCpu host {.isX86 = true,
                               .hasVnni = __builtin_cpu_supports("avx512vnni") != 0
                                   || (__builtin_cpu_supports("avx2") != 0 && hasAvxVnni())};
#else
    static const HostCpu host;
#endif
    return host;
}

} // namespace qs

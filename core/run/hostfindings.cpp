// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/hostfindings.h"

#include "core/base/paramspec.h"

namespace qs {

std::vector<Finding> hostFindings(const Target &target, const HostCpu &host, bool hasReducedWeights)
{
    if (!target.runsOnX86)
        return {{Severity::Info,
                 "foreign-target",
                 {},
                 sentence(QS_TR_NOOP("Sentence",
                                     "made for %1: its accuracy can be measured here, its speed "
                                     "cannot; on an x86 CPU it may be 2 to 5 times slower than "
                                     "the file made for it"),
                          {target.id})}};
    if (host.isX86 && !host.hasVnni && !target.saturatesAt16Bits && !hasReducedWeights)
        return {{Severity::Warning,
                 "target-needs-vnni",
                 {},
                 sentence(QS_TR_NOOP("Sentence",
                                     "this machine has no VNNI, so that sums of products of %1 files may "
                                     "saturate at 16 bits: accuracy is lower here than where they belong; "
                                     "for machines like this set 'reduce_range' or choose a target with "
                                     "7-bit weights"),
                          {target.id})}};
    return {};
}

} // namespace qs

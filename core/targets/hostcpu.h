// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace qs {

/// What decides on this machine which integer kernels run, and how exact they are.
struct HostCpu
{
    bool isX86 = false;
    bool hasVnni = false; ///< VPDPBUSD: products of bytes are added in 32 bits
};

/// Of the machine that this runs on.
const HostCpu &hostCpu();

} // namespace qs

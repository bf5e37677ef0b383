// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace qs {

/// Where the figures were measured.
struct Environment
{
    std::string runtime; ///< "ONNX Runtime 1.30.0"
    std::string processor; ///< "Intel(R) Xeon(R) …", empty where the system does not say
    std::string vectorUnits; ///< what integer kernels care for: "AVX2, AVX-512 VNNI"
    unsigned logicalCores = 0;
    std::string system; ///< "Linux 6.1.0 x86_64"

    bool operator==(const Environment &) const = default;
};

Environment thisMachine();

} // namespace qs

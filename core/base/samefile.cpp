// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/samefile.h"

namespace qs {

Status refuseToReplace(const std::filesystem::path &source, const std::filesystem::path &output)
{
    std::error_code notThere;
    if (std::filesystem::equivalent(source, output, notThere))
        return Error {ErrorCode::InvalidArgument, output.string(),
                      "is the float model itself, which would be lost; give the result another name"};
    return Done {};
}

} // namespace qs

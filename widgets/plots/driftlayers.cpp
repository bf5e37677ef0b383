// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/driftlayers.h"

namespace qs {

QStringList driftLayerNames(const Drift *drift)
{
    QStringList names;
    if (drift)
        for (const LayerDrift &layer : drift->layers)
            names << QString::fromStdString(layer.name);
    return names;
}

} // namespace qs

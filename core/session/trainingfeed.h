// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/trainer/traininghistory.h"

#include <QObject>

#include <memory>

namespace qs {

using TrainingHistoryPtr = std::shared_ptr<const TrainingHistory>;

/// Brings the history of a running training from its thread to whoever is connected.
class TrainingFeed : public QObject
{
    Q_OBJECT

signals:
    void progressed(qs::TrainingHistoryPtr history);
};

} // namespace qs

Q_DECLARE_METATYPE(qs::TrainingHistoryPtr)

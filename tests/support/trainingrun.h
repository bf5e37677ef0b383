// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/run/run.h"

/// Fails the test with the line of the error.
#define QS_VERIFY_OK(result) QVERIFY2((result).ok(), (result).ok() ? "" : (result).error().message().c_str())

namespace qs::test {

/// Random pictures for the tiny CNN; labels are what the float model itself says, so that it is always right.
DatasetPtr pictures(const Model &model, std::size_t count, bool labelled);

/// For x86 with VNNI.
Recipe recipeOf(const std::string &strategy, const nlohmann::json &parameters);

/// On one thread; \a data is for calibration and training.
Result<QuantizedPtr> quantizeWith(const ModelPtr &model, const Recipe &recipe, const DatasetPtr &data,
                                  TrainingOptions training = {});

/// The graph of \a model without what tells how it was made.
std::string graphBytes(const Model &model);

/// A job that remembers the codes of what was reported.
JobContext listening(std::vector<std::string> &codes);

} // namespace qs::test

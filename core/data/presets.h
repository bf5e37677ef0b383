// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/text.h"
#include "core/data/preprocessing.h"
#include "core/model/model.h"

namespace qs {

struct PreprocessingPreset
{
    std::string id; ///< "imagenet-torch"
    std::string title;
    std::string help; ///< one sentence: which models want it
    Preprocessing preprocessing;
};

const std::vector<PreprocessingPreset> &preprocessingPresets();

/// "imagenet-torch, imagenet-tf, …", for messages.
std::string presetIds();

Result<Preprocessing> presetById(const std::string &id);

/// A preset's id or a JSON file. A file may start from a preset: {"preset": "unit", "width": 320}.
Result<Preprocessing> findPreprocessing(const std::string &presetOrFile);

/// Where a preprocessing came from, to be shown and never assumed silently.
struct PreprocessingGuess
{
    Preprocessing preprocessing;
    Text reason; ///< "stored in the model", "3x32x32 input: CIFAR-style"
    bool isStored = false; ///< from the model's metadata: as good as told
};

/// Key of Model::metadata under which the preprocessing JSON is stored.
inline constexpr const char *kPreprocessingKey = "quantstudio.preprocessing";

/// Null when the model's input says nothing (not an image).
std::optional<PreprocessingGuess> guessPreprocessing(const Model &model);

} // namespace qs

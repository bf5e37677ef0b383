// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/tensor/tensor.h"

#include <string>
#include <vector>

/// What the outputs of the shared recognizers and detectors mean, as their authors' own post-processing has
/// it: an application sees these, not the tensors.
namespace qs::test {

/// Greedy CTC: [1, T, C] scores → text; 0 is the blank, 1… are \a keys, the last class a space. Without
/// spaces, of which the recognizer drops many in float as well.
std::string decodeLine(const Tensor &scores, const std::vector<std::string> &keys);

struct Box
{
    float left = 0;
    float top = 0;
    float right = 0;
    float bottom = 0;
    int label = 0;
    float score = 0;
};

/// UltraFace: scores [1, P, 2], boxes [1, P, 4] (corners, 0 to 1); score > 0.7, suppression at IoU 0.3.
std::vector<Box> decodeFaces(const Tensor &scores, const Tensor &boxes);
/// FastestDet: [1, 85, H, W]; score = obj^0.6 · cls^0.4 > 0.4, suppression at IoU 0.45 a class.
std::vector<Box> decodeObjects(const Tensor &map);
/// PP-OCR detection: [1, 1, H, W] probabilities; boxes around connected regions above 0.3 of at least 16
/// pixels.
std::vector<Box> decodeTextRegions(const Tensor &probabilities);

/// Harmonic mean of precision and recall of \a found against \a reference, boxes of one label matched one to
/// one at IoU >= 0.5, over any number of pictures.
class BoxAgreement
{
public:
    void add(const std::vector<Box> &reference, const std::vector<Box> &found);
    double f1() const;
    int referenceBoxes() const { return m_reference; }
    int foundBoxes() const { return m_found; }

private:
    int m_reference = 0;
    int m_found = 0;
    int m_matched = 0;
};

} // namespace qs::test

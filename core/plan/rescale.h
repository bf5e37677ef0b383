// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace qs {

class Model;

/// Channels of activations that are measured in other units, so that they or the weights around them fit a
/// grid better: new value = old value / factors[channel]. What makes the values is divided, what reads them
/// is multiplied, and the network computes what it did.
struct Rescale
{
    /// From what a layer makes, through activations and pooling, to what the next layers read.
    std::vector<std::string> tensors;
    int axis = 1; ///< of the channels; -1 = the last dimension
    std::vector<float> factors; ///< positive, one a channel
    float limitFactor = 1.F; ///< of the upper limit of a Clip among what makes the tensors
    /// Not empty: nothing before this tensor can be divided, so a Mul behind it makes tensors[0] of it.
    std::string insertedAfter;

    bool operator==(const Rescale &) const = default;
};

/// Key of Model::metadata under which a model says how its channels were rescaled.
inline constexpr const char *kRescaleKey = "quantstudio.rescale";

nlohmann::json toJson(const std::vector<Rescale> &rescales);
/// Error Format when it is not what toJson() writes.
Result<std::vector<Rescale>> rescalesFromJson(const nlohmann::json &json);

/// The units of a model's tensors, as its metadata tells them.
class ChannelUnits
{
public:
    ChannelUnits() = default;
    /// Metadata that is damaged counts as none.
    explicit ChannelUnits(const Model &model);

    bool isEmpty() const { return m_rescales.empty(); }
    /// \a values of \a tensor in the units of the network as it was trained; unchanged where they are known
    /// to be those or where the shape does not fit. Float32 in, float32 out.
    Tensor original(const std::string &tensor, const Tensor &values) const;
    /// The way back.
    Tensor rescaled(const std::string &tensor, const Tensor &values) const;

private:
    Tensor convert(const std::string &tensor, const Tensor &values, bool multiply) const;

    std::vector<Rescale> m_rescales;
    std::multimap<std::string, std::size_t> m_byTensor;
};

} // namespace qs

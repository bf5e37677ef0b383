// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/preprocessing.h"

#include "core/data/presets.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace qs {
namespace {

using Json = nlohmann::json;

template <typename Enum> struct Name
{
    Enum value;
    const char *text;
};
template <typename Enum> Name(Enum, const char *) -> Name<Enum>;

constexpr std::array kResizeRules {
    Name {ResizeRule::None, "none"},
    Name {ResizeRule::IfDifferent, "if-different"},
    Name {ResizeRule::ShorterSide, "shorter-side"},
    Name {ResizeRule::Stretch, "stretch"},
    Name {ResizeRule::Height, "height"},
    Name {ResizeRule::MultipleOf, "multiple-of"},
};
constexpr std::array kFilters {
    Name {ResizeFilter::Nearest, "nearest"}, Name {ResizeFilter::Bilinear, "bilinear"},
    Name {ResizeFilter::Bicubic, "bicubic"}, Name {ResizeFilter::Area, "area"},
    Name {ResizeFilter::Lanczos, "lanczos"},
};
constexpr std::array kColours {
    Name {ColourOrder::Rgb, "rgb"},
    Name {ColourOrder::Bgr, "bgr"},
    Name {ColourOrder::Grey, "grey"},
};
constexpr std::array kLayouts {Name {Layout::Nchw, "nchw"}, Name {Layout::Nhwc, "nhwc"}};

constexpr int kMaxSide = 65536;

/// The double that prints as shortly as the float does: 0.485 and not 0.48500001430511475.
double readable(float value)
{
    std::array<char, 32> text {};
    const char *end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    double number = value;
    std::from_chars(text.data(), end, number);
    return number;
}

Json readable(const std::vector<float> &values)
{
    Json array = Json::array();
    for (const float value : values)
        array.push_back(readable(value));
    return array;
}

Error bad(const std::string &key, const std::string &expected)
{
    return {ErrorCode::InvalidArgument, "preprocessing key '" + key + "'", "must be " + expected};
}

Status read(const std::string &key, const Json &json, bool &out)
{
    if (!json.is_boolean())
        return bad(key, "true or false");
    out = json.get<bool>();
    return Done {};
}

Status readSide(const std::string &key, const Json &json, int least, int &out)
{
    if (!json.is_number_integer() || json < least || json > kMaxSide)
        return bad(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(kMaxSide));
    out = json.get<int>();
    return Done {};
}

Status read(const std::string &key, const Json &json, float &out)
{
    const auto value = json.is_number() ? json.get<float>() : NAN;
    if (!std::isfinite(value))
        return bad(key, "a number");
    out = value;
    return Done {};
}

/// One number, or a list of one or three.
Status read(const std::string &key, const Json &json, std::vector<float> &out)
{
    const Json list = json.is_array() ? json : Json::array({json});
    if (list.size() != 1 && list.size() != 3)
        return bad(key, "one number or three");
    std::vector<float> values(list.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        QS_CHECK(read(key, list[i], values[i]));
    out = std::move(values);
    return Done {};
}

template <typename Enum, std::size_t count>
Status read(const std::string &key, const Json &json, const std::array<Name<Enum>, count> &names, Enum &out)
{
    std::string known;
    for (const Name<Enum> &name : names) {
        if (json.is_string() && json.get_ref<const std::string &>() == name.text) {
            out = name.value;
            return Done {};
        }
        known += (known.empty() ? "one of " : ", ") + std::string(name.text);
    }
    return bad(key, known);
}

template <typename Enum, std::size_t count>
const char *text(const std::array<Name<Enum>, count> &names, Enum value)
{
    const auto it = std::find_if(names.begin(), names.end(), [&](const auto &n) { return n.value == value; });
    assert(it != names.end());
    return it->text;
}

Status readId(const std::string &key, const Json &json, std::string &out)
{
    if (!json.is_string() || json.get_ref<const std::string &>().empty())
        return bad(key, "a name");
    out = json.get<std::string>();
    return Done {};
}

using Reader = std::function<Status(const std::string &key, const Json &json, Preprocessing &p)>;

const std::vector<std::pair<std::string, Reader>> &readers()
{
    using Key = const std::string &;
    using Value = const Json &;
    static const std::vector<std::pair<std::string, Reader>> list {
        {"id", [](Key k, Value v, Preprocessing &p) { return readId(k, v, p.id); }},
        {"resize", [](Key k, Value v, Preprocessing &p) { return read(k, v, kResizeRules, p.resize); }},
        {"shorter_side", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 0, p.shorterSide); }},
        {"filter", [](Key k, Value v, Preprocessing &p) { return read(k, v, kFilters, p.filter); }},
        {"antialias", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.antialias); }},
        {"centre_crop", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.centreCrop); }},
        {"crop_floor", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.cropFloor); }},
        {"colour", [](Key k, Value v, Preprocessing &p) { return read(k, v, kColours, p.colour); }},
        {"layout", [](Key k, Value v, Preprocessing &p) { return read(k, v, kLayouts, p.layout); }},
        {"scale", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.scale); }},
        {"mean", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.mean); }},
        {"std", [](Key k, Value v, Preprocessing &p) { return read(k, v, p.std); }},
        {"min_width", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 0, p.minWidth); }},
        {"multiple", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 1, p.multiple); }},
        {"max_side", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 1, p.maxSide); }},
        {"width", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 0, p.width); }},
        {"height", [](Key k, Value v, Preprocessing &p) { return readSide(k, v, 0, p.height); }},
    };
    return list;
}

const Reader *findReader(const std::string &key)
{
    for (const auto &[known, reader] : readers()) {
        if (known == key)
            return &reader;
    }
    return nullptr;
}

Error unknownKey(const std::string &key)
{
    std::string known = "preset";
    for (const auto &[name, reader] : readers())
        known += ", " + name;
    return {ErrorCode::InvalidArgument, "preprocessing key '" + key + "'", "not known; there are: " + known};
}

} // namespace

Json toJson(const Preprocessing &p)
{
    return {{"id", p.id},
            {"resize", text(kResizeRules, p.resize)},
            {"shorter_side", p.shorterSide},
            {"filter", text(kFilters, p.filter)},
            {"antialias", p.antialias},
            {"centre_crop", p.centreCrop},
            {"crop_floor", p.cropFloor},
            {"colour", text(kColours, p.colour)},
            {"layout", text(kLayouts, p.layout)},
            {"scale", readable(p.scale)},
            {"mean", readable(p.mean)},
            {"std", readable(p.std)},
            {"min_width", p.minWidth},
            {"multiple", p.multiple},
            {"max_side", p.maxSide},
            {"width", p.width},
            {"height", p.height}};
}

Result<Preprocessing> preprocessingFromJson(const Json &json)
{
    if (!json.is_object())
        return Error {ErrorCode::InvalidArgument, "preprocessing", "must be a JSON object"};
    Preprocessing result;
    if (const auto preset = json.find("preset"); preset != json.end()) {
        std::string id;
        QS_CHECK(readId("preset", *preset, id));
        QS_TRY(result, presetById(id));
    }
    result.id = "custom";
    for (const auto &[key, value] : json.items()) {
        const Reader *reader = findReader(key);
        if (!reader && key != "preset")
            return unknownKey(key);
        if (reader)
            QS_CHECK((*reader)(key, value, result));
    }
    if (std::any_of(result.std.begin(), result.std.end(), [](float s) { return !(s > 0.F); }))
        return bad("std", "greater than zero");
    return result;
}

} // namespace qs

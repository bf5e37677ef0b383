// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "shapepictures.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>

namespace example {

namespace {

/// Drawn this much larger and shrunk: edges get smooth.
constexpr int kOversampling = 4;
constexpr int kCanvas = kPictureSize * kOversampling;

using Outline = std::vector<cv::Point2d>; ///< in a circle of radius 1 around the origin

Outline arc(cv::Point2d centre, double radius, double from, double to, int steps)
{
    Outline points;
    for (int i = 0; i <= steps; ++i) {
        const double angle = from + (to - from) * i / steps;
        points.emplace_back(centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle));
    }
    return points;
}

/// Corners at equal angles; radii are used in turn (a star has two).
Outline polygon(int corners, std::initializer_list<double> radii)
{
    Outline points;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * CV_PI * i / corners - CV_PI / 2;
        const double radius = radii.begin()[static_cast<std::size_t>(i) % radii.size()];
        points.emplace_back(radius * std::cos(angle), radius * std::sin(angle));
    }
    return points;
}

Outline heart()
{
    Outline points;
    for (int i = 0; i < 60; ++i) {
        const double t = 2 * CV_PI * i / 60;
        const double y = 13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t);
        points.emplace_back(16 * std::pow(std::sin(t), 3) / 17, -y / 17);
    }
    return points;
}

Outline crescent()
{
    // The part of the unit circle outside a second one shifted to the right; they meet at the angle `meet`.
    constexpr double shift = 0.55;
    constexpr double inner = 0.8;
    const double meet = std::acos((1 + shift * shift - inner * inner) / (2 * shift));
    const double innerMeet = std::acos((std::cos(meet) - shift) / inner);
    Outline points = arc({0, 0}, 1, meet, 2 * CV_PI - meet, 40);
    const Outline back = arc({shift, 0}, inner, 2 * CV_PI - innerMeet, innerMeet, 30);
    points.insert(points.end(), back.begin(), back.end());
    return points;
}

std::vector<Outline> outlines(int classIndex)
{
    switch (classIndex) {
    case 0:
        return {arc({0, 0}, 0.9, 0, 2 * CV_PI, 60)};
    case 1:
        return {{{-0.75, -0.75}, {0.75, -0.75}, {0.75, 0.75}, {-0.75, 0.75}}};
    case 2:
        return {polygon(3, {1})};
    case 3:
        return {polygon(10, {1, 0.45})};
    case 4:
        return {{{-0.3, -0.9},
                 {0.3, -0.9},
                 {0.3, -0.3},
                 {0.9, -0.3},
                 {0.9, 0.3},
                 {0.3, 0.3},
                 {0.3, 0.9},
                 {-0.3, 0.9},
                 {-0.3, 0.3},
                 {-0.9, 0.3},
                 {-0.9, -0.3},
                 {-0.3, -0.3}}};
    case 5:
        return {arc({0, 0}, 0.95, 0, 2 * CV_PI, 60), arc({0, 0}, 0.5, 0, 2 * CV_PI, 40)};
    case 6:
        return {heart()};
    case 7:
        return {{{-1, -0.25}, {0.1, -0.25}, {0.1, -0.65}, {1, 0}, {0.1, 0.65}, {0.1, 0.25}, {-1, 0.25}}};
    case 8:
        return {polygon(6, {1})};
    default:
        return {crescent()};
    }
}

cv::Scalar randomColour(cv::RNG &random)
{
    return {random.uniform(0., 255.), random.uniform(0., 255.), random.uniform(0., 255.)};
}

/// A colour that can be told from \a other, if sometimes only just.
cv::Scalar contrastingColour(const cv::Scalar &other, cv::RNG &random)
{
    for (;;) {
        const cv::Scalar colour = randomColour(random);
        if (cv::norm(colour - other) > 70) {
            return colour;
        }
    }
}

cv::Mat gradient(const cv::Scalar &from, const cv::Scalar &to, cv::RNG &random)
{
    const double angle = random.uniform(0., 2 * CV_PI);
    cv::Mat canvas(kCanvas, kCanvas, CV_8UC3);
    for (int y = 0; y < kCanvas; ++y) {
        for (int x = 0; x < kCanvas; ++x) {
            const double along
                = (std::cos(angle) * (x - kCanvas / 2) + std::sin(angle) * (y - kCanvas / 2)) / kCanvas;
            const double share = std::clamp(along + 0.5, 0., 1.);
            for (int c = 0; c < 3; ++c) {
                canvas.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(from[c] + share * (to[c] - from[c]));
            }
        }
    }
    return canvas;
}

/// The outlines at a random size, angle, aspect and place, in canvas pixels.
std::vector<std::vector<cv::Point>> placed(const std::vector<Outline> &shape, cv::RNG &random)
{
    const double radius = random.uniform(0.24, 0.45) * kCanvas;
    const double angle = random.uniform(0., 2 * CV_PI);
    const double aspect = std::exp(random.uniform(-0.22, 0.22));
    const double room = kCanvas / 2. - radius * 0.85;
    const cv::Point2d centre(kCanvas / 2. + random.uniform(-room, room),
                             kCanvas / 2. + random.uniform(-room, room));
    std::vector<std::vector<cv::Point>> contours;
    for (const Outline &outline : shape) {
        std::vector<cv::Point> &contour = contours.emplace_back();
        for (const cv::Point2d &point : outline) {
            const double x = point.x * radius * aspect;
            const double y = point.y * radius / aspect;
            contour.emplace_back(cvRound(centre.x + x * std::cos(angle) - y * std::sin(angle)),
                                 cvRound(centre.y + x * std::sin(angle) + y * std::cos(angle)));
        }
    }
    return contours;
}

/// Blobs behind the shape, bars before it.
void addBlob(cv::Mat &canvas, double largest, cv::RNG &random)
{
    const cv::Point2f centre(random.uniform(0.F, static_cast<float>(kCanvas)),
                             random.uniform(0.F, static_cast<float>(kCanvas)));
    const float most = static_cast<float>(largest * kCanvas);
    const cv::Size2f size(random.uniform(most * 0.3F, most), random.uniform(most * 0.1F, most * 0.5F));
    cv::Point2f corners[4];
    cv::RotatedRect(centre, size, random.uniform(0.F, 180.F)).points(corners);
    std::vector<cv::Point> contour(std::begin(corners), std::end(corners));
    cv::fillConvexPoly(canvas, contour, randomColour(random));
}

void addNoise(cv::Mat &picture, cv::RNG &random)
{
    cv::Mat noise(picture.size(), CV_16SC3);
    random.fill(noise, cv::RNG::NORMAL, 0, random.uniform(2., 24.));
    cv::Mat sum;
    cv::add(picture, noise, sum, cv::noArray(), CV_16SC3);
    sum.convertTo(picture, CV_8UC3);
}

} // namespace

std::vector<unsigned char> shapeJpeg(int classIndex, cv::RNG &random)
{
    const cv::Scalar background = randomColour(random);
    cv::Mat canvas = gradient(background, randomColour(random), random);
    for (int i = random.uniform(0, 4); i > 0; --i) {
        addBlob(canvas, 0.5, random);
    }
    cv::fillPoly(canvas, placed(outlines(classIndex), random), contrastingColour(background, random));
    for (int i = random.uniform(0, 3); i > 0; --i) {
        addBlob(canvas, 0.35, random);
    }
    cv::Mat picture;
    cv::resize(canvas, picture, {kPictureSize, kPictureSize}, 0, 0, cv::INTER_AREA);
    cv::GaussianBlur(picture, picture, {}, random.uniform(0.1, 0.9));
    addNoise(picture, random);
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, random.uniform(75, 95)});
    return bytes;
}

std::string classFolder(int classIndex)
{
    return std::to_string(classIndex) + "_" + kClassNames.at(static_cast<std::size_t>(classIndex));
}

} // namespace example

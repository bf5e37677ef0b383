// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Makes everything in resources/example: make-example FOLDER [SEED]
#include "core/data/presets.h"
#include "onnxexport.h"
#include "shapepictures.h"

#include <nlohmann/json.hpp>
#include <onnxruntime_cxx_api.h>
#include <opencv2/imgcodecs.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace fs = std::filesystem;
using namespace example;

namespace {

constexpr int kTrainingPerClass = 1600;
constexpr int kCalibrationPerClass = 12;
constexpr int kEvaluationPerClass = 50;

struct LabelledImages
{
    torch::Tensor images; ///< uint8 [N,3,48,48] RGB
    torch::Tensor labels; ///< int64 [N]
};

class Collector
{
public:
    void add(const std::vector<unsigned char> &jpeg, int label)
    {
        // OpenCV decodes to BGR, rows of pixels; the network wants RGB planes.
        const cv::Mat picture = cv::imdecode(jpeg, cv::IMREAD_COLOR);
        const auto pixels = torch::from_blob(picture.data, {kPictureSize, kPictureSize, 3}, torch::kUInt8);
        m_images.push_back(pixels.flip(2).permute({2, 0, 1}).contiguous());
        m_labels.push_back(label);
    }

    LabelledImages result() const { return {torch::stack(m_images), torch::tensor(m_labels, torch::kInt64)}; }

private:
    std::vector<torch::Tensor> m_images;
    std::vector<std::int64_t> m_labels;
};

LabelledImages renderTrainingSet(std::uint64_t seed)
{
    cv::RNG random(seed);
    Collector collector;
    for (int i = 0; i < kTrainingPerClass; ++i) {
        for (int c = 0; c < kClasses; ++c) {
            collector.add(shapeJpeg(c, random), c);
        }
    }
    return collector.result();
}

std::vector<unsigned char> readFile(const fs::path &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const fs::path &path, const void *bytes, std::size_t size)
{
    std::ofstream file(path, std::ios::binary);
    file.write(static_cast<const char *>(bytes), static_cast<std::streamsize>(size));
    file.close();
    if (!file) {
        throw std::runtime_error(path.string() + ": cannot be written");
    }
}

/// Writes a folder of pictures, a sub-folder a class, and returns what is read back from it.
LabelledImages writePictures(const fs::path &folder, int perClass, std::uint64_t seed)
{
    fs::remove_all(folder);
    cv::RNG random(seed);
    Collector collector;
    for (int c = 0; c < kClasses; ++c) {
        fs::create_directories(folder / classFolder(c));
        for (int i = 0; i < perClass; ++i) {
            const std::string number = std::to_string(i);
            const fs::path path
                = folder / classFolder(c) / (std::string(3 - number.size(), '0') + number + ".jpg");
            const std::vector<unsigned char> jpeg = shapeJpeg(c, random);
            writeFile(path, jpeg.data(), jpeg.size());
            collector.add(readFile(path), c);
        }
    }
    return collector.result();
}

void writeModel(const fs::path &path, const Network &network)
{
    onnx::ModelProto model = toOnnx(network);
    const auto preprocessing = qs::findPreprocessing("unit");
    if (!preprocessing) {
        throw std::runtime_error("no preset 'unit'");
    }
    onnx::StringStringEntryProto &entry = *model.add_metadata_props();
    entry.set_key(qs::kPreprocessingKey);
    entry.set_value(qs::toJson(*preprocessing).dump());
    const std::string bytes = model.SerializeAsString();
    writeFile(path, bytes.data(), bytes.size());
}

/// The classes that ONNX Runtime predicts with the model on disk, one picture at a time.
torch::Tensor predictWithRuntime(const fs::path &model, const torch::Tensor &images)
{
    Ort::Env env;
    Ort::Session session(env, model.c_str(), Ort::SessionOptions {});
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const std::array<std::int64_t, 4> shape {1, 3, kPictureSize, kPictureSize};
    std::vector<std::int64_t> classes;
    for (const torch::Tensor &image : images.unbind()) {
        torch::Tensor input = (image.to(torch::kFloat32) / 255.F).contiguous();
        const auto value = Ort::Value::CreateTensor<float>(memory, input.data_ptr<float>(),
                                                           static_cast<std::size_t>(input.numel()),
                                                           shape.data(), shape.size());
        const auto outputs = session.Run({}, &kInputName, &value, 1, &kOutputName, 1);
        const float *logits = outputs.front().GetTensorData<float>();
        classes.push_back(std::max_element(logits, logits + kClasses) - logits);
    }
    return torch::tensor(classes, torch::kInt64);
}

std::int64_t countEqual(const torch::Tensor &a, const torch::Tensor &b)
{
    return a.eq(b).sum().item<std::int64_t>();
}

void report(const torch::Tensor &predicted, const LabelledImages &set)
{
    for (int c = 0; c < kClasses; ++c) {
        const torch::Tensor ofClass = set.labels.eq(c);
        std::cout << "  " << classFolder(c) << ": "
                  << (predicted.eq(set.labels) & ofClass).sum().item<std::int64_t>() << " of "
                  << ofClass.sum().item<std::int64_t>() << "\n";
    }
}

int makeExample(const fs::path &folder, std::uint64_t seed)
{
    torch::manual_seed(seed);
    torch::set_num_threads(2);
    at::globalContext().setDeterministicAlgorithms(true, false);

    fs::create_directories(folder);
    // Seeds of their own: changing the size of one set does not change the others.
    const LabelledImages training = renderTrainingSet(seed);
    writePictures(folder / "calibration", kCalibrationPerClass, seed + 1);
    const LabelledImages evaluation = writePictures(folder / "evaluation", kEvaluationPerClass, seed + 2);

    Network network(networkLayers());
    std::int64_t parameters = 0;
    for (const torch::Tensor &parameter : network->parameters()) {
        parameters += parameter.numel();
    }
    std::cout << parameters << " parameters, " << training.images.size(0) << " training pictures"
              << std::endl;
    train(network, training.images, training.labels, {});

    const fs::path model = folder / "shapes.onnx";
    writeModel(model, network);
    const torch::Tensor trained = predict(network, evaluation.images);
    const torch::Tensor exported = predictWithRuntime(model, evaluation.images);
    std::cout << "evaluation: libtorch " << countEqual(trained, evaluation.labels) << ", ONNX Runtime "
              << countEqual(exported, evaluation.labels) << " of " << evaluation.labels.size(0) << " right\n";
    report(exported, evaluation);
    if (countEqual(trained, exported) != evaluation.labels.size(0)) {
        std::cerr << "the exported model predicts otherwise than the trained one\n";
        return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        std::cerr << "usage: make-example FOLDER [SEED]\n";
        return 2;
    }
    try {
        return makeExample(argv[1], argc > 2 ? std::stoull(argv[2]) : 2024);
    } catch (const std::exception &error) {
        std::cerr << "make-example: " << error.what() << "\n";
        return 1;
    }
}

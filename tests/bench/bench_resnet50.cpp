// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A network of the shape of ResNet50 (He et al. 2016; 25.5 M parameters, 98 MB, 4.1 GMACs at 224 x 224) with
// random weights: size, latency ratio, and what quantizing it end to end costs beside plain inference of the
// same samples.
#include "core/model/modelio.h"
#include "core/run/run.h"
#include "core/runtime/latency.h"
#include "tests/bench/require.h"

#include <onnx/onnx_pb.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

using namespace qs;

namespace {

class NetworkMaker
{
public:
    NetworkMaker()
        : m_proto(std::make_unique<onnx::ModelProto>())
    {
        m_proto->set_ir_version(8);
        m_proto->add_opset_import()->set_version(13);
        m_proto->mutable_graph()->set_name("resnet50");
        addValue(*m_proto->mutable_graph()->add_input(), "x", {1, 3, 224, 224});
        addValue(*m_proto->mutable_graph()->add_output(), "y", {1, 1000});
    }

    ModelPtr make()
    {
        std::string value = relu(conv("x", 3, 64, 7, 2));
        value = node("MaxPool", {value},
                     {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}});
        int channels = 64;
        const int blocks[] = {3, 4, 6, 3};
        for (int stage = 0; stage < 4; ++stage) {
            for (int block = 0; block < blocks[stage]; ++block) {
                const int width = 64 << stage;
                value = bottleneck(value, channels, width, block == 0 && stage > 0 ? 2 : 1);
                channels = 4 * width;
            }
        }
        value = node("Flatten", {node("GlobalAveragePool", {value}, {})}, {});
        const std::string weight = weights({channels, 1000}, channels);
        onnx::NodeProto &gemm = *m_proto->mutable_graph()->add_node();
        gemm.set_op_type("Gemm");
        for (const std::string &input : {value, weight, weights({1000}, 1000)})
            gemm.add_input(input);
        gemm.add_output("y");
        return *Model::create(std::move(m_proto));
    }

private:
    using Attributes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

    static void addValue(onnx::ValueInfoProto &value, const char *name, const Shape &shape)
    {
        value.set_name(name);
        auto &type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t d : shape)
            type.mutable_shape()->add_dim()->set_dim_value(d);
    }

    std::string name() { return "v" + std::to_string(m_names++); }

    std::string weights(const Shape &shape, int fanIn)
    {
        onnx::TensorProto &tensor = *m_proto->mutable_graph()->add_initializer();
        tensor.set_name(name());
        tensor.set_data_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t d : shape)
            tensor.add_dims(d);
        std::normal_distribution<float> normal(0.F, std::sqrt(2.F / static_cast<float>(fanIn)));
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (float &v : values)
            v = normal(m_random);
        tensor.set_raw_data(values.data(), values.size() * sizeof(float));
        return tensor.name();
    }

    std::string node(const char *op, const std::vector<std::string> &inputs, const Attributes &attributes)
    {
        onnx::NodeProto &made = *m_proto->mutable_graph()->add_node();
        made.set_op_type(op);
        for (const std::string &input : inputs)
            made.add_input(input);
        for (const auto &[key, values] : attributes) {
            auto &attribute = *made.add_attribute();
            attribute.set_name(key);
            attribute.set_type(onnx::AttributeProto::INTS);
            for (const std::int64_t v : values)
                attribute.add_ints(v);
        }
        made.add_output(name());
        return made.output(0);
    }

    std::string conv(const std::string &input, int in, int out, int kernel, int stride)
    {
        const std::int64_t pad = kernel / 2;
        return node("Conv",
                    {input, weights({out, in, kernel, kernel}, in * kernel * kernel), weights({out}, 100)},
                    {{"kernel_shape", {kernel, kernel}},
                     {"strides", {stride, stride}},
                     {"pads", {pad, pad, pad, pad}}});
    }

    std::string relu(const std::string &input) { return node("Relu", {input}, {}); }

    std::string bottleneck(const std::string &input, int channels, int width, int stride)
    {
        const std::string narrow = relu(conv(input, channels, width, 1, 1));
        const std::string wide = conv(relu(conv(narrow, width, width, 3, stride)), width, 4 * width, 1, 1);
        const bool isSame = channels == 4 * width && stride == 1;
        const std::string skip = isSame ? input : conv(input, channels, 4 * width, 1, stride);
        return relu(node("Add", {wide, skip}, {}));
    }

    std::unique_ptr<onnx::ModelProto> m_proto;
    std::mt19937 m_random {1};
    int m_names = 0;
};

template <typename Work> double secondsOf(Work work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Peak of resident memory since the last call, in MiB.
double peakMemory()
{
    double peak = 0;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:"))
            peak = std::atof(line.c_str() + 6) / 1024;
    }
    std::ofstream("/proc/self/clear_refs") << 5;
    return peak;
}

} // namespace

/// bench_resnet50 [samples]
int main(int argc, char **argv)
{
    const std::size_t samples = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 32;
    JobContext job;
    const auto engine = makeOnnxRuntimeEngine();
    const std::filesystem::path folder
        = std::filesystem::temp_directory_path() / "quantstudio-bench-resnet50";
    std::filesystem::create_directories(folder);
    {
        const ModelPtr made = NetworkMaker().make();
        require(saveModel(*made, folder / "float.onnx", {}, job));
    }
    peakMemory();
    const ModelPtr model = require(loadModel(folder / "float.onnx", job));
    const DataSpec spec {"synthetic", samples, {}};
    const DatasetPtr data = require(openDataset(spec, model->graph().inputs(), job));
    const double plain = secondsOf([&] {
        const auto session = require(engine->open(*model, {}));
        for (std::size_t i = 0; i < data->size(); ++i)
            require(session->run(require(data->sample(i)).inputs, job));
    });
    std::printf("plain inference of %zu samples: %.2f s, peak %.0f MiB\n", samples, plain, peakMemory());
    Recipe recipe;
    recipe.target = "x86-vnni";
    recipe.calibration = spec;
    for (const char *observer : {"minmax", "entropy", "mse"}) {
        recipe.parameters = {{"observer", observer}};
        QuantizedPtr result;
        const double seconds
            = secondsOf([&] { result = require(quantize(model, recipe, *engine, {}, job)); });
        require(saveModel(*result->model, folder / "int8.onnx", {}, job));
        std::printf("static, %s: %.2f s = %.2f x plain, peak %.0f MiB, %.1f of %.1f MB\n", observer, seconds,
                    seconds / plain, peakMemory(), double(result->model->sizeBytes()) / 1e6,
                    double(model->sizeBytes()) / 1e6);
        std::fflush(stdout);
    }
    const ModelPtr integer = require(loadModel(folder / "int8.onnx", job));
    const auto first = require(engine->open(*model, {}));
    const auto second = require(engine->open(*integer, {}));
    InferenceSession *const sessions[] = {first.get(), second.get()};
    const std::vector<NamedTensor> inputs[]
        = {require(data->sample(0)).inputs, require(data->sample(0)).inputs};
    const auto latencies = require(measureLatency(sessions, inputs, {}, job));
    std::printf("latency: %.2f ms float, %.2f ms INT8, ratio %.2f\n", latencies[0].medianMs,
                latencies[1].medianMs, latencies[0].medianMs / latencies[1].medianMs);
    std::filesystem::remove_all(folder);
    return 0;
}

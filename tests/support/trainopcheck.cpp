// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/trainopcheck.h"

#include "core/trainer/traingraphbuilder.h"
#include "tests/support/modelrun.h"
#include "tests/support/textmodel.h"

#include <QTest>

#include <cmath>

namespace qs {
namespace {

constexpr float kRounding = 1e-5F; // float32 sums in another order
/// Of central differences in double precision, whose error is the step's square and 1e-16 / step.
constexpr double kStep = 1e-5;
constexpr double kDifference = 1e-7;

std::vector<float> floatsOf(const Tensor &tensor)
{
    const auto floats = toFloat32(tensor);
    if (!floats.ok())
        qFatal("%s", floats.error().message().c_str());
    return {floats->floats().begin(), floats->floats().end()};
}

Tensor doublesOf(const Tensor &tensor)
{
    const std::vector<float> floats = floatsOf(tensor);
    const std::vector<double> doubles(floats.begin(), floats.end());
    return Tensor::fromValues<double>(DType::Float64, tensor.shape(), doubles);
}

Tensor moved(const Tensor &tensor, std::size_t element, double step)
{
    std::vector<double> values(tensor.data<double>().begin(), tensor.data<double>().end());
    values[element] += step;
    return Tensor::fromValues<double>(DType::Float64, tensor.shape(), values);
}

std::vector<NamedTensor> inputsOf(const Model &model, const OpCase &op)
{
    std::vector<NamedTensor> inputs;
    unsigned seed = 11;
    for (const ValueInfo &input : model.graph().inputs())
        inputs.push_back({input.name, randomTensor(input.shape, seed++, op.low, op.high)});
    return inputs;
}

QString compare(const Tensor &got, const Tensor &wanted)
{
    const auto text = [](const Tensor &tensor) {
        return QString::fromStdString(std::string(toString(tensor.type())) + " " + toString(tensor.shape()));
    };
    if (text(got) != text(wanted))
        return QStringLiteral("%1, not %2").arg(text(got), text(wanted));
    const std::vector<float> a = floatsOf(got);
    const std::vector<float> b = floatsOf(wanted);
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= kRounding * std::max(1.F, std::abs(b[i]))))
            return QStringLiteral("[%1] is %2, not %3").arg(i).arg(a[i]).arg(b[i]);
    }
    return {};
}

QString compareWithRuntime(const TrainingEngine &engine, const Model &model, const TrainGraph &graph,
                           const OpCase &op)
{
    const auto trainable = engine.open(graph, {});
    if (!trainable.ok())
        return trainable.error().message().c_str();
    const std::vector<NamedTensor> inputs = inputsOf(model, op);
    std::vector<Tensor> fed;
    for (const NamedTensor &input : inputs)
        fed.push_back(input.tensor);
    const auto outputs = (*trainable)->run(fed, TrainMode::Float, graph.outputs);
    if (!outputs.ok())
        return outputs.error().message().c_str();
    const std::vector<Tensor> expected = runModel(model, inputs);
    for (std::size_t o = 0; o < expected.size(); ++o) {
        if (const QString problem = compare(outputs->at(o), expected[o]); !problem.isEmpty())
            return QStringLiteral("output %1 %2").arg(o).arg(problem);
    }
    return {};
}

/// The gradients of one output of an opened model, and what differences say of them.
class GradientCheck
{
public:
    GradientCheck(TrainableModel &model, const TrainGraph &graph, std::vector<Tensor> fed, int output,
                  const Shape &shape)
        : m_model(model)
        , m_graph(graph)
        , m_fed(std::move(fed))
        , m_output(output)
        , m_coefficients(randomTensor(shape, 5))
    { }

    QString problem(const OpCase &op)
    {
        std::vector<int> with = m_graph.inputs;
        for (std::size_t v = 0; v < m_graph.values.size(); ++v) {
            if (m_graph.values[v].trainable)
                with.push_back(static_cast<int>(v));
        }
        const auto gradients = m_model.gradients(m_fed, m_output, m_coefficients, with, TrainMode::Simulated);
        if (!gradients.ok())
            return gradients.error().message().c_str();
        double largest = 0;
        for (std::size_t w = 0; w < with.size(); ++w) {
            for (const double gradient : (*gradients)[w])
                largest = std::max(largest, std::abs(gradient));
            const QString problem
                = op.straight ? QString() : compareOne(w, with[w], (*gradients)[w], op.flat);
            if (!problem.isEmpty())
                return problem;
        }
        // A network cut off from its inputs would pass all of the above.
        return (largest > 0) == op.flat ? QStringLiteral("largest gradient %1").arg(largest) : QString();
    }

private:
    QString compareOne(std::size_t place, int value, const std::vector<double> &gradient, bool flat)
    {
        const bool isInput = place < m_fed.size();
        const Tensor start = isInput ? m_fed[place] : doublesOf(m_model.weight(value));
        const auto sumAt = [&](const Tensor &there) {
            if (isInput)
                m_fed[place] = there;
            else if (!m_model.setWeight(value, there).ok())
                return std::nan("");
            return weightedSum();
        };
        constexpr std::size_t kElements = 40; // that are tried
        for (std::size_t i = 0; i < start.size(); i += 1 + start.size() / kElements) {
            const double difference
                = flat ? 0 : (sumAt(moved(start, i, kStep)) - sumAt(moved(start, i, -kStep))) / (2 * kStep);
            sumAt(start);
            if (!(std::abs(gradient.at(i) - difference) <= kDifference * std::max(1., std::abs(difference))))
                return QStringLiteral("gradient of %1[%2] is %3, differences give %4")
                    .arg(m_graph.values[static_cast<std::size_t>(value)].name.c_str())
                    .arg(i)
                    .arg(gradient[i], 0, 'g', 12)
                    .arg(difference, 0, 'g', 12);
        }
        return {};
    }

    double weightedSum()
    {
        const int wanted[] = {m_output};
        const auto values = m_model.run(m_fed, TrainMode::Simulated, wanted);
        if (!values.ok())
            return std::nan("");
        double sum = 0;
        for (std::size_t i = 0; i < m_coefficients.size(); ++i)
            sum += (*values)[0].data<double>()[i] * double(m_coefficients.floats()[i]);
        return sum;
    }

    TrainableModel &m_model;
    const TrainGraph &m_graph;
    std::vector<Tensor> m_fed;
    int m_output;
    Tensor m_coefficients;
};

QString compareGradients(const TrainingEngine &engine, const Model &model, TrainGraph graph, const OpCase &op)
{
    for (TrainValue &value : graph.values) {
        if (value.constant.type() == DType::Float32 && value.constant.size() > 0)
            value.trainable = !op.fixed.contains(QString::fromStdString(value.name));
    }
    const auto trainable = engine.open(graph, {.doublePrecision = true});
    if (!trainable.ok())
        return trainable.error().message().c_str();
    std::vector<Tensor> fed;
    for (const NamedTensor &input : inputsOf(model, op))
        fed.push_back(doublesOf(input.tensor));
    const auto outputs = (*trainable)->run(fed, TrainMode::Simulated, graph.outputs);
    if (!outputs.ok())
        return outputs.error().message().c_str();
    for (std::size_t o = 0; o < outputs->size(); ++o) {
        if ((*outputs)[o].type() != DType::Float64)
            continue;
        GradientCheck check(**trainable, graph, fed, graph.outputs[o], (*outputs)[o].shape());
        if (const QString problem = check.problem(op); !problem.isEmpty())
            return problem;
    }
    return {};
}

} // namespace

void addOpRow(const std::string &name, int opset, const std::string &body, OpCase op)
{
    op.text = QStringLiteral("<ir_version: 8, opset_import: [\"\" : %1, \"com.microsoft\" : 1]> g %2")
                  .arg(opset)
                  .arg(QString::fromStdString(body));
    const QString full = QStringLiteral("%1 (opset %2)").arg(QString::fromStdString(name)).arg(opset);
    QTest::newRow(qPrintable(full)) << op;
}

QString problemOf(const TrainingEngine &engine, const OpCase &op)
{
    const ModelPtr model = modelFromText(op.text.toUtf8().constData());
    const auto graph = makeTrainGraph(*model, nullptr);
    if (!graph.ok())
        return graph.error().message().c_str();
    const QString problem = compareWithRuntime(engine, *model, *graph, op);
    return problem.isEmpty() ? compareGradients(engine, *model, *graph, op) : problem;
}

} // namespace qs

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/layerlinks.h"

#include <QTest>

#include <set>

using namespace qs;

namespace {

Layer layer(const std::string &name, const std::string &op, std::vector<std::string> inputs)
{
    Layer made;
    made.name = name;
    made.op = op;
    made.inputs = std::move(inputs);
    made.outputs = {name + "_out"};
    return made;
}

/// conv -> relu -> pool -> conv2, which both relu2 and add read.
std::vector<Layer> network()
{
    return {layer("conv", "Conv", {"x"}),           layer("relu", "Relu", {"conv_out"}),
            layer("pool", "MaxPool", {"relu_out"}), layer("conv2", "Conv", {"pool_out"}),
            layer("relu2", "Relu", {"conv2_out"}),  layer("add", "Add", {"relu2_out", "conv2_out"})};
}

std::string shown(const std::string &name, const std::set<std::string> &known)
{
    return shownLayer(network(), name, [&](const std::string &layer) { return known.contains(layer); });
}

} // namespace

class TestLayerLinks : public QObject
{
    Q_OBJECT
private slots:
    void activation();
    void otherHalf();
    void staysItself();
};

void TestLayerLinks::activation()
{
    const auto layers = network();
    QCOMPARE(fusedActivation(layers, layers[0]), &layers[1]);
    QCOMPARE(fusedActivation(layers, layers[1]), nullptr); // pooling is none
    QCOMPARE(fusedActivation(layers, layers[3]), nullptr); // read by two: not computed together
}

void TestLayerLinks::otherHalf()
{
    QCOMPARE(shown("conv", {"relu", "pool"}), std::string("relu"));
    QCOMPARE(shown("relu", {"conv", "pool"}), std::string("conv"));
}

void TestLayerLinks::staysItself()
{
    QCOMPARE(shown("conv", {"conv", "relu"}), std::string("conv"));
    QCOMPARE(shown("pool", {"relu", "conv2"}), std::string("pool"));
    QCOMPARE(shown("relu2", {"conv2"}), std::string("relu2"));
    QCOMPARE(shown("conv", {}), std::string("conv"));
    QCOMPARE(shown("nothing", {"conv"}), std::string("nothing"));
}

QTEST_GUILESS_MAIN(TestLayerLinks)
#include "tst_layerlinks.moc"

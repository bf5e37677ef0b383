// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/graphview.h"
#include "core/model/layertable.h"
#include "core/model/modelio.h"
#include "core/model/quantizedview.h"
#include "core/model/shapes.h"
#include "tests/fuzz/fuzztarget.h"
#include "tests/support/textmodel.h"

#include <onnx/onnx_pb.h>

using namespace qs;
using namespace qs::test;

std::vector<std::string> qs::test::fuzzSeeds()
{
    std::vector<std::string> seeds;
    for (const char *text :
         {R"(<ir_version: 8, opset_import: ["" : 13]> g (float[N,3,8,8] x) => (float[N,2] y)
             <float[4,3,3,3] w, float[4] b, float[4,2] v> {
                [conv] c = Conv<kernel_shape = [3,3], pads = [1,1,1,1], strides = [2,2]>(x, w, b)
                r = Relu(c)  p = GlobalAveragePool(r)  f = Flatten(p)  [head] y = MatMul(f, v) })",
          R"(<ir_version: 8, opset_import: ["" : 13]> g (float[1,4] x) => (float[1,4] y)
             <float s = {0.5}, uint8 z = {3}> {
                q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)  y = Relu(d) })",
          R"(<ir_version: 8, opset_import: ["" : 13]> g (bool c, float[2] x) => (float[2] y) {
                y = If (c) <then_branch = t () => (float[2] a) { a = Relu(x) },
                            else_branch = e () => (float[2] b) { b = Neg(x) }> })"})
        seeds.push_back(protoFromText(text).SerializeAsString());
    return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto parsed = parseModel(textOf(data, size), "x.onnx");
    if (!isAccepted(parsed))
        return 0;
    const Model &model = **parsed;
    const GraphView &graph = model.graph();
    FUZZ_CHECK(graph.topologicalOrder().size() == static_cast<std::size_t>(graph.nodeCount()));
    for (const NodeId id : graph.topologicalOrder())
        FUZZ_CHECK(graph.findLayer(graph.layerName(id)) == id);
    JobContext job;
    const ShapeMap shapes = inferShapes(model, nullptr, job);
    FUZZ_CHECK(makeLayerTable(model, shapes).size() == static_cast<std::size_t>(graph.nodeCount()));
    (void)viewQuantized(model);
    (void)model.fingerprint();
    return 0;
}

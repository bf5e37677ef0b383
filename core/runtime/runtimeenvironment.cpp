// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/runtimeenvironment.h"

#include <onnx/onnx_pb.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace qs {
namespace {

void ORT_API_CALL dropLog(void *, OrtLoggingLevel, const char *, const char *, const char *, const char *) { }

/// What anybody writes to std::cerr goes nowhere as long as this lives.
class QuietErrors
{
public:
    QuietErrors()
        : m_before(std::cerr.rdbuf(m_nowhere.rdbuf()))
    { }
    ~QuietErrors() { std::cerr.rdbuf(m_before); }
    QuietErrors(const QuietErrors &) = delete;
    QuietErrors &operator=(const QuietErrors &) = delete;

private:
    std::ostringstream m_nowhere;
    std::streambuf *m_before;
};

void declare(onnx::ValueInfoProto &value, const char *name)
{
    value.set_name(name);
    auto &type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_value(1);
}

/// y = Identity(x)
std::string smallestModel()
{
    constexpr std::int64_t kIrVersion = 8;
    constexpr std::int64_t kOpset = 13;
    onnx::ModelProto model;
    model.set_ir_version(kIrVersion);
    model.add_opset_import()->set_version(kOpset);
    onnx::GraphProto &graph = *model.mutable_graph();
    graph.set_name("smallest");
    declare(*graph.add_input(), "x");
    declare(*graph.add_output(), "y");
    onnx::NodeProto &node = *graph.add_node();
    node.set_op_type("Identity");
    node.add_input("x");
    node.add_output("y");
    return model.SerializeAsString();
}

/// Debian's runtime shares libonnx with others. With the first session that library registers all operators
/// of ONNX, finds that the runtime has done so already, and complains of each: a thousand lines for every
/// command. So the first session is one nobody hears of.
void openFirstSession(const Ort::Env &env)
{
    const QuietErrors quiet;
    const std::string model = smallestModel();
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(1);
    options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
    const Ort::Session session(env, model.data(), model.size(), options);
}

} // namespace

const Ort::Env &runtimeEnvironment()
{
    static const Ort::Env *env = [] {
        // What a user quantizes is nobody else's business. The variable is what Microsoft's Linux builds read
        // when the environment is made (they would keep a file of events in ~/.cache), the call is for the
        // others.
        ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
        auto *made = new Ort::Env(ORT_LOGGING_LEVEL_FATAL, "quantstudio", dropLog, nullptr);
        made->DisableTelemetryEvents();
        openFirstSession(*made);
        return made;
    }();
    return *env;
}

} // namespace qs

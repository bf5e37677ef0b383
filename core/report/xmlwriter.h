// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qs {

/// Builds a well-formed XML (so also XHTML and SVG) text: every name of a layer goes in through here and is
/// escaped, and every element that is opened is closed.
class XmlWriter
{
public:
    using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// An element that is closed when the returned guard dies.
    class Scope
    {
    public:
        explicit Scope(XmlWriter &writer)
            : m_writer(&writer)
        { }
        Scope(const Scope &) = delete;
        Scope &operator=(const Scope &) = delete;
        ~Scope() { m_writer->close(); }

    private:
        XmlWriter *m_writer;
    };

    [[nodiscard]] Scope element(std::string_view name, Attributes attributes = {});
    void open(std::string_view name, Attributes attributes = {});
    void close();
    void leaf(std::string_view name, Attributes attributes, std::string_view text); ///< <name …>text</name>
    void empty(std::string_view name, Attributes attributes = {}); ///< <name …/>
    void text(std::string_view text);
    void raw(std::string_view markup) { m_text += markup; } ///< of our own making only

    const std::string &result() const { return m_text; }

private:
    void begin(std::string_view name, Attributes attributes);

    std::string m_text;
    std::vector<std::string> m_open;
};

} // namespace qs

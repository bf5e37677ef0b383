// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/xmlwriter.h"

#include "core/report/text.h"

#include <cassert>

namespace qs {

XmlWriter::Scope XmlWriter::element(std::string_view name, Attributes attributes)
{
    open(name, attributes);
    return Scope(*this);
}

void XmlWriter::open(std::string_view name, Attributes attributes)
{
    begin(name, attributes);
    m_text += '>';
    m_open.emplace_back(name);
}

void XmlWriter::close()
{
    assert(!m_open.empty());
    m_text += "</" + m_open.back() + ">\n";
    m_open.pop_back();
}

void XmlWriter::leaf(std::string_view name, Attributes attributes, std::string_view content)
{
    open(name, attributes);
    text(content);
    close();
}

void XmlWriter::empty(std::string_view name, Attributes attributes)
{
    begin(name, attributes);
    m_text += "/>\n";
}

void XmlWriter::text(std::string_view text)
{
    m_text += escapeXml(text);
}

void XmlWriter::begin(std::string_view name, Attributes attributes)
{
    m_text += '<';
    m_text += name;
    for (const auto &[key, value] : attributes) {
        m_text += ' ';
        m_text += key;
        m_text += "=\"" + escapeXml(value) + '"';
    }
}

} // namespace qs

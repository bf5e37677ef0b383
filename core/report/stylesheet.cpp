// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/stylesheet.h"

namespace qs {

// Goes into an XHTML <style> element as it is: no "<" and no "&".
const char *const kReportStyle = R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --paper: #ffffff; --ink: #1b1f24; --soft: #5c6670; --rule: #dfe3e8; --faint: #eef1f4;
  --accent: #0072b2; --good: #0072b2; --fair: #e69f00; --poor: #d55e00; --alone: #1b1f24; --clip: #b9d9ec;
  --extent: #0072b2; --front: #009e73; --shadow: 0 1px 2px rgba(20,30,40,.06), 0 4px 16px rgba(20,30,40,.05); }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --paper: #1d2126; --ink: #e8ebee; --soft: #9aa5b0; --rule: #343b43; --faint: #262b31;
  --accent: #56b4e9; --good: #56b4e9; --fair: #f0b429; --poor: #f0803c; --alone: #e8ebee; --clip: #2c4f66;
  --extent: #56b4e9; --front: #2cc295; --shadow: none; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 1320px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; padding-bottom: 8px; }
.kicker { color: var(--accent); font-size: 12px; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 4px 0 6px; font-size: 30px; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 21px; letter-spacing: -.005em; overflow-wrap: anywhere; }
h3 { margin: 28px 0 10px; font-size: 15px; }
p { margin: 6px 0; }
.soft, .subtitle { color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
nav a { padding: 4px 12px; border: 1px solid var(--rule); border-radius: 999px; background: var(--paper);
  color: var(--ink); text-decoration: none; font-size: 13px; }
nav a:hover, nav a:focus-visible { border-color: var(--accent); color: var(--accent); }
section { margin: 20px 0 28px; padding: 24px; border-radius: 12px; background: var(--paper); box-shadow: var(--shadow); }
.heading { display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 12px; }
.tag { padding: 1px 9px; border-radius: 999px; background: var(--faint); color: var(--soft); font-size: 12.5px; white-space: nowrap; }
.tag.warn { background: var(--fair); color: #1b1f24; font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(184px, 1fr)); gap: 12px; margin: 18px 0 4px; }
.card { padding: 14px 16px; border: 1px solid var(--rule); border-radius: 10px; break-inside: avoid; }
.card .label { color: var(--soft); font-size: 12.5px; }
.card .value { margin: 2px 0; font-size: 23px; font-weight: 650; line-height: 1.2; letter-spacing: -.015em;
  font-variant-numeric: tabular-nums; }
.card .note { color: var(--soft); font-size: 12.5px; line-height: 1.4; }
.card.bad .value { color: var(--poor); }
.findings { list-style: none; margin: 0; padding: 0; }
.findings li { display: grid; grid-template-columns: 84px 1fr; gap: 4px 12px; padding: 8px 0; border-top: 1px solid var(--rule); break-inside: avoid; }
.findings li:first-child { border-top: 0; }
.level { justify-self: start; align-self: start; padding: 1px 9px; border-radius: 999px; font-size: 12px; background: var(--faint); color: var(--soft); }
.level.warning { background: var(--fair); color: #1b1f24; }
.level.error { background: var(--poor); color: #ffffff; }
.subject { font-weight: 600; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 12.5px; }
pre { margin: 0; padding: 14px 16px; border-radius: 8px; background: var(--faint); white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th { padding: 7px 10px; border-bottom: 1px solid var(--rule); color: var(--soft); font-size: 12px; font-weight: 600; text-align: left; vertical-align: bottom; }
td { padding: 6px 10px; border-bottom: 1px solid var(--faint); vertical-align: top; }
tbody tr:hover { background: var(--faint); }
th.n, td.n { text-align: right; } td.n { white-space: nowrap; }
td.short { white-space: nowrap; }
td.layer { min-width: 150px; max-width: 260px; overflow-wrap: anywhere; font-weight: 550; }
td.layer a { color: var(--accent); text-decoration: none; } td.layer a:hover { text-decoration: underline; }
td.reason { min-width: 190px; color: var(--soft); overflow-wrap: anywhere; }
tr.float td.layer { font-weight: 400; }
.meter { display: inline-block; width: 56px; height: 7px; margin-left: 8px; border-radius: 4px; background: var(--faint); vertical-align: middle; }
.meter i { display: block; height: 7px; border-radius: 4px; }
i.good { background: var(--good); } i.fair { background: var(--fair); } i.poor { background: var(--poor); }
svg { display: block; width: 100%; height: auto; break-inside: avoid; }
svg text { fill: var(--soft); font-size: 11.5px; }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg text.name, svg .legend { fill: var(--ink); }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .good { fill: var(--good); } svg .fair { fill: var(--fair); } svg .poor { fill: var(--poor); }
svg .alone { fill: var(--alone); stroke: var(--paper); stroke-width: 1; }
svg .clip { fill: var(--clip); } svg .extent { fill: var(--extent); } svg .cut { fill: var(--poor); }
svg .front { fill: none; stroke: var(--front); stroke-width: 2; stroke-dasharray: 5 4; }
svg .whisker { stroke: var(--soft); stroke-width: 1.5; }
svg .point { fill: var(--accent); stroke: var(--paper); stroke-width: 1.5; }
svg .reference { fill: var(--soft); stroke: var(--paper); stroke-width: 1.5; }
.caption { color: var(--soft); font-size: 12.5px; }
footer { padding-bottom: 40px; color: var(--soft); font-size: 13px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) { header, main, footer { padding-left: 12px; padding-right: 12px; } section { padding: 16px; } }
@media print {
  :root { --page: #ffffff; --paper: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --faint: #eeeeee;
    --accent: #0072b2; --good: #0072b2; --fair: #e69f00; --poor: #d55e00; --alone: #000000; --clip: #b9d9ec;
    --extent: #0072b2; --front: #009e73; --shadow: none; }
  @page { size: A4 landscape; margin: 12mm; }
  body { font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  section { padding: 0; margin: 0 0 18px; }
  table { font-size: 9.5px; } thead { display: table-header-group; } tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; } .scroll { overflow: visible; }
}
)css";

} // namespace qs

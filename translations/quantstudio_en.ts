<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>qs::ExcludeSection</name>
    <message numerus="yes">
        <source>%n tensor(s) set by hand</source>
        <translation>
            <numerusform>%n tensor set by hand</numerusform>
            <numerusform>%n tensors set by hand</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) matched</source>
        <translation>
            <numerusform>%n layer matched</numerusform>
            <numerusform>%n layers matched</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>qs::LayersPanel</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>qs::ModelSection</name>
    <message numerus="yes">
        <source>%1 · opset %2 · %n layer(s) · %3 parameters</source>
        <translation>
            <numerusform>%1 · opset %2 · %n layer · %3 parameters</numerusform>
            <numerusform>%1 · opset %2 · %n layers · %3 parameters</numerusform>
        </translation>
    </message>
</context>
</TS>

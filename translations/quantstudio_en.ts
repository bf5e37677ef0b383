<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>Sentence</name>
    <message numerus="yes">
        <source>%1 (%2 %3 in &apos;%4&apos;, %n tensor(s) affected); they are left out of all ranges</source>
        <translation>
            <numerusform>%1 (%2 %3 in &apos;%4&apos;, %n tensor affected); they are left out of all ranges</numerusform>
            <numerusform>%1 (%2 %3 in &apos;%4&apos;, %n tensors affected); they are left out of all ranges</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>arrays %1, %2 of %n sample(s)</source>
        <translation>
            <numerusform>arrays %1, %2 of %n sample</numerusform>
            <numerusform>arrays %1, %2 of %n samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>arrays %1, %n sample(s)</source>
        <translation>
            <numerusform>arrays %1, %n sample</numerusform>
            <numerusform>arrays %1, %n samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>the last %n row(s) left out, too few to fill a batch</source>
        <translation>
            <numerusform>the last %n row left out, too few to fill a batch</numerusform>
            <numerusform>the last %n rows left out, too few to fill a batch</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>image folder %1, %2 of %n image(s)</source>
        <translation>
            <numerusform>image folder %1, %2 of %n image</numerusform>
            <numerusform>image folder %1, %2 of %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>image folder %1, %n image(s)</source>
        <translation>
            <numerusform>image folder %1, %n image</numerusform>
            <numerusform>image folder %1, %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) beside the class folders left out</source>
        <translation>
            <numerusform>%n picture beside the class folders left out</numerusform>
            <numerusform>%n pictures beside the class folders left out</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>synthetic random data, %n sample(s)</source>
        <translation>
            <numerusform>synthetic random data, %n sample</numerusform>
            <numerusform>synthetic random data, %n samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n label(s) outside the %1 classes, counted as wrong; check that data and model belong together</source>
        <translation>
            <numerusform>%n label outside the %1 classes, counted as wrong; check that data and model belong together</numerusform>
            <numerusform>%n labels outside the %1 classes, counted as wrong; check that data and model belong together</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) did not fit in 32 bits</source>
        <translation>
            <numerusform>%n value did not fit in 32 bits</numerusform>
            <numerusform>%n values did not fit in 32 bits</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 over %n sample(s)</source>
        <translation>
            <numerusform>%1 over %n sample</numerusform>
            <numerusform>%1 over %n samples</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n weight scale(s) widened so that the bias fits in 32 bits</source>
        <translation>
            <numerusform>%n weight scale widened so that the bias fits in 32 bits</numerusform>
            <numerusform>%n weight scales widened so that the bias fits in 32 bits</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n convolution(s) stay float under dynamic quantization; the strategy &apos;static&apos; runs them in integers</source>
        <translation>
            <numerusform>%n convolution stays float under dynamic quantization; the strategy &apos;static&apos; runs it in integers</numerusform>
            <numerusform>%n convolutions stay float under dynamic quantization; the strategy &apos;static&apos; runs them in integers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>kept float: %n node(s) of its sub-graphs as well</source>
        <translation>
            <numerusform>kept float: %n node of its sub-graphs as well</numerusform>
            <numerusform>kept float: %n nodes of its sub-graphs as well</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n large tensor(s) at offsets that are no multiple of 4096, so not to be mapped into memory: save the model again</source>
        <translation>
            <numerusform>%n large tensor at offsets that are no multiple of 4096, so not to be mapped into memory: save the model again</numerusform>
            <numerusform>%n large tensors at offsets that are no multiple of 4096, so not to be mapped into memory: save the model again</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>no integer kernel for %n %1 node(s), the first %2: the input is dequantized and the result quantized again</source>
        <translation>
            <numerusform>no integer kernel for %n %1 node, the first %2: the input is dequantized and the result quantized again</numerusform>
            <numerusform>no integer kernel for %n %1 nodes, the first %2: the input is dequantized and the result quantized again</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n activation(s) in %1, the first at %2; %3 has kernels for %4: quantize for this target</source>
        <translation>
            <numerusform>%n activation in %1, the first at %2; %3 has kernels for %4: quantize for this target</numerusform>
            <numerusform>%n activations in %1, the first at %2; %3 has kernels for %4: quantize for this target</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n integer(s) of %1 at -128, where some kernels want -127 to 127: quantize the weights symmetrically</source>
        <translation>
            <numerusform>%n integer of %1 at -128, where some kernels want -127 to 127: quantize the weights symmetrically</numerusform>
            <numerusform>%n integers of %1 at -128, where some kernels want -127 to 127: quantize the weights symmetrically</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sample(s) could not be read when these statistics were collected</source>
        <translation>
            <numerusform>%n sample could not be read when these statistics were collected</numerusform>
            <numerusform>%n samples could not be read when these statistics were collected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>another type than asked for in %n tensor(s); %1 becomes %2: %3</source>
        <translation>
            <numerusform>another type than asked for in %n tensor; %1 becomes %2: %3</numerusform>
            <numerusform>another type than asked for in %n tensors; %1 becomes %2: %3</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) inside of If, Loop or Scan stay float, the first in %1; export each branch as a model of its own to quantize them</source>
        <translation>
            <numerusform>%n layer inside of If, Loop or Scan stays float, the first in %1; export each branch as a model of its own to quantize them</numerusform>
            <numerusform>%n layers inside of If, Loop or Scan stay float, the first in %1; export each branch as a model of its own to quantize them</numerusform>
        </translation>
    </message>
</context>
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
<context>
    <name>qs::TensorGridModel</name>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 and %n more</numerusform>
            <numerusform>%1 and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>qs::TensorGridView</name>
    <message numerus="yes">
        <source>%n tensor(s) selected</source>
        <translation>
            <numerusform>%n tensor selected</numerusform>
            <numerusform>%n tensors selected</numerusform>
        </translation>
    </message>
</context>
</TS>

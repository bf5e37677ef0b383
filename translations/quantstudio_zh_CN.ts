<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>CommandLine</name>
    <message>
        <source>Quantizes neural networks and shows what that costs.</source>
        <translation>量化神经网络，并展示量化的代价。</translation>
    </message>
    <message>
        <source>Folder of images, .npy or .npz to calibrate with.</source>
        <translation>用于校准的图片文件夹、.npy 或 .npz。</translation>
    </message>
    <message>
        <source>Data to measure with.</source>
        <translation>用于测量的数据。</translation>
    </message>
    <message>
        <source>Colours: light or dark.</source>
        <translation>配色：light 或 dark。</translation>
    </message>
    <message>
        <source>Language: en or zh_CN.</source>
        <translation>语言：en 或 zh_CN。</translation>
    </message>
    <message>
        <source>Panel to bring to the front, e.g. drift.</source>
        <translation>要显示在最前面的面板，例如 drift。</translation>
    </message>
    <message>
        <source>Layer to select.</source>
        <translation>要选中的层。</translation>
    </message>
    <message>
        <source>Size of the window, e.g. 1440x900.</source>
        <translation>窗口大小，例如 1440x900。</translation>
    </message>
    <message>
        <source>Write a picture of the window when all is done, and quit.</source>
        <translation>全部完成后把窗口截图写到文件并退出。</translation>
    </message>
    <message>
        <source>Start a run as soon as the model is open.</source>
        <translation>模型打开后立即开始运行。</translation>
    </message>
    <message>
        <source>More than one file was given.</source>
        <translation>给出了不止一个文件。</translation>
    </message>
    <message>
        <source>--theme is light or dark.</source>
        <translation>--theme 只能是 light 或 dark。</translation>
    </message>
    <message>
        <source>--language is en or zh_CN.</source>
        <translation>--language 只能是 en 或 zh_CN。</translation>
    </message>
    <message>
        <source>--size is WIDTHxHEIGHT.</source>
        <translation>--size 的格式是 宽x高。</translation>
    </message>
    <message>
        <source>ONNX model, language model (Hugging Face folder or GGUF file) or project to open.</source>
        <translation>要打开的 ONNX 模型、语言模型（Hugging Face 文件夹或 GGUF 文件）或项目。</translation>
    </message>
</context>
<context>
    <name>DialogService</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>Not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>No permission</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Reading or writing failed</source>
        <translation>读写失败</translation>
    </message>
    <message>
        <source>Damaged or unknown format</source>
        <translation>文件损坏或格式未知</translation>
    </message>
    <message>
        <source>Not supported</source>
        <translation>不支持</translation>
    </message>
    <message>
        <source>This does not fit</source>
        <translation>不匹配</translation>
    </message>
    <message>
        <source>The inference runtime failed</source>
        <translation>推理运行时出错</translation>
    </message>
    <message>
        <source>Out of memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>Filters</name>
    <message>
        <source>ONNX models (*.onnx)</source>
        <translation>ONNX 模型 (*.onnx)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Projects (*.qsproj)</source>
        <translation>项目 (*.qsproj)</translation>
    </message>
</context>
<context>
    <name>Findings</name>
    <message>
        <source>Note</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Opset raised</source>
        <translation>算子集已升级</translation>
    </message>
    <message>
        <source>Opset kept</source>
        <translation>算子集未升级</translation>
    </message>
    <message>
        <source>Constants not folded</source>
        <translation>常量未折叠</translation>
    </message>
    <message>
        <source>Not folded</source>
        <translation>未并入</translation>
    </message>
    <message>
        <source>Activation not absorbed</source>
        <translation>激活未并入</translation>
    </message>
    <message>
        <source>Bias saturated</source>
        <translation>偏置饱和</translation>
    </message>
    <message>
        <source>Bias scale widened</source>
        <translation>偏置缩放系数已放大</translation>
    </message>
    <message>
        <source>Override unused</source>
        <translation>手动设置未使用</translation>
    </message>
    <message>
        <source>NaN in activations</source>
        <translation>激活中有 NaN</translation>
    </message>
    <message>
        <source>Infinity in activations</source>
        <translation>激活中有无穷大</translation>
    </message>
    <message>
        <source>Calibration cache ignored</source>
        <translation>校准缓存未采用</translation>
    </message>
    <message>
        <source>Calibration cache not written</source>
        <translation>校准缓存未写入</translation>
    </message>
    <message>
        <source>Synthetic calibration</source>
        <translation>用合成数据校准</translation>
    </message>
    <message>
        <source>Float kernel</source>
        <translation>以浮点运行</translation>
    </message>
    <message>
        <source>High drift</source>
        <translation>漂移大</translation>
    </message>
    <message>
        <source>Clipped activations</source>
        <translation>激活被截断</translation>
    </message>
    <message>
        <source>Dead channels</source>
        <translation>通道归零</translation>
    </message>
    <message>
        <source>Single layers not measured</source>
        <translation>未测量单层漂移</translation>
    </message>
    <message>
        <source>Layer not compared</source>
        <translation>层未比较</translation>
    </message>
    <message>
        <source>NaN in outputs</source>
        <translation>输出中有 NaN</translation>
    </message>
    <message>
        <source>Label outside classes</source>
        <translation>标签超出类别</translation>
    </message>
    <message>
        <source>No evaluation data</source>
        <translation>没有评估数据</translation>
    </message>
    <message>
        <source>Sample skipped</source>
        <translation>样本已跳过</translation>
    </message>
    <message>
        <source>Pictures without class</source>
        <translation>图片没有类别</translation>
    </message>
    <message>
        <source>Array unused</source>
        <translation>数组未使用</translation>
    </message>
    <message>
        <source>Labels unused</source>
        <translation>标签未使用</translation>
    </message>
    <message>
        <source>Rows unused</source>
        <translation>行未使用</translation>
    </message>
    <message>
        <source>Model not prepared</source>
        <translation>模型未准备</translation>
    </message>
    <message>
        <source>Model changed</source>
        <translation>模型已更改</translation>
    </message>
    <message>
        <source>Statistics missing</source>
        <translation>缺少统计</translation>
    </message>
    <message>
        <source>Run left out</source>
        <translation>运行未恢复</translation>
    </message>
    <message>
        <source>Convolutions stay float</source>
        <translation>卷积保持浮点</translation>
    </message>
    <message>
        <source>Slower than float</source>
        <translation>比浮点慢</translation>
    </message>
    <message>
        <source>Accuracy lost</source>
        <translation>准确率下降</translation>
    </message>
    <message>
        <source>Predictions differ</source>
        <translation>预测不一致</translation>
    </message>
    <message>
        <source>Layers equalized</source>
        <translation>已均衡各层</translation>
    </message>
    <message>
        <source>Nothing to equalize</source>
        <translation>没有可均衡的层</translation>
    </message>
    <message>
        <source>Activations smoothed</source>
        <translation>已平滑激活</translation>
    </message>
    <message>
        <source>Rounding chosen</source>
        <translation>已选择舍入方向</translation>
    </message>
    <message>
        <source>Biases corrected</source>
        <translation>已校正偏置</translation>
    </message>
    <message>
        <source>Model changed by refinement</source>
        <translation>改进步骤改变了模型</translation>
    </message>
    <message>
        <source>Made for another machine</source>
        <translation>为其他机器制作</translation>
    </message>
    <message>
        <source>Open shapes</source>
        <translation>形状未定</translation>
    </message>
    <message>
        <source>Opset too old</source>
        <translation>算子集过旧</translation>
    </message>
    <message>
        <source>IR version too old</source>
        <translation>IR 版本过旧</translation>
    </message>
    <message>
        <source>Opset without fusion</source>
        <translation>算子集不支持融合</translation>
    </message>
    <message>
        <source>Axis missing</source>
        <translation>缺少轴</translation>
    </message>
    <message>
        <source>Wrong axis</source>
        <translation>轴错误</translation>
    </message>
    <message>
        <source>Axis not the channels</source>
        <translation>轴不是通道</translation>
    </message>
    <message>
        <source>Damaged tensor</source>
        <translation>张量损坏</translation>
    </message>
    <message>
        <source>Invalid scale</source>
        <translation>缩放系数无效</translation>
    </message>
    <message>
        <source>Subnormal scale</source>
        <translation>缩放系数为次正规数</translation>
    </message>
    <message>
        <source>Type of the zero point</source>
        <translation>零点的类型</translation>
    </message>
    <message>
        <source>Number of zero points</source>
        <translation>零点的个数</translation>
    </message>
    <message>
        <source>Zero point of int32</source>
        <translation>int32 的零点</translation>
    </message>
    <message>
        <source>Pair differs</source>
        <translation>量化对不一致</translation>
    </message>
    <message>
        <source>Zero points of channels</source>
        <translation>各通道的零点</translation>
    </message>
    <message>
        <source>Zero point of weights</source>
        <translation>权重的零点</translation>
    </message>
    <message>
        <source>Lowest code in weights</source>
        <translation>权重中的最小码值</translation>
    </message>
    <message>
        <source>Scale of the bias</source>
        <translation>偏置的缩放系数</translation>
    </message>
    <message>
        <source>Scale of the bias rounded</source>
        <translation>偏置的缩放系数有舍入</translation>
    </message>
    <message>
        <source>Bias in float</source>
        <translation>偏置为浮点</translation>
    </message>
    <message>
        <source>Bias in integers</source>
        <translation>偏置为整数</translation>
    </message>
    <message>
        <source>Type of the bias</source>
        <translation>偏置的类型</translation>
    </message>
    <message>
        <source>Weights only</source>
        <translation>仅量化了权重</translation>
    </message>
    <message>
        <source>Operand in float</source>
        <translation>操作数为浮点</translation>
    </message>
    <message>
        <source>Quantized twice</source>
        <translation>重复量化</translation>
    </message>
    <message>
        <source>Read in float</source>
        <translation>以浮点读取</translation>
    </message>
    <message>
        <source>Grids differ</source>
        <translation>网格不一致</translation>
    </message>
    <message>
        <source>Clipping not absorbed</source>
        <translation>截断未并入</translation>
    </message>
    <message>
        <source>Type of activations</source>
        <translation>激活的类型</translation>
    </message>
    <message>
        <source>Zero point of activations</source>
        <translation>激活的零点</translation>
    </message>
    <message>
        <source>Type of weights</source>
        <translation>权重的类型</translation>
    </message>
    <message>
        <source>Granularity of weights</source>
        <translation>权重的粒度</translation>
    </message>
    <message>
        <source>Signed by unsigned</source>
        <translation>有符号乘无符号</translation>
    </message>
    <message>
        <source>ConvInteger with signed weights</source>
        <translation>ConvInteger 使用有符号权重</translation>
    </message>
    <message>
        <source>Weights may saturate</source>
        <translation>权重可能饱和</translation>
    </message>
    <message>
        <source>Not fused</source>
        <translation>未融合</translation>
    </message>
    <message>
        <source>Idle pair</source>
        <translation>多余的量化对</translation>
    </message>
    <message>
        <source>Float island</source>
        <translation>浮点孤岛</translation>
    </message>
    <message>
        <source>Matrix too small</source>
        <translation>矩阵过小</translation>
    </message>
    <message>
        <source>Batch normalization not folded</source>
        <translation>批归一化未折叠</translation>
    </message>
    <message>
        <source>Weights stored twice</source>
        <translation>权重存了两份</translation>
    </message>
    <message>
        <source>Float copy of weights</source>
        <translation>权重的浮点副本</translation>
    </message>
    <message>
        <source>Float copy of weights in use</source>
        <translation>权重的浮点副本仍在使用</translation>
    </message>
    <message>
        <source>Weights quantized twice</source>
        <translation>权重重复量化</translation>
    </message>
    <message>
        <source>Place of external data</source>
        <translation>外部数据的位置</translation>
    </message>
    <message>
        <source>External data not aligned</source>
        <translation>外部数据未对齐</translation>
    </message>
    <message>
        <source>File too large</source>
        <translation>文件过大</translation>
    </message>
    <message>
        <source>Name not unique</source>
        <translation>名称不唯一</translation>
    </message>
    <message>
        <source>Interface changed</source>
        <translation>接口已改变</translation>
    </message>
    <message>
        <source>Does not load</source>
        <translation>无法加载</translation>
    </message>
    <message>
        <source>Does not run</source>
        <translation>无法运行</translation>
    </message>
    <message>
        <source>Differs from simulation</source>
        <translation>与模拟结果不符</translation>
    </message>
    <message>
        <source>Training went on</source>
        <translation>训练已继续</translation>
    </message>
    <message>
        <source>Training ended early</source>
        <translation>训练提前结束</translation>
    </message>
    <message>
        <source>Checkpoint not used</source>
        <translation>未使用检查点</translation>
    </message>
    <message>
        <source>Disk and memory</source>
        <translation>磁盘与内存</translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation>已继续</translation>
    </message>
    <message>
        <source>Stored wider than used</source>
        <translation>存储位数多于所用</translation>
    </message>
    <message>
        <source>Accuracy level left to the session</source>
        <translation>精度级别由会话决定</translation>
    </message>
    <message>
        <source>Excluded layer was folded</source>
        <translation>排除的层已并入其他层</translation>
    </message>
    <message>
        <source>Nothing quantized</source>
        <translation>没有量化任何层</translation>
    </message>
    <message>
        <source>Training diverged</source>
        <translation>训练发散</translation>
    </message>
    <message>
        <source>Tied embeddings</source>
        <translation>共享的词嵌入</translation>
    </message>
    <message>
        <source>Another type</source>
        <translation>其他类型</translation>
    </message>
    <message>
        <source>Weights not compared</source>
        <translation>未比较权重</translation>
    </message>
    <message>
        <source>This machine has no VNNI</source>
        <translation>本机没有 VNNI</translation>
    </message>
    <message>
        <source>Sub-graphs stay float</source>
        <translation>子图保持浮点</translation>
    </message>
</context>
<context>
    <name>Grids</name>
    <message>
        <source>%1 bits</source>
        <translation>%1 位</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>偏置</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>scale computed in every run</source>
        <translation>缩放系数在每次运行时计算</translation>
    </message>
    <message>
        <source>per channel</source>
        <translation>逐通道</translation>
    </message>
    <message>
        <source>in blocks of %1</source>
        <translation>每 %1 个一块</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>缩放系数 %1</translation>
    </message>
    <message>
        <source>zero point %1</source>
        <translation>零点 %1</translation>
    </message>
    <message>
        <source>holds %1 to %2</source>
        <translation>可表示 %1 至 %2</translation>
    </message>
    <message>
        <source>%1 (%2 bit)</source>
        <translation>%1（%2 位）</translation>
    </message>
</context>
<context>
    <name>Job</name>
    <message>
        <source>Open model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Open project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Save project</source>
        <translation>保存项目</translation>
    </message>
    <message>
        <source>Export model</source>
        <translation>导出模型</translation>
    </message>
    <message>
        <source>Export report</source>
        <translation>导出报告</translation>
    </message>
    <message>
        <source>Quantize</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Match names</source>
        <translation>匹配名称</translation>
    </message>
    <message>
        <source>Thumbnails</source>
        <translation>缩略图</translation>
    </message>
    <message>
        <source>Weight histogram</source>
        <translation>权重直方图</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>预览</translation>
    </message>
    <message>
        <source>Weight ranges</source>
        <translation>权重范围</translation>
    </message>
    <message>
        <source>Add a quantized model</source>
        <translation>添加量化模型</translation>
    </message>
    <message>
        <source>Open language model</source>
        <translation>打开语言模型</translation>
    </message>
    <message>
        <source>Change types</source>
        <translation>更改类型</translation>
    </message>
    <message>
        <source>Measure perplexity</source>
        <translation>测量困惑度</translation>
    </message>
    <message>
        <source>Predict the size</source>
        <translation>预测大小</translation>
    </message>
</context>
<context>
    <name>Observer</name>
    <message>
        <source>Entropy (Kullback-Leibler)</source>
        <translation>熵（KL 散度）</translation>
    </message>
    <message>
        <source>The range whose quantized values are distributed most like the original ones.</source>
        <translation>量化后数值分布与原分布最接近的范围。</translation>
    </message>
    <message>
        <source>Minimum and maximum</source>
        <translation>最小值与最大值</translation>
    </message>
    <message>
        <source>Nothing is clipped: the range reaches from the smallest to the largest value seen. One outlier makes all steps coarse.</source>
        <translation>不截断：范围从见到的最小值到最大值。一个离群值就会让所有步长变粗。</translation>
    </message>
    <message>
        <source>Moving average of minimum and maximum</source>
        <translation>最小值与最大值的滑动平均</translation>
    </message>
    <message>
        <source>The extremes of each sample are averaged (factor 0.01, in the order of the samples), so that one odd sample weighs little.</source>
        <translation>对每个样本的极值取平均（系数 0.01，按样本顺序），使个别异常样本影响很小。</translation>
    </message>
    <message>
        <source>Smallest squared error</source>
        <translation>最小平方误差</translation>
    </message>
    <message>
        <source>Weighs clipping against rounding: the range with the smallest expected squared error.</source>
        <translation>在截断与舍入之间权衡：期望平方误差最小的范围。</translation>
    </message>
    <message>
        <source>Percentile</source>
        <translation>百分位</translation>
    </message>
    <message>
        <source>Clips a fixed share of the values, half of it at each end.</source>
        <translation>截掉固定比例的数值，两端各一半。</translation>
    </message>
</context>
<context>
    <name>Params</name>
    <message>
        <source>Percentile</source>
        <translation>百分位</translation>
    </message>
    <message>
        <source>Share of the values that stay inside the range, in percent.</source>
        <translation>留在范围内的数值所占的百分比。</translation>
    </message>
    <message>
        <source>Observer</source>
        <translation>观察器</translation>
    </message>
    <message>
        <source>How the range of an activation is chosen from what calibration saw.</source>
        <translation>如何根据校准所见的数值选择激活的范围。</translation>
    </message>
    <message>
        <source>Per-channel weights</source>
        <translation>逐通道权重</translation>
    </message>
    <message>
        <source>A scale for each output channel of a weight, where the target allows it.</source>
        <translation>在目标平台允许时，权重的每个输出通道各用一个缩放系数。</translation>
    </message>
    <message>
        <source>7-bit weights</source>
        <translation>7 位权重</translation>
    </message>
    <message>
        <source>Weights use one bit less, as on targets whose 16-bit sums saturate.</source>
        <translation>权重少用一位，用于 16 位累加会饱和的平台。</translation>
    </message>
    <message>
        <source>Bias correction</source>
        <translation>偏置校正</translation>
    </message>
    <message>
        <source>Biases make up for the mean error that rounding the weights causes; free at run time.</source>
        <translation>用偏置补偿权重舍入造成的平均误差；运行时没有额外开销。</translation>
    </message>
    <message>
        <source>Integer embeddings</source>
        <translation>整数嵌入表</translation>
    </message>
    <message>
        <source>Embedding tables are stored as INT8 too.</source>
        <translation>嵌入表也以 INT8 存储。</translation>
    </message>
    <message>
        <source>Activation type</source>
        <translation>激活类型</translation>
    </message>
    <message>
        <source>Integers of the activations; auto takes what the target runs best.</source>
        <translation>激活所用的整数；auto 取目标运行最快的类型。</translation>
    </message>
    <message>
        <source>Symmetric activations</source>
        <translation>对称激活</translation>
    </message>
    <message>
        <source>Zero point in the middle, as some accelerators demand; costs a bit after ReLU.</source>
        <translation>零点居中，某些加速器要求如此；在 ReLU 之后会损失一位。</translation>
    </message>
    <message>
        <source>Weight type</source>
        <translation>权重类型</translation>
    </message>
    <message>
        <source>Integers of the weights; auto takes what the target runs best.</source>
        <translation>权重所用的整数；auto 取目标运行最快的类型。</translation>
    </message>
    <message>
        <source>File format</source>
        <translation>文件格式</translation>
    </message>
    <message>
        <source>QDQ: float operators between quantizers, which runtimes fuse. QOperator: operators on integers.</source>
        <translation>QDQ：量化器之间的浮点算子，由运行时融合。QOperator：直接作用于整数的算子。</translation>
    </message>
    <message>
        <source>AdaRound</source>
        <translation>AdaRound</translation>
    </message>
    <message>
        <source>Each weight is rounded up or down so that its layer&apos;s outputs change least (Nagel et al. 2020); takes seconds to minutes.</source>
        <translation>逐个权重决定向上或向下舍入，使所在层的输出变化最小（Nagel 等，2020）；需要数秒到数分钟。</translation>
    </message>
    <message>
        <source>AdaRound samples</source>
        <translation>AdaRound 样本数</translation>
    </message>
    <message>
        <source>How many calibration samples AdaRound looks at.</source>
        <translation>AdaRound 使用的校准样本数。</translation>
    </message>
    <message>
        <source>AdaRound iterations</source>
        <translation>AdaRound 迭代次数</translation>
    </message>
    <message>
        <source>Gradient steps a layer; 0 only turns single weights.</source>
        <translation>每层的梯度步数；0 表示只逐个翻转权重。</translation>
    </message>
    <message>
        <source>Cross-layer equalization</source>
        <translation>跨层均衡</translation>
    </message>
    <message>
        <source>Sequential bias correction</source>
        <translation>逐层偏置校正</translation>
    </message>
    <message>
        <source>Layer after layer, biases make up for the mean error measured on the quantized model; runs it once a layer.</source>
        <translation>逐层用偏置弥补在量化模型上测得的平均误差；每层运行一次模型。</translation>
    </message>
    <message>
        <source>Samples of sequential bias correction</source>
        <translation>逐层偏置校正样本数</translation>
    </message>
    <message>
        <source>How many calibration samples each layer is measured on.</source>
        <translation>测量每一层所用的校准样本数。</translation>
    </message>
    <message>
        <source>SmoothQuant</source>
        <translation>SmoothQuant</translation>
    </message>
    <message>
        <source>Moves outliers of single channels from what MatMul and Gemm read into their weights (Xiao et al. 2023): for transformers.</source>
        <translation>把 MatMul 和 Gemm 输入中个别通道的离群值移入权重（Xiao 等，2023）：用于 Transformer。</translation>
    </message>
    <message>
        <source>SmoothQuant alpha</source>
        <translation>SmoothQuant α</translation>
    </message>
    <message>
        <source>0 leaves all of the range in the activations, 1 moves all of it into the weights.</source>
        <translation>0 表示范围全部留在激活中，1 表示全部移入权重。</translation>
    </message>
    <message>
        <source>Weight range</source>
        <translation>权重范围</translation>
    </message>
    <message>
        <source>max: up to the largest weight; mse: the range with the smallest squared error, which clips outliers.</source>
        <translation>max：直到最大的权重；mse：平方误差最小的范围，会截断离群值。</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位数</translation>
    </message>
    <message>
        <source>Of a weight. 8 needs ONNX Runtime 1.23 or newer.</source>
        <translation>每个权重的位数。8 位需要 ONNX Runtime 1.23 或更新版本。</translation>
    </message>
    <message>
        <source>Block size</source>
        <translation>块大小</translation>
    </message>
    <message>
        <source>Weights that share a scale: smaller is more accurate and larger in file.</source>
        <translation>共用一个缩放因子的权重数：越小越准确，文件越大。</translation>
    </message>
    <message>
        <source>Symmetric blocks</source>
        <translation>对称块</translation>
    </message>
    <message>
        <source>No zero point a block: smaller and faster, slightly less accurate.</source>
        <translation>每块没有零点：更小更快，精度略低。</translation>
    </message>
    <message>
        <source>Search ranges</source>
        <translation>搜索范围</translation>
    </message>
    <message>
        <source>Tries smaller ranges of each block for the least squared error.</source>
        <translation>为每块尝试更小的范围，使平方误差最小。</translation>
    </message>
    <message>
        <source>Accuracy level</source>
        <translation>精度级别</translation>
    </message>
    <message>
        <source>One grid around Concat</source>
        <translation>Concat 两侧同一网格</translation>
    </message>
    <message>
        <source>What only a Concat reads is made on the Concat&apos;s grid: rounded once instead of twice.</source>
        <translation>只被 Concat 读取的值直接使用 Concat 的网格：只舍入一次而非两次。</translation>
    </message>
    <message>
        <source>Scale inputs</source>
        <translation>缩放输入</translation>
    </message>
    <message>
        <source>Columns with large inputs get a finer grid.</source>
        <translation>输入较大的列使用更细的网格。</translation>
    </message>
    <message>
        <source>Clip weights</source>
        <translation>截断权重</translation>
    </message>
    <message>
        <source>Large weights are clipped where that pays.</source>
        <translation>在有利之处截断较大的权重。</translation>
    </message>
    <message>
        <source>Calibration windows</source>
        <translation>校准窗口数</translation>
    </message>
    <message>
        <source>Windows of the calibration text, spread over it evenly.</source>
        <translation>校准文本的窗口数，均匀分布于全文。</translation>
    </message>
    <message>
        <source>Of a weight.</source>
        <translation>每个权重的位数。</translation>
    </message>
    <message>
        <source>Group size</source>
        <translation>组大小</translation>
    </message>
    <message>
        <source>Inputs that share a scale in each row; -1 = all of them.</source>
        <translation>每行中共用一个缩放因子的输入数；-1 表示全部。</translation>
    </message>
    <message>
        <source>Symmetric groups</source>
        <translation>对称组</translation>
    </message>
    <message>
        <source>The zero is the middle code; else each group has its own.</source>
        <translation>零点取中间码；否则每组有自己的零点。</translation>
    </message>
    <message>
        <source>Double quantization</source>
        <translation>双重量化</translation>
    </message>
    <message>
        <source>Scales are quantized, too: 0.4 bits a weight less.</source>
        <translation>缩放因子也量化：每个权重再省 0.4 位。</translation>
    </message>
    <message>
        <source>Mix</source>
        <translation>混合类型</translation>
    </message>
    <message>
        <source>Types of the tensors, as llama.cpp&apos;s quantizer mixes them.</source>
        <translation>各张量的类型，与 llama.cpp 量化器的混合方式相同。</translation>
    </message>
    <message>
        <source>Importance matrix</source>
        <translation>重要性矩阵</translation>
    </message>
    <message>
        <source>File of llama.cpp&apos;s imatrix tool; columns that matter are kept closer. Without one it is made of the calibration text.</source>
        <translation>llama.cpp 的 imatrix 工具生成的文件；重要的列保留得更精确。未给出时由校准文本计算。</translation>
    </message>
    <message>
        <source>Types by name</source>
        <translation>按名称指定类型</translation>
    </message>
    <message>
        <source>PATTERN=TYPE, comma-separated: tensors whose name matches get that type.</source>
        <translation>模式=类型，以逗号分隔：名称匹配的张量取该类型。</translation>
    </message>
    <message>
        <source>Pure</source>
        <translation>单一类型</translation>
    </message>
    <message>
        <source>One type for all that is quantized.</source>
        <translation>所有被量化的张量用同一类型。</translation>
    </message>
    <message>
        <source>From quantized</source>
        <translation>接受已量化来源</translation>
    </message>
    <message>
        <source>Accept a source that is quantized already; it loses twice.</source>
        <translation>接受已经量化的来源；精度会损失两次。</translation>
    </message>
    <message>
        <source>Damping</source>
        <translation>阻尼</translation>
    </message>
    <message>
        <source>Share of the mean second moment that is added to each input&apos;s.</source>
        <translation>加到每个输入二阶矩上的平均二阶矩的比例。</translation>
    </message>
    <message>
        <source>Activation order</source>
        <translation>按激活排序</translation>
    </message>
    <message>
        <source>Columns with the largest inputs are rounded first.</source>
        <translation>输入最大的列最先舍入。</translation>
    </message>
    <message>
        <source>Static groups</source>
        <translation>静态分组</translation>
    </message>
    <message>
        <source>Groups stay neighbours under activation order, which fast kernels want.</source>
        <translation>按激活排序时各组仍保持相邻，快速内核需要如此。</translation>
    </message>
    <message>
        <source>Search scales</source>
        <translation>搜索缩放因子</translation>
    </message>
    <message>
        <source>Each group&apos;s scale by its error instead of its range.</source>
        <translation>每组的缩放因子由误差而非范围决定。</translation>
    </message>
    <message>
        <source>Checkpoint format</source>
        <translation>检查点格式</translation>
    </message>
    <message>
        <source>gptq stores zeros less one, gptq-v2 as they are.</source>
        <translation>gptq 存储减一后的零点，gptq-v2 按原样存储。</translation>
    </message>
    <message>
        <source>Outlier threshold</source>
        <translation>离群阈值</translation>
    </message>
    <message>
        <source>Weight bits</source>
        <translation>权重位数</translation>
    </message>
    <message>
        <source>Fewer than 8 to see what low-bit hardware would make of the model: the values are rounded so, but stored as 8-bit integers.</source>
        <translation>少于 8 位可以查看模型在低位宽硬件上的效果：数值按此舍入，但仍以 8 位整数存储。</translation>
    </message>
    <message>
        <source>Activation bits</source>
        <translation>激活位数</translation>
    </message>
    <message>
        <source>Fewer than 8 add a Clip of the integers behind each quantizer; needs 8-bit activations.</source>
        <translation>少于 8 位时，会在每个量化器之后加入对整数的 Clip；需要 8 位激活。</translation>
    </message>
    <message>
        <source>Bits a weight</source>
        <translation>每个权重的位数</translation>
    </message>
    <message>
        <source>Size to keep to, in place of a mix; 0 = none. Each tensor gets the type that costs least for the whole, measured on the calibration text where there is one.</source>
        <translation>要遵守的大小，代替混合方案；0 = 不限。每个张量取对整体代价最小的类型；有校准文本时在其上测量。</translation>
    </message>
    <message>
        <source>Learn from</source>
        <translation>学习目标</translation>
    </message>
    <message>
        <source>The float model&apos;s own outputs (distillation, which needs no labels), the data&apos;s labels, or both.</source>
        <translation>浮点模型自身的输出（蒸馏，不需要标签）、数据的标签，或两者兼用。</translation>
    </message>
    <message>
        <source>Distillation temperature</source>
        <translation>蒸馏温度</translation>
    </message>
    <message>
        <source>Scores are divided by this before they are compared.</source>
        <translation>比较之前，得分先除以该值。</translation>
    </message>
    <message>
        <source>Distilled layers</source>
        <translation>蒸馏的层</translation>
    </message>
    <message>
        <source>Regular expression on layer names whose outputs should stay those of the float model too; empty = none.</source>
        <translation>层名的正则表达式：这些层的输出也应与浮点模型保持一致；留空表示没有。</translation>
    </message>
    <message>
        <source>Weight of distilled layers</source>
        <translation>蒸馏层的权重</translation>
    </message>
    <message>
        <source>How much the error of each chosen layer counts in the loss.</source>
        <translation>每个所选层的误差在损失中所占的分量。</translation>
    </message>
    <message>
        <source>Ranges in training</source>
        <translation>训练中的范围</translation>
    </message>
    <message>
        <source>learned: scales are trained as weights are (LSQ); moving_average: they follow the data; frozen: they stay as calibrated.</source>
        <translation>learned：缩放因子与权重一同训练（LSQ）；moving_average：随数据变化；frozen：保持校准所得的值。</translation>
    </message>
    <message>
        <source>Learning rate of scales</source>
        <translation>缩放因子的学习率</translation>
    </message>
    <message>
        <source>Freeze ranges after</source>
        <translation>冻结范围的时刻</translation>
    </message>
    <message>
        <source>Share of the epochs after which ranges stay as they are.</source>
        <translation>经过这一比例的轮次后，范围不再改变。</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Times that training goes through all samples.</source>
        <translation>训练遍历全部样本的次数。</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Samples between two steps of the optimizer.</source>
        <translation>优化器两步之间的样本数。</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>AdamW, or stochastic gradient descent with Nesterov momentum.</source>
        <translation>AdamW，或带 Nesterov 动量的随机梯度下降。</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>Of stochastic gradient descent.</source>
        <translation>用于随机梯度下降。</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Pulls weights, not biases, towards 0.</source>
        <translation>把权重（不含偏置）拉向 0。</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Share of all steps over which the learning rate rises from 0.</source>
        <translation>学习率从 0 上升所占的步数比例。</translation>
    </message>
    <message>
        <source>Augmentation</source>
        <translation>数据增强</translation>
    </message>
    <message>
        <source>What is done to training pictures at random, as a list: flip (left and right), crop or crop:PIXELS (shifted within a border of that width).</source>
        <translation>对训练图片随机进行的变换，以列表给出：flip（左右翻转）、crop 或 crop:像素数（在该宽度的边框内平移）。</translation>
    </message>
    <message>
        <source>Held back for validation</source>
        <translation>留作验证</translation>
    </message>
    <message>
        <source>Share of the training samples that only choose the best epoch; 0 keeps the last.</source>
        <translation>仅用于选出最佳轮次的训练样本比例；0 表示保留最后一轮。</translation>
    </message>
    <message>
        <source>Patience</source>
        <translation>耐心</translation>
    </message>
    <message>
        <source>Training ends after this many epochs without a better one; 0 = never early.</source>
        <translation>连续这么多轮没有更好的结果时结束训练；0 表示从不提前结束。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Of the order of samples and of augmentation.</source>
        <translation>用于样本顺序和数据增强。</translation>
    </message>
    <message>
        <source>Deterministic</source>
        <translation>确定性</translation>
    </message>
    <message>
        <source>The same run gives the same weights, with the same threads.</source>
        <translation>线程数相同时，同样的运行得到同样的权重。</translation>
    </message>
    <message>
        <source>How far one step may move the end of a learned range, in integers of its grid.</source>
        <translation>一步最多把学习到的范围端点移动多少，以其网格的整数步为单位。</translation>
    </message>
    <message>
        <source>Largest rate, after warm-up; it falls to 0 along half a cosine. AdamW moves a weight by that share of its channel&apos;s size: 0.004 suits 4 bits, 0.0005 suits 8.</source>
        <translation>预热后的最大学习率；随后沿半个余弦降到 0。AdamW 按所在通道权重大小的这一比例移动每个权重：4 位适合 0.004，8 位适合 0.0005。</translation>
    </message>
    <message>
        <source>matmulnbits: an operator of ONNX Runtime&apos;s own; qdq: standard ONNX (opset 21), blocks behind DequantizeLinear.</source>
        <translation>matmulnbits：ONNX Runtime 自有的算子；qdq：标准 ONNX（算子集 21），块位于 DequantizeLinear 之后。</translation>
    </message>
    <message>
        <source>0: the runtime computes in float; 4: it rounds inputs to 8 bits, which is faster and loses about 1 %. Of matmulnbits only.</source>
        <translation>0：运行时以浮点计算；4：把输入取整到 8 位，更快，损失约 1 %。仅用于 matmulnbits。</translation>
    </message>
    <message>
        <source>Channels are scaled between neighbouring layers so that rounding adds least noise (after Nagel et al. 2019). Helps weights with one scale a tensor.</source>
        <translation>在相邻层之间缩放各通道，使舍入噪声最小（参照 Nagel 等，2019）。适用于整个张量共用一个缩放因子的权重。</translation>
    </message>
    <message>
        <source>Freeze batch normalization after</source>
        <translation>冻结批归一化的时刻</translation>
    </message>
    <message>
        <source>Share of the epochs in which batch normalization that was folded into weights follows the statistics of each batch; 0 = frozen from the start.</source>
        <translation>折叠进权重的批归一化跟随各批统计量的轮数占比；0 = 从一开始就冻结。</translation>
    </message>
    <message>
        <source>Inputs from this magnitude on are outliers, 0 = none; stored in the configuration.</source>
        <translation>幅值达到该值的输入视为离群值，0 = 无；写入配置。</translation>
    </message>
    <message>
        <source>Of a weight: 2, 3, 4 and 8 are what the format of the file holds.</source>
        <translation>每个权重的位数：文件格式支持 2、3、4 和 8。</translation>
    </message>
    <message>
        <source>Modules kept</source>
        <translation>保留的模块</translation>
    </message>
    <message>
        <source>Regular expression: Linears whose name it is found in stay unquantized, e.g. down_proj or layers\.0\. for the first block.</source>
        <translation>正则表达式：名称与之匹配的线性层不量化，例如 down_proj，或用 layers\.0\. 表示第一个块。</translation>
    </message>
    <message>
        <source>Fill up channels</source>
        <translation>补齐通道</translation>
    </message>
    <message>
        <source>Channels of zeros are added to convolutions that fast kernels of the target would not take otherwise; results stay the same.</source>
        <translation>为卷积补上全零通道，使目标平台的快速内核可以处理；结果不变。</translation>
    </message>
</context>
<context>
    <name>Pass</name>
    <message>
        <source>Absorb Relu and Clip into output grids</source>
        <translation>把 Relu 和 Clip 并入输出网格</translation>
    </message>
    <message>
        <source>Turn a classifying 1x1 convolution into Gemm</source>
        <translation>把分类用的 1x1 卷积换成 Gemm</translation>
    </message>
    <message>
        <source>Remove dead code</source>
        <translation>删除无用节点</translation>
    </message>
    <message>
        <source>Fold batch normalization, scale and bias into weights</source>
        <translation>把批归一化、缩放和偏置并入权重</translation>
    </message>
    <message>
        <source>Fold constants</source>
        <translation>常量折叠</translation>
    </message>
    <message>
        <source>Insert QuantizeLinear and DequantizeLinear</source>
        <translation>插入 QuantizeLinear 和 DequantizeLinear</translation>
    </message>
    <message>
        <source>Fuse MatMul and Add into Gemm</source>
        <translation>把 MatMul 和 Add 融合为 Gemm</translation>
    </message>
    <message>
        <source>Quantize weights and biases</source>
        <translation>量化权重和偏置</translation>
    </message>
    <message>
        <source>Raise the operator set to 13</source>
        <translation>把算子集升级到 13</translation>
    </message>
    <message>
        <source>Run LSTM layers on integer weights</source>
        <translation>LSTM 层使用整数权重</translation>
    </message>
    <message>
        <source>Multiply matrices in integers, quantizing inputs as they come</source>
        <translation>以整数做矩阵乘法，输入随到随量化</translation>
    </message>
    <message>
        <source>Write operators on integers</source>
        <translation>写成整数算子</translation>
    </message>
    <message>
        <source>Store embedding tables as integers</source>
        <translation>以整数存储嵌入表</translation>
    </message>
    <message>
        <source>Store matrices in blocks of few bits</source>
        <translation>以少位数分块存储矩阵</translation>
    </message>
    <message>
        <source>Put matrices of few bits behind DequantizeLinear</source>
        <translation>把少位矩阵放到 DequantizeLinear 之后</translation>
    </message>
    <message>
        <source>Raise the operator set to 21</source>
        <translation>把算子集升级到 21</translation>
    </message>
    <message>
        <source>Remove Identity and Dropout</source>
        <translation>移除 Identity 与 Dropout</translation>
    </message>
    <message>
        <source>Keep biases apart from integer products</source>
        <translation>将偏置与整数乘积分开</translation>
    </message>
    <message>
        <source>Fold padding into convolutions</source>
        <translation>将填充并入卷积</translation>
    </message>
    <message>
        <source>Fill up channels to what fast kernels take</source>
        <translation>将通道补齐到快速内核所需的数目</translation>
    </message>
</context>
<context>
    <name>Presets</name>
    <message>
        <source>ImageNet (PyTorch)</source>
        <translation>ImageNet（PyTorch）</translation>
    </message>
    <message>
        <source>torchvision and timm classifiers: centre crop, RGB, ImageNet mean and deviation.</source>
        <translation>torchvision 和 timm 分类模型：中心裁剪，RGB，ImageNet 均值和标准差。</translation>
    </message>
    <message>
        <source>ImageNet (TensorFlow)</source>
        <translation>ImageNet（TensorFlow）</translation>
    </message>
    <message>
        <source>MobileNet and Inception from TensorFlow or Keras: centre crop, RGB, -1 to 1.</source>
        <translation>TensorFlow 或 Keras 的 MobileNet 和 Inception：中心裁剪，RGB，-1 到 1。</translation>
    </message>
    <message>
        <source>ImageNet (Caffe)</source>
        <translation>ImageNet（Caffe）</translation>
    </message>
    <message>
        <source>AlexNet, SqueezeNet, VGG from Caffe: centre crop of 256, BGR, 0 to 255 minus the mean.</source>
        <translation>Caffe 的 AlexNet、SqueezeNet、VGG：从 256 中心裁剪，BGR，0 到 255 减去均值。</translation>
    </message>
    <message>
        <source>ImageNet mean, no crop</source>
        <translation>ImageNet 均值，不裁剪</translation>
    </message>
    <message>
        <source>CIFAR ResNets: the whole picture, RGB, ImageNet mean and deviation.</source>
        <translation>CIFAR ResNet：整张图片，RGB，ImageNet 均值和标准差。</translation>
    </message>
    <message>
        <source>0 to 1</source>
        <translation>0 到 1</translation>
    </message>
    <message>
        <source>MNIST and many others: the whole picture, grey or RGB as the model wants, divided by 255.</source>
        <translation>MNIST 等许多模型：整张图片，按模型要求用灰度或 RGB，除以 255。</translation>
    </message>
    <message>
        <source>0 to 255</source>
        <translation>0 到 255</translation>
    </message>
    <message>
        <source>Models that normalize inside: the whole picture, grey or RGB, as bytes.</source>
        <translation>在模型内部归一化的模型：整张图片，灰度或 RGB，原始字节。</translation>
    </message>
    <message>
        <source>UltraFace</source>
        <translation>UltraFace</translation>
    </message>
    <message>
        <source>UltraFace face detectors: stretched, RGB, (x - 127) / 128.</source>
        <translation>UltraFace 人脸检测：拉伸，RGB，(x - 127) / 128。</translation>
    </message>
    <message>
        <source>BGR, 0 to 1</source>
        <translation>BGR，0 到 1</translation>
    </message>
    <message>
        <source>FastestDet and other detectors fed by OpenCV: stretched, BGR, divided by 255.</source>
        <translation>FastestDet 等以 OpenCV 输入的检测模型：拉伸，BGR，除以 255。</translation>
    </message>
    <message>
        <source>PaddleOCR detection</source>
        <translation>PaddleOCR 检测</translation>
    </message>
    <message>
        <source>PP-OCR text detectors: sides to multiples of 32, at most 960, BGR, ImageNet mean and deviation.</source>
        <translation>PP-OCR 文字检测：边长取 32 的倍数，最大 960，BGR，ImageNet 均值和标准差。</translation>
    </message>
    <message>
        <source>PaddleOCR recognition</source>
        <translation>PaddleOCR 识别</translation>
    </message>
    <message>
        <source>PP-OCR text recognizers: height 48, padded with zeros to a width of at least 320, BGR, -1 to 1.</source>
        <translation>PP-OCR 文字识别：高 48，用零补齐到至少 320 宽，BGR，-1 到 1。</translation>
    </message>
    <message>
        <source>PaddleOCR direction</source>
        <translation>PaddleOCR 方向</translation>
    </message>
    <message>
        <source>PP-OCR text direction classifiers: height 48, width 192, padded with zeros, BGR, -1 to 1.</source>
        <translation>PP-OCR 文字方向分类：高 48，宽 192，用零补齐，BGR，-1 到 1。</translation>
    </message>
</context>
<context>
    <name>Refinement</name>
    <message>
        <source>AdaRound</source>
        <translation>AdaRound</translation>
    </message>
    <message>
        <source>Chooses for each weight whether to round up or down, so that the outputs of its layer change least.</source>
        <translation>逐个权重选择向上或向下舍入，使所在层的输出变化最小。</translation>
    </message>
    <message>
        <source>Cross-layer equalization</source>
        <translation>跨层均衡</translation>
    </message>
    <message>
        <source>Sequential bias correction</source>
        <translation>逐层偏置校正</translation>
    </message>
    <message>
        <source>Layer after layer, biases make up for the mean error that is measured on the quantized model.</source>
        <translation>逐层用偏置弥补在量化模型上测得的平均误差。</translation>
    </message>
    <message>
        <source>SmoothQuant</source>
        <translation>SmoothQuant</translation>
    </message>
    <message>
        <source>Moves outliers of single channels from activations into weights: for transformers.</source>
        <translation>把个别通道的离群值从激活移入权重：用于 Transformer。</translation>
    </message>
    <message>
        <source>One grid around Concat</source>
        <translation>Concat 两侧同一网格</translation>
    </message>
    <message>
        <source>What only a Concat reads is made on the Concat&apos;s grid: rounded once instead of twice.</source>
        <translation>只被 Concat 读取的值直接使用 Concat 的网格：只舍入一次而非两次。</translation>
    </message>
    <message>
        <source>Scales channels between neighbouring layers so that rounding adds least noise, which saves networks whose weights have one scale for the whole tensor.</source>
        <translation>在相邻层之间缩放各通道，使舍入噪声最小，可挽救整个张量共用一个缩放因子的网络。</translation>
    </message>
</context>
<context>
    <name>Sentence</name>
    <message numerus="yes">
        <source>%1 (%2 %3 in &apos;%4&apos;, %n tensor(s) affected); they are left out of all ranges</source>
        <translation>
            <numerusform>%1（“%4”中有 %2 个%3，涉及 %n 个张量）；计算范围时均已排除</numerusform>
        </translation>
    </message>
    <message>
        <source>the calibration data has %1 already</source>
        <translation>校准数据中已有%1</translation>
    </message>
    <message>
        <source>first layer to give %1</source>
        <translation>最先产生%1的层</translation>
    </message>
    <message>
        <source>infinity</source>
        <translation>无穷大</translation>
    </message>
    <message>
        <source>calibrated again: %1</source>
        <translation>已重新校准：%1</translation>
    </message>
    <message>
        <source>the statistics will be collected again next time: %1</source>
        <translation>下次将重新收集统计：%1</translation>
    </message>
    <message numerus="yes">
        <source>arrays %1, %2 of %n sample(s)</source>
        <translation>
            <numerusform>数组 %1，%n 个样本中的 %2 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>arrays %1, %n sample(s)</source>
        <translation>
            <numerusform>数组 %1，%n 个样本</numerusform>
        </translation>
    </message>
    <message>
        <source>feeds no input of the model</source>
        <translation>不对应模型的任何输入</translation>
    </message>
    <message>
        <source>the model&apos;s fixed batch of %1 takes several rows at once, so the labels are not used</source>
        <translation>模型的固定批大小为 %1，一次取多行，因此不使用标签</translation>
    </message>
    <message numerus="yes">
        <source>the last %n row(s) left out, too few to fill a batch</source>
        <translation>
            <numerusform>最后 %n 行不足一批，已舍去</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>image folder %1, %2 of %n image(s)</source>
        <translation>
            <numerusform>图片文件夹 %1，%n 张图片中的 %2 张</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>image folder %1, %n image(s)</source>
        <translation>
            <numerusform>图片文件夹 %1，%n 张图片</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) beside the class folders left out</source>
        <translation>
            <numerusform>类别文件夹之外的 %n 张图片已舍去</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 input: a grey picture, a guess from its shape</source>
        <translation>输入 %1：灰度图片，根据形状推测</translation>
    </message>
    <message>
        <source>%1 input: CIFAR-style, a guess from its shape</source>
        <translation>输入 %1：CIFAR 类型，根据形状推测</translation>
    </message>
    <message>
        <source>%1 input: text lines of PaddleOCR, a guess from its shape</source>
        <translation>输入 %1：PaddleOCR 的文本行，根据形状推测</translation>
    </message>
    <message>
        <source>%1 input: of open size, 224x224 as for ImageNet is a guess; choose what it was trained with</source>
        <translation>输入 %1：大小不固定，推测为 ImageNet 的 224x224；请选择训练时所用的设置</translation>
    </message>
    <message>
        <source>%1 input: ImageNet-sized; its mean and deviation are a guess, TensorFlow and Caffe models want others</source>
        <translation>输入 %1：ImageNet 大小；均值和标准差只是推测，TensorFlow 和 Caffe 的模型与此不同</translation>
    </message>
    <message>
        <source>%1 input: 0 to 1 is a guess; choose what it was trained with</source>
        <translation>输入 %1：0 到 1 只是推测；请选择训练时所用的设置</translation>
    </message>
    <message>
        <source>stored in the model</source>
        <translation>存储在模型中</translation>
    </message>
    <message numerus="yes">
        <source>synthetic random data, %n sample(s)</source>
        <translation>
            <numerusform>合成随机数据，%n 个样本</numerusform>
        </translation>
    </message>
    <message>
        <source>drift of single layers is missing: %1</source>
        <translation>缺少单层漂移：%1</translation>
    </message>
    <message>
        <source>%1 is %2 in the float model and %3 in the quantized one</source>
        <translation>%1 在浮点模型中为 %2，在量化模型中为 %3</translation>
    </message>
    <message>
        <source>SQNR %1 dB</source>
        <translation>SQNR %1 dB</translation>
    </message>
    <message>
        <source>SQNR %1 dB, %2 dB on float activations: this layer loses it; keep it float or change its range</source>
        <translation>SQNR %1 dB，输入浮点激活时 %2 dB：损失来自这一层；请让它保留浮点或更改它的范围</translation>
    </message>
    <message>
        <source>SQNR %1 dB, but %2 dB on float activations: the loss comes from the layers before it</source>
        <translation>SQNR %1 dB，但输入浮点激活时 %2 dB：损失来自它之前的层</translation>
    </message>
    <message>
        <source>%1 % of the float values of %2 lie outside its range: calibrate on data like this or widen the range</source>
        <translation>%2 的浮点值有 %1 % 在其范围之外：请用类似的数据校准，或放宽范围</translation>
    </message>
    <message>
        <source>%1 of %2 channels became zero: their values are smaller than half a step of the tensor&apos;s grid; equalize the layers or keep this one float</source>
        <translation>%2 个通道中有 %1 个归零：其数值小于张量网格的半个步长；请均衡各层，或让这一层保留浮点</translation>
    </message>
    <message>
        <source>%1 of %2 samples gave NaN, counted as wrong; check the preprocessing and the ranges</source>
        <translation>%2 个样本中有 %1 个得到 NaN，按错误计；请检查预处理和范围</translation>
    </message>
    <message numerus="yes">
        <source>%n label(s) outside the %1 classes, counted as wrong; check that data and model belong together</source>
        <translation>
            <numerusform>%n 个标签不在 %1 个类别之内，按错误计；请确认数据与模型相配</numerusform>
        </translation>
    </message>
    <message>
        <source>the range of its output reaches beyond its limits; its producer runs in float</source>
        <translation>其输出的范围超出它的界限；产生它的层以浮点运行</translation>
    </message>
    <message>
        <source>not folded into %1: the weights would not be finite</source>
        <translation>未并入 %1：权重将不再是有限值</translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) did not fit in 32 bits</source>
        <translation>
            <numerusform>%n 个值超出 32 位</numerusform>
        </translation>
    </message>
    <message>
        <source>opset %1 kept because of this node; weights are quantized per tensor</source>
        <translation>因该节点保留算子集 %1；权重逐张量量化</translation>
    </message>
    <message>
        <source>opset %1 raised to 13, which per-channel quantization needs</source>
        <translation>算子集从 %1 升级到 13，逐通道量化需要它</translation>
    </message>
    <message>
        <source>kept float: weights are %1</source>
        <translation>保留浮点：权重为 %1</translation>
    </message>
    <message>
        <source>kept float: weights contain NaN or infinity</source>
        <translation>保留浮点：权重含有 NaN 或无穷大</translation>
    </message>
    <message>
        <source>kept float: no weights</source>
        <translation>保留浮点：没有权重</translation>
    </message>
    <message>
        <source>kept float: its weights are shared with a layer that has them the other way round</source>
        <translation>保留浮点：与另一层共用权重，而方向相反</translation>
    </message>
    <message>
        <source>kept float: not float32 data</source>
        <translation>保留浮点：数据不是 float32</translation>
    </message>
    <message>
        <source>kept float: integer Gemm wants alpha = beta = 1 and transA = 0</source>
        <translation>保留浮点：整数 Gemm 要求 alpha = beta = 1 且 transA = 0</translation>
    </message>
    <message>
        <source>kept float: no activation input</source>
        <translation>保留浮点：没有激活输入</translation>
    </message>
    <message>
        <source>kept float: its bias is computed</source>
        <translation>保留浮点：偏置是计算得出的</translation>
    </message>
    <message>
        <source>kept float: its bias is not one number a channel</source>
        <translation>保留浮点：偏置不是每通道一个数</translation>
    </message>
    <message>
        <source>kept float: the constant is the left operand</source>
        <translation>保留浮点：常量是左操作数</translation>
    </message>
    <message>
        <source>kept float: its weights are computed</source>
        <translation>保留浮点：权重是计算得出的</translation>
    </message>
    <message>
        <source>kept float: operator of domain %1</source>
        <translation>保留浮点：%1 域的算子</translation>
    </message>
    <message>
        <source>not float data</source>
        <translation>不是浮点数据</translation>
    </message>
    <message>
        <source>kept float: probabilities need more than 8 bits</source>
        <translation>保留浮点：概率需要 8 位以上</translation>
    </message>
    <message>
        <source>kept float: nothing around it is quantized</source>
        <translation>保留浮点：它的前后都没有量化</translation>
    </message>
    <message>
        <source>kept float: no integer kernel for %1 on this target</source>
        <translation>保留浮点：此目标平台没有 %1 的整数内核</translation>
    </message>
    <message>
        <source>per channel</source>
        <translation>逐通道</translation>
    </message>
    <message>
        <source>per tensor</source>
        <translation>逐张量</translation>
    </message>
    <message>
        <source>excluded</source>
        <translation>已排除</translation>
    </message>
    <message>
        <source>integer kernel, weights %1</source>
        <translation>整数内核，权重%1量化</translation>
    </message>
    <message>
        <source>kept float: a symmetric grid reaches below the clip limit</source>
        <translation>保留浮点：对称网格低于截断界限</translation>
    </message>
    <message>
        <source>kept float: its input has other readers</source>
        <translation>保留浮点：它的输入还有其他读取者</translation>
    </message>
    <message>
        <source>absorbed: the output grid of %1 starts and ends there</source>
        <translation>已并入：%1 的输出网格恰好在此起止</translation>
    </message>
    <message>
        <source>moves integers: same scale and zero point as its input</source>
        <translation>搬移整数：缩放系数和零点与输入相同</translation>
    </message>
    <message>
        <source>kept float: post-processing after the last layer with weights</source>
        <translation>保留浮点：最后一个带权重的层之后的后处理</translation>
    </message>
    <message>
        <source>integer kernel</source>
        <translation>整数内核</translation>
    </message>
    <message>
        <source>kept float: no integer node reads its result</source>
        <translation>保留浮点：没有整数节点读取其结果</translation>
    </message>
    <message>
        <source>%1, float output</source>
        <translation>%1，浮点输出</translation>
    </message>
    <message>
        <source>range set by hand</source>
        <translation>手动设置的范围</translation>
    </message>
    <message numerus="yes">
        <source>%1 over %n sample(s)</source>
        <translation>
            <numerusform>%1，%n 个样本</numerusform>
        </translation>
    </message>
    <message>
        <source>same grid as %1</source>
        <translation>与 %1 同一网格</translation>
    </message>
    <message>
        <source>symmetric per channel, largest magnitude</source>
        <translation>逐通道对称，取最大绝对值</translation>
    </message>
    <message>
        <source>symmetric per tensor, largest magnitude</source>
        <translation>逐张量对称，取最大绝对值</translation>
    </message>
    <message>
        <source>int32 with the scale of input times weight</source>
        <translation>int32，缩放系数为输入乘以权重</translation>
    </message>
    <message numerus="yes">
        <source>%n weight scale(s) widened so that the bias fits in 32 bits</source>
        <translation>
            <numerusform>已放大 %n 个权重缩放系数，使偏置不超出 32 位</numerusform>
        </translation>
    </message>
    <message>
        <source>%1; corrected for the rounding of the weights</source>
        <translation>%1；已校正权重舍入的误差</translation>
    </message>
    <message>
        <source>constant operand, quantized like an activation</source>
        <translation>常量操作数，按激活量化</translation>
    </message>
    <message>
        <source>this tensor is not quantized on its own; the override has no effect</source>
        <translation>该张量不单独量化；手动设置不起作用</translation>
    </message>
    <message>
        <source>ranges come from synthetic data; accuracy on real data is unknown</source>
        <translation>范围来自合成数据；在真实数据上的精度未知</translation>
    </message>
    <message>
        <source>%1 of %2 %3 nodes run in float, though planned as integers</source>
        <translation>计划为整数的 %2 个 %3 节点中有 %1 个以浮点运行</translation>
    </message>
    <message>
        <source>its statistics cannot be shown: %1</source>
        <translation>无法显示其统计：%1</translation>
    </message>
    <message>
        <source>this run could not be restored: %1</source>
        <translation>无法恢复此运行：%1</translation>
    </message>
    <message>
        <source>the model was changed after these runs were made; run again</source>
        <translation>这些运行完成后模型已更改；请重新运行</translation>
    </message>
    <message>
        <source>measured on synthetic data: the figures say nothing about accuracy</source>
        <translation>在合成数据上测量：数字不能说明精度</translation>
    </message>
    <message>
        <source>measured on the calibration data: the figures are too good; choose evaluation data</source>
        <translation>在校准数据上测量：结果偏乐观；请选择评估数据</translation>
    </message>
    <message>
        <source>kept float: the target has no integer kernel for so small a matrix</source>
        <translation>保持浮点：目标没有适合这么小矩阵的整数内核</translation>
    </message>
    <message>
        <source>no pair of its own: the target fuses it with its neighbours</source>
        <translation>没有自己的 Q/DQ 对：目标会把它与相邻层融合</translation>
    </message>
    <message>
        <source>fixed: results lie between 0 and 1</source>
        <translation>固定：结果在 0 与 1 之间</translation>
    </message>
    <message>
        <source>kept float: convolutions want calibrated ranges</source>
        <translation>保持浮点：卷积需要校准得到的范围</translation>
    </message>
    <message>
        <source>kept float: only products with constant matrices are quantized</source>
        <translation>保持浮点：只量化与常量矩阵的乘积</translation>
    </message>
    <message>
        <source>integer weights per channel, input quantized as it comes</source>
        <translation>逐通道整数权重，输入随到随量化</translation>
    </message>
    <message>
        <source>integer weights per tensor, input quantized as it comes</source>
        <translation>逐张量整数权重，输入随到随量化</translation>
    </message>
    <message>
        <source>kept float: both factors are computed</source>
        <translation>保持浮点：两个因子都是计算得出的</translation>
    </message>
    <message>
        <source>kept float: its table has other readers</source>
        <translation>保持浮点：它的表还有其他读取者</translation>
    </message>
    <message>
        <source>integer table, rows are dequantized as they are read</source>
        <translation>整数表，读取行时反量化</translation>
    </message>
    <message numerus="yes">
        <source>%n convolution(s) stay float under dynamic quantization; the strategy &apos;static&apos; runs them in integers</source>
        <translation>
            <numerusform>动态量化时有 %n 个卷积保持浮点；策略 “static” 以整数运行它们</numerusform>
        </translation>
    </message>
    <message>
        <source>the model is quantized already: open it, look at it, compare it with its float original</source>
        <translation>模型已经量化：直接打开查看，并与其浮点原模型比较</translation>
    </message>
    <message>
        <source>a language model with %1 million parameters: start from its Hugging Face folder and take GGUF for llama.cpp, AWQ or GPTQ for vLLM, NF4 for transformers</source>
        <translation>含 %1 百万参数的语言模型：请从其 Hugging Face 文件夹开始，llama.cpp 用 GGUF，vLLM 用 AWQ 或 GPTQ，transformers 用 NF4</translation>
    </message>
    <message>
        <source>%1 of its multiplications are products with constant matrices</source>
        <translation>其乘法的 %1 是与常量矩阵的乘积</translation>
    </message>
    <message>
        <source>the target wants fixed ranges, so activations have to be calibrated</source>
        <translation>目标需要固定范围，因此激活必须校准</translation>
    </message>
    <message>
        <source>ranges that are measured while it runs follow outliers and need no data</source>
        <translation>运行时测得的范围能跟随离群值，且不需要数据</translation>
    </message>
    <message>
        <source>weights take 7 bits, since 16-bit sums saturate on this target</source>
        <translation>权重取 7 位，因为该目标的 16 位累加会饱和</translation>
    </message>
    <message>
        <source>strategy &apos;static&apos; with calibration data, for what is still too slow</source>
        <translation>若仍然太慢，使用带校准数据的策略 “static”</translation>
    </message>
    <message>
        <source>attention loses much with 8-bit activations; this target has 16 bits</source>
        <translation>注意力在 8 位激活下损失很大；该目标支持 16 位</translation>
    </message>
    <message>
        <source>%1 of its multiplications are convolutions, which need calibrated ranges</source>
        <translation>其乘法的 %1 是卷积，需要校准得到的范围</translation>
    </message>
    <message>
        <source>get 100 to 300 typical samples, labels are not needed; synthetic data only shows that it runs</source>
        <translation>准备 100 到 300 个典型样本，无需标签；合成数据只能说明它能运行</translation>
    </message>
    <message>
        <source>a scale for each channel keeps small filters from drowning in large ones</source>
        <translation>逐通道缩放可避免小滤波器被大滤波器淹没</translation>
    </message>
    <message>
        <source>without labels, agreement with the float model stands for accuracy</source>
        <translation>没有标签时，以与浮点模型的一致率代替准确率</translation>
    </message>
    <message>
        <source>keep the layers with the largest drift float</source>
        <translation>让漂移最大的层保持浮点</translation>
    </message>
    <message>
        <source>%1 depthwise layers share one scale each on this target: equalize channels first</source>
        <translation>该目标上 %1 个深度卷积层各只有一个缩放因子：先均衡通道</translation>
    </message>
    <message>
        <source>it is so small that it may not become faster, only smaller</source>
        <translation>模型很小，可能不会变快，只会变小</translation>
    </message>
    <message>
        <source>%1 of its parameters are embedding tables: they are stored in 8 bits, too</source>
        <translation>其参数的 %1 是嵌入表：同样以 8 位存储</translation>
    </message>
    <message>
        <source>takes %1 times as long as the float model on this machine: keep it for its size only, or choose another strategy or target</source>
        <translation>在本机上耗时是浮点模型的 %1 倍：仅在需要减小体积时保留，或更换策略或目标</translation>
    </message>
    <message>
        <source>loses %1 points of top-1 (95 % interval %2 to %3): look at the layers that drift most</source>
        <translation>top-1 损失 %1 个百分点（95 % 区间 %2 至 %3）：请查看漂移最大的层</translation>
    </message>
    <message>
        <source>only %1 % of the predictions are those of the float model</source>
        <translation>只有 %1 % 的预测与浮点模型相同</translation>
    </message>
    <message>
        <source>symmetric per channel, least squared error</source>
        <translation>逐通道对称，平方误差最小</translation>
    </message>
    <message>
        <source>symmetric per tensor, least squared error</source>
        <translation>逐张量对称，平方误差最小</translation>
    </message>
    <message>
        <source>%1; rounded by AdaRound</source>
        <translation>%1；由 AdaRound 舍入</translation>
    </message>
    <message>
        <source>%1 layers; the error that rounding the weights makes in their outputs is %2 % of that of rounding to nearest (geometric mean)</source>
        <translation>%1 层；权重舍入在其输出中造成的误差为就近舍入的 %2 %（几何平均）</translation>
    </message>
    <message>
        <source>the float model&apos;s outputs changed before quantizing (%1 dB)</source>
        <translation>量化之前浮点模型的输出已改变（%1 dB）</translation>
    </message>
    <message>
        <source>%1; corrected on the quantized model</source>
        <translation>%1；已在量化模型上校正</translation>
    </message>
    <message>
        <source>%1 biases corrected on the quantized model; the means of a layer&apos;s channels were off by up to %2 %</source>
        <translation>%1 个偏置已在量化模型上校正；某层通道均值的偏差最大为 %2 %</translation>
    </message>
    <message>
        <source>%1 activations smoothed, %2 of them by a Mul of their own; factors differ by up to %3 times within a tensor</source>
        <translation>%1 个激活已平滑，其中 %2 个通过单独的 Mul；同一张量内因子最多相差 %3 倍</translation>
    </message>
    <message numerus="yes">
        <source>kept float: %n node(s) of its sub-graphs as well</source>
        <translation>
            <numerusform>保持浮点：其子图中的 %n 个节点也一样</numerusform>
        </translation>
    </message>
    <message>
        <source>made for %1: its accuracy can be measured here, its speed cannot; on an x86 CPU it may be 2 to 5 times slower than the file made for it</source>
        <translation>为 %1 制作：此处可以测量准确率，但不能测量速度；在 x86 CPU 上可能比专门制作的文件慢 2 到 5 倍</translation>
    </message>
    <message>
        <source>%1 needs inputs of fixed shape; this model leaves dimensions open: fix them before deploying</source>
        <translation>%1 需要固定形状的输入；该模型的维度未定：部署前请固定</translation>
    </message>
    <message>
        <source>%1, %2 of them</source>
        <translation>%1，其中 %2 个</translation>
    </message>
    <message>
        <source>kept float: it reads no constant table</source>
        <translation>保持浮点：它读取的不是常量表</translation>
    </message>
    <message>
        <source>kept float: only constant matrices are stored in blocks</source>
        <translation>保持浮点：只有常量矩阵才分块存储</translation>
    </message>
    <message>
        <source>kept float: its weight is no matrix</source>
        <translation>保持浮点：其权重不是矩阵</translation>
    </message>
    <message>
        <source>%1 bits in blocks of %2, range searched</source>
        <translation>%1 位，每块 %2 个，搜索范围</translation>
    </message>
    <message>
        <source>%1 bits in blocks of %2, rounded to nearest</source>
        <translation>%1 位，每块 %2 个，就近舍入</translation>
    </message>
    <message>
        <source>weights of %1 bits in blocks of %2, float arithmetic</source>
        <translation>权重 %1 位，每块 %2 个，浮点运算</translation>
    </message>
    <message>
        <source>kept: not a weight matrix that runtimes take quantized</source>
        <translation>保留：不是推理程序可用量化形式读取的权重矩阵</translation>
    </message>
    <message>
        <source>type of most tensors of %1</source>
        <translation>%1 中大多数张量使用的类型</translation>
    </message>
    <message>
        <source>chosen by the pattern %1</source>
        <translation>由模式 %1 指定</translation>
    </message>
    <message>
        <source>%1 gives this tensor a type of its own</source>
        <translation>%1 为此张量指定了单独的类型</translation>
    </message>
    <message>
        <source>rows of %1 are no multiple of a block of %2</source>
        <translation>行长 %1 不是 %2 块大小的整数倍</translation>
    </message>
    <message>
        <source>no two layers follow each other with nothing but activations between them</source>
        <translation>没有两层之间只隔着激活函数</translation>
    </message>
    <message>
        <source>axis %1 is outside of %2, which is %3; write the right axis</source>
        <translation>轴 %1 超出了 %2（%3）的维度；请写入正确的轴</translation>
    </message>
    <message>
        <source>%1 is %2 and has %3 scales along axis %4; write the axis they are for</source>
        <translation>%1 的形状为 %2，却沿轴 %4 有 %3 个缩放系数；请写入它们所属的轴</translation>
    </message>
    <message>
        <source>the scales of %1 go along axis %2 and its output channels along %3: the integer kernel would compute something else; quantize it again</source>
        <translation>%1 的缩放系数沿轴 %2，而其输出通道沿轴 %3：整数内核会算出别的结果；请重新量化</translation>
    </message>
    <message>
        <source>%1 has %2 scales and no axis, which means axis 1; write it</source>
        <translation>%1 有 %2 个缩放系数却没有写轴，这意味着轴 1；请写明</translation>
    </message>
    <message>
        <source>it follows the quantized layer %1 and runs in float; fold it into the weights before quantizing</source>
        <translation>它跟在已量化的层 %1 之后并以浮点运行；请在量化之前把它并入权重</translation>
    </message>
    <message>
        <source>%1 of %2 biases did not fit in 32 bits; use a larger weight scale for these channels or keep the layer in float</source>
        <translation>%2 个偏置中有 %1 个放不进 32 位；请为这些通道使用更大的权重缩放系数，或让该层保留浮点</translation>
    </message>
    <message>
        <source>the scale of its bias is not input scale x weight scale: runtimes differ in what they compute; quantize the bias again with that product</source>
        <translation>其偏置的缩放系数不是输入缩放系数与权重缩放系数之积：不同运行时的计算结果会不同；请用该乘积重新量化偏置</translation>
    </message>
    <message>
        <source>the scale of its bias is input scale x weight scale but for rounding; write the float32 product</source>
        <translation>其偏置的缩放系数与输入和权重缩放系数之积只差舍入；请写入 float32 乘积</translation>
    </message>
    <message>
        <source>its bias is float, and older runtimes then run it in float; store it as int32 behind a DequantizeLinear</source>
        <translation>其偏置为浮点，较旧的运行时会因此以浮点运行它；请存为 int32 并置于 DequantizeLinear 之后</translation>
    </message>
    <message>
        <source>%1 wants the bias in float; keep it out of DequantizeLinear</source>
        <translation>%1 要求偏置为浮点；请不要把它放在 DequantizeLinear 之后</translation>
    </message>
    <message>
        <source>its bias is %1; integer kernels want int32</source>
        <translation>其偏置为 %1；整数内核要求 int32</translation>
    </message>
    <message>
        <source>the grid behind %1 reaches beyond its limits, so it is not absorbed and this layer runs in float; use an asymmetric range within them</source>
        <translation>%1 之后的网格超出其界限，因此无法并入，该层以浮点运行；请使用界限之内的非对称范围</translation>
    </message>
    <message>
        <source>its data is in &apos;%1&apos;, which is not a file name beside the model; save the model again</source>
        <translation>其数据在“%1”中，这不是模型旁边的文件名；请重新保存模型</translation>
    </message>
    <message numerus="yes">
        <source>%n large tensor(s) at offsets that are no multiple of 4096, so not to be mapped into memory: save the model again</source>
        <translation>
            <numerusform>%n 个大张量的偏移不是 4096 的倍数，无法映射到内存：请重新保存模型</numerusform>
        </translation>
    </message>
    <message>
        <source>the model is over the 2 GiB that protobuf can hold; keep its tensors in a file beside it</source>
        <translation>模型超过 protobuf 所能容纳的 2 GiB；请把张量存放在旁边的文件中</translation>
    </message>
    <message numerus="yes">
        <source>no integer kernel for %n %1 node(s), the first %2: the input is dequantized and the result quantized again</source>
        <translation>
            <numerusform>%n 个 %1 节点（第一个为 %2）没有整数内核：输入被反量化，结果又被重新量化</numerusform>
        </translation>
    </message>
    <message>
        <source>ONNX Runtime runs it in float although its operands are quantized: mend what the other findings of this layer say, or keep it in float</source>
        <translation>尽管操作数已量化，ONNX Runtime 仍以浮点运行它：请修正该层其他检查结果所指出的问题，或让它保留浮点</translation>
    </message>
    <message>
        <source>%1 is quantized and dequantized again with nothing in integers on either side, which costs time and accuracy; take the pair out</source>
        <translation>%1 被量化后又反量化，两侧都没有整数运算，既费时又损失精度；请去掉这一对</translation>
    </message>
    <message>
        <source>%1 nodes have this name, so tools cannot tell them apart; give each its own</source>
        <translation>有 %1 个节点使用此名称，工具无法区分；请让每个节点各有名称</translation>
    </message>
    <message>
        <source>it is not where the float model has it, so programs that use the model fail; keep names and order of inputs and outputs</source>
        <translation>它不在浮点模型中的位置，使用该模型的程序会失败；请保持输入和输出的名称与顺序</translation>
    </message>
    <message>
        <source>it is %1 %2 and was %3 %4 in the float model; keep type and shape</source>
        <translation>它是 %1 %2，在浮点模型中是 %3 %4；请保持类型与形状</translation>
    </message>
    <message>
        <source>only its weights are quantized: the file is smaller, and it runs in float; quantize its input too</source>
        <translation>只量化了它的权重：文件变小，但以浮点运行；请同时量化其输入</translation>
    </message>
    <message>
        <source>%1 does not come from a DequantizeLinear as the other operands do, so it runs in float; quantize that too</source>
        <translation>%1 不像其他操作数那样来自 DequantizeLinear，因此该层以浮点运行；请把它也量化</translation>
    </message>
    <message>
        <source>int8 activations are multiplied by uint8 weights, for which there are no fast kernels; use int8 weights</source>
        <translation>int8 激活与 uint8 权重相乘，没有快速内核；请使用 int8 权重</translation>
    </message>
    <message>
        <source>ConvInteger with int8 weights does not load before ONNX Runtime 1.30; use uint8 weights or static quantization</source>
        <translation>带 int8 权重的 ConvInteger 在 ONNX Runtime 1.30 之前无法加载；请使用 uint8 权重或静态量化</translation>
    </message>
    <message>
        <source>%1 came with IR version %2 and the file says %3; set its IR version</source>
        <translation>%1 自 IR 版本 %2 起才有，而文件标明 %3；请设置其 IR 版本</translation>
    </message>
    <message>
        <source>%1 needs opset %2 and the file says %3; raise its opset</source>
        <translation>%1 需要算子集 %2，而文件标明 %3；请升级算子集</translation>
    </message>
    <message>
        <source>ONNX Runtime makes no integer kernels of a model of opset %1; raise it to 13 or newer</source>
        <translation>ONNX Runtime 不会为算子集 %1 的模型生成整数内核；请升级到 13 或更新</translation>
    </message>
    <message>
        <source>%1 is quantized %2 times on the same grid, which keeps its layer from being an integer kernel; let all readers share one QuantizeLinear</source>
        <translation>%1 在同一网格上被量化了 %2 次，使其所在层无法成为整数内核；请让所有读取者共用一个 QuantizeLinear</translation>
    </message>
    <message>
        <source>%1 is quantized %2 times on different grids, which keeps its layer from being an integer kernel; choose one grid for all readers</source>
        <translation>%1 在不同网格上被量化了 %2 次，使其所在层无法成为整数内核；请为所有读取者选定一个网格</translation>
    </message>
    <message>
        <source>%1 is read in float beside its QuantizeLinear, so its layer runs in float; let every reader take the value behind the DequantizeLinear</source>
        <translation>%1 除 QuantizeLinear 外还以浮点被读取，因此其所在层以浮点运行；请让每个读取者取 DequantizeLinear 之后的值</translation>
    </message>
    <message>
        <source>ONNX Runtime refuses the model: %1</source>
        <translation>ONNX Runtime 拒绝该模型：%1</translation>
    </message>
    <message>
        <source>it does not run on made-up data: %1</source>
        <translation>它无法在合成数据上运行：%1</translation>
    </message>
    <message>
        <source>the integer kernels and the same model computed in float agree to %1 dB only: see the other findings, or use 7-bit weights on processors without VNNI</source>
        <translation>整数内核与以浮点计算的同一模型只吻合到 %1 dB：请看其他检查结果，或在没有 VNNI 的处理器上使用 7 位权重</translation>
    </message>
    <message>
        <source>%1 and its result are on different grids, so it runs in float; give both the wider scale and its zero point</source>
        <translation>%1 与其结果不在同一网格上，因此该层以浮点运行；请让两者都用较宽的缩放系数及其零点</translation>
    </message>
    <message>
        <source>%1 % of its weights overflow the 16-bit sums of %2 where activations are high; use 7-bit weights</source>
        <translation>激活较大时，其 %1 % 的权重会使 %2 的 16 位累加溢出；请使用 7 位权重</translation>
    </message>
    <message>
        <source>%1 of %2 scales in %3 not positive and finite (%4 …): quantize this tensor again</source>
        <translation>%3 的 %2 个缩放系数中有 %1 个不是有限正数（%4 …）：请重新量化该张量</translation>
    </message>
    <message>
        <source>%1 of %2 scales in %3 too small for hardware, which takes them for 0: widen the range of this tensor</source>
        <translation>%3 的 %2 个缩放系数中有 %1 个对硬件而言过小，会被当作 0：请放宽该张量的范围</translation>
    </message>
    <message>
        <source>its weights are %1; %2 runs products below %3 rows or columns faster in float: exclude it</source>
        <translation>其权重为 %1；%2 以浮点运行少于 %3 行或列的矩阵乘更快：请排除它</translation>
    </message>
    <message>
        <source>%1 and %2 hold the same integers; let both layers share one</source>
        <translation>%1 与 %2 存有相同的整数；请让两层共用一份</translation>
    </message>
    <message>
        <source>%1 is still stored in float as %2, which nothing reads; remove it</source>
        <translation>%1 仍以浮点存为 %2，而无人读取；请删除</translation>
    </message>
    <message>
        <source>%1 is stored in float too, as %2, for a layer that reads it in float; quantize that layer as well to save the room</source>
        <translation>%1 还以浮点存为 %2，供一个以浮点读取的层使用；把该层也量化可节省空间</translation>
    </message>
    <message>
        <source>%1 is quantized %2 times, so it is kept as often in memory; let all layers share one QuantizeLinear</source>
        <translation>%1 被量化了 %2 次，在内存中也保存同样多份；请让所有层共用一个 QuantizeLinear</translation>
    </message>
    <message>
        <source>%1 refuses zero points other than 0; calibrate %2 symmetrically</source>
        <translation>%1 不接受 0 以外的零点；请对 %2 做对称校准</translation>
    </message>
    <message>
        <source>its weights are %1; %2 has kernels for %3</source>
        <translation>其权重为 %1；%2 有用于 %3 的内核</translation>
    </message>
    <message>
        <source>its weights have a scale for each channel; the kernels of %1 take one for all: quantize for this target</source>
        <translation>其权重每个通道各有一个缩放系数；%1 的内核只接受一个：请针对该目标平台量化</translation>
    </message>
    <message numerus="yes">
        <source>%n activation(s) in %1, the first at %2; %3 has kernels for %4: quantize for this target</source>
        <translation>
            <numerusform>%n 个激活为 %1，第一个在 %2；%3 有用于 %4 的内核：请针对该目标平台量化</numerusform>
        </translation>
    </message>
    <message>
        <source>its shape %1 is not fixed, and %2 takes fixed ones only; export the model with the sizes it will run with</source>
        <translation>其形状 %1 未固定，而 %2 只接受固定形状；请以实际运行的尺寸导出模型</translation>
    </message>
    <message>
        <source>the channels of %1 have different zero points, at which older runtimes fail; quantize the weights symmetrically</source>
        <translation>%1 的各通道零点不同，较旧的运行时会因此失败；请对权重做对称量化</translation>
    </message>
    <message>
        <source>%1 has zero point %2, which costs every product a correction and some kernels refuse; quantize the weights symmetrically</source>
        <translation>%1 的零点为 %2，每次乘法都要修正，有些内核还会拒绝；请对权重做对称量化</translation>
    </message>
    <message numerus="yes">
        <source>%n integer(s) of %1 at -128, where some kernels want -127 to 127: quantize the weights symmetrically</source>
        <translation>
            <numerusform>%1 中有 %n 个整数为 -128，而有些内核要求 -127 至 127：请对权重做对称量化</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 is %2 and its zero point %3 is %4; give both one type</source>
        <translation>%1 是 %2，而其零点 %3 是 %4；请让两者类型一致</translation>
    </message>
    <message>
        <source>%1 has %2 scales and %3 zero points; give it as many of each</source>
        <translation>%1 有 %2 个缩放系数和 %3 个零点；请让两者个数相同</translation>
    </message>
    <message>
        <source>%1 is int32 and its zero point is not 0; make it 0</source>
        <translation>%1 是 int32，而其零点不为 0；请设为 0</translation>
    </message>
    <message>
        <source>%1 is written on one grid and read on another, which changes its values; give both ends one scale and zero point</source>
        <translation>%1 写入与读取所用的网格不同，数值因此改变；请让两端使用同一缩放系数和零点</translation>
    </message>
    <message>
        <source>as the file has it</source>
        <translation>如文件所示</translation>
    </message>
    <message>
        <source>the weights use %1 bits but are stored as %2, because runtimes have no kernels for fewer; the file is as large as with 8</source>
        <translation>权重使用 %1 位，但以 %2 存储，因为运行时没有更低位宽的内核；文件大小与 8 位时相同</translation>
    </message>
    <message>
        <source>best use of the size asked for</source>
        <translation>在要求的大小内的最佳用法</translation>
    </message>
    <message>
        <source>is of another model, recipe or data; training started anew</source>
        <translation>属于另一个模型、配方或数据；训练已重新开始</translation>
    </message>
    <message>
        <source>training went on in epoch %1</source>
        <translation>训练从第 %1 轮继续</translation>
    </message>
    <message>
        <source>no better epoch after epoch %1</source>
        <translation>第 %1 轮之后没有更好的轮次</translation>
    </message>
    <message>
        <source>as trained, epoch %1</source>
        <translation>训练所得，第 %1 轮</translation>
    </message>
    <message>
        <source>goes on where it was ended: %1 of %2 are done</source>
        <translation>从中断处继续：%2 个中已完成 %1 个</translation>
    </message>
    <message>
        <source>takes %1 MB on the disk, where %2 MB are free, and up to %3 MB of memory</source>
        <translation>需要 %1 MB 磁盘空间（可用 %2 MB），最多 %3 MB 内存</translation>
    </message>
    <message>
        <source>opset %1 raised to 21, which blocks behind DequantizeLinear need</source>
        <translation>算子集 %1 已升级到 21，DequantizeLinear 之后的块需要它</translation>
    </message>
    <message>
        <source>ONNX Runtime rounds the inputs of blocks behind DequantizeLinear to 8 bits, unless the application sets %1 to 0</source>
        <translation>ONNX Runtime 会把 DequantizeLinear 之后各块的输入取整到 8 位，除非应用程序把 %1 设为 0</translation>
    </message>
    <message>
        <source>%1 pairs of layers, %2 channels; factors differ by up to %3 times within a pair; %4 channels reach the limit of a Clip and keep to it; %5 dB less noise expected</source>
        <translation>%1 对层，%2 个通道；同一对内因子最多相差 %3 倍；%4 个通道达到 Clip 的上限并保持不变；预计噪声降低 %5 dB</translation>
    </message>
    <message numerus="yes">
        <source>%n sample(s) could not be read when these statistics were collected</source>
        <translation>
            <numerusform>收集这些统计时有 %n 个样本无法读取</numerusform>
        </translation>
    </message>
    <message>
        <source>kept float: %1 was folded into it</source>
        <translation>保留浮点：%1 已并入此层</translation>
    </message>
    <message>
        <source>the file is a float model: no layer is one that %1 quantizes for %2, or all of these are excluded; the plan has the reason for each</source>
        <translation>文件是浮点模型：没有 %1 可为 %2 量化的层，或者这些层全部被排除；各层的原因见计划</translation>
    </message>
    <message>
        <source>the loss was no longer finite in epoch %1, so training ended with epoch %2; lower the learning rate</source>
        <translation>损失在第 %1 轮不再是有限值，训练以第 %2 轮的结果结束；请降低学习率</translation>
    </message>
    <message>
        <source>is damaged; training started anew</source>
        <translation>已损坏；训练已重新开始</translation>
    </message>
    <message>
        <source>the embeddings are the output matrix, too: they stay %1</source>
        <translation>词嵌入同时也是输出矩阵：保持 %1</translation>
    </message>
    <message>
        <source>the embeddings are the output matrix, too: stored once, as %1</source>
        <translation>词嵌入同时也是输出矩阵：只存储一份，类型为 %1</translation>
    </message>
    <message numerus="yes">
        <source>another type than asked for in %n tensor(s); %1 becomes %2: %3</source>
        <translation>
            <numerusform>%n 个张量使用了与要求不同的类型；%1 变为 %2：%3</numerusform>
        </translation>
    </message>
    <message>
        <source>one file for several platforms: INT8 for ONNX Runtime, with unsigned activations and signed weights, runs in integers on x86 and ARM (target &apos;%1&apos;)</source>
        <translation>一个文件用于多个平台：ONNX Runtime 的 INT8，无符号激活与有符号权重，在 x86 与 ARM 上都以整数运行（目标“%1”）</translation>
    </message>
    <message>
        <source>the setting &apos;reduce_range&apos;, where accuracy drops on x86 machines without VNNI</source>
        <translation>若在没有 VNNI 的 x86 机器上精度下降，使用设置“reduce_range”</translation>
    </message>
    <message>
        <source>as ONNX, 4-bit weights in blocks: each token reads every weight once, so that bytes decide the speed</source>
        <translation>作为 ONNX，用分块的 4 位权重：每个词元都要把每个权重读一遍，因此字节数决定速度</translation>
    </message>
    <message>
        <source>blocks of 8 bits, or smaller ones (bits, block_size)</source>
        <translation>8 位的块，或更小的块（bits、block_size）</translation>
    </message>
    <message>
        <source>this target has no kernels for weights in blocks</source>
        <translation>该目标没有分块权重的内核</translation>
    </message>
    <message>
        <source>nothing else in it could become integers on this target; choose another target, or replace those layers before training</source>
        <translation>在该目标上其余部分也无法变为整数；请换一个目标，或在训练前替换这些层</translation>
    </message>
    <message>
        <source>%1 of its multiplications are convolutions; they stay float under &apos;dynamic&apos;</source>
        <translation>其乘法的 %1 是卷积；用“dynamic”时它们保持浮点</translation>
    </message>
    <message>
        <source>%1 of its multiplications are in LSTM layers, whose states have no fixed range</source>
        <translation>其乘法的 %1 在 LSTM 层中，其状态没有固定范围</translation>
    </message>
    <message>
        <source>LSTM layers stay float: %1 of its multiplications</source>
        <translation>LSTM 层保持浮点：占其乘法的 %1</translation>
    </message>
    <message>
        <source>GRU and RNN layers stay float, %1 of its multiplications: the runtime has no integer kernel for them</source>
        <translation>GRU 与 RNN 层保持浮点，占其乘法的 %1：运行时没有它们的整数内核</translation>
    </message>
    <message>
        <source>no more than %1 points may be lost: training with the rounding simulated gives the best accuracy</source>
        <translation>最多只可损失 %1 个百分点：模拟舍入的训练精度最高</translation>
    </message>
    <message>
        <source>strategy &apos;qat&apos;, quantization-aware training, when more than %1 points are lost</source>
        <translation>若损失超过 %1 个百分点，使用策略“qat”，即量化感知训练</translation>
    </message>
    <message>
        <source>strategy &apos;qat&apos;, quantization-aware training, when more than %1 points are lost: it takes time and some thousand samples, with or without labels</source>
        <translation>若损失超过 %1 个百分点，使用策略“qat”，即量化感知训练：需要时间和几千个样本，有无标签均可</translation>
    </message>
    <message>
        <source>nothing to tune: open a ready-made quantized model, from its makers, the ONNX model zoo or Hugging Face; it shows its scales and precisions, and is compared with this one as the float original</source>
        <translation>不想调优：打开现成的量化模型，来自模型作者、ONNX 模型库或 Hugging Face；可查看其缩放系数与精度，并与作为浮点原模型的本模型比较</translation>
    </message>
    <message>
        <source>where there is none, strategy &apos;%1&apos; with its settings as they are</source>
        <translation>若没有现成的，使用策略“%1”及其默认设置</translation>
    </message>
    <message>
        <source>a language model with %1 million parameters, %2</source>
        <translation>含 %1 百万参数的语言模型，%2</translation>
    </message>
    <message>
        <source>no form that it could be stored in is known here</source>
        <translation>没有已知的格式可以存放它</translation>
    </message>
    <message>
        <source>adapters can be trained on NF4 weights (QLoRA)</source>
        <translation>可以在 NF4 权重上训练适配器（QLoRA）</translation>
    </message>
    <message>
        <source>strategy &apos;llm-int8&apos;: twice the size, hardly any loss</source>
        <translation>策略“llm-int8”：大小为两倍，几乎没有损失</translation>
    </message>
    <message>
        <source>on GPUs vLLM serves AWQ with kernels of its own</source>
        <translation>在 GPU 上，vLLM 用专门的内核运行 AWQ</translation>
    </message>
    <message>
        <source>strategy &apos;gptq&apos; with activation order, or groups of 32</source>
        <translation>策略“gptq”并按激活排序，或每组 32 个</translation>
    </message>
    <message>
        <source>one file for several platforms: llama.cpp runs it on all</source>
        <translation>一个文件用于多个平台：llama.cpp 在各平台上都能运行</translation>
    </message>
    <message>
        <source>little may be lost: Q6_K is hard to tell from the original</source>
        <translation>只可损失很少：Q6_K 与原模型几乎没有区别</translation>
    </message>
    <message>
        <source>type Q5_K_M or Q6_K, which are larger and closer</source>
        <translation>类型 Q5_K_M 或 Q6_K，更大也更接近</translation>
    </message>
    <message>
        <source>a calibration text, of which an importance matrix is made: closer at the same size</source>
        <translation>校准文本，用它计算重要性矩阵：大小相同而更接近</translation>
    </message>
    <message>
        <source>GGUF, Q4_K_M: %1; for llama.cpp and what is built on it, on CPUs and GPUs; needs no text</source>
        <translation>GGUF，Q4_K_M：%1；用于 llama.cpp 及基于它的程序，CPU 与 GPU 均可；不需要文本</translation>
    </message>
    <message>
        <source>AWQ: about %1; for vLLM on GPUs; finds in a text which weights matter, so that 4 bits cost less</source>
        <translation>AWQ：约 %1；用于 GPU 上的 vLLM；从文本中找出重要的权重，因此 4 位损失更小</translation>
    </message>
    <message>
        <source>NF4: about %1; for transformers with bitsandbytes; needs no text, and can be fine-tuned</source>
        <translation>NF4：约 %1；用于 transformers 与 bitsandbytes；不需要文本，并可微调</translation>
    </message>
    <message>
        <source>this machine has no VNNI, so that sums of products of %1 files may saturate at 16 bits: accuracy is lower here than where they belong; for machines like this set &apos;reduce_range&apos; or choose a target with 7-bit weights</source>
        <translation>本机没有 VNNI，%1 文件的乘积之和可能在 16 位饱和：此处的精度低于其所属的机器；对这类机器请设置“reduce_range”，或选择使用 7 位权重的目标</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) inside of If, Loop or Scan stay float, the first in %1; export each branch as a model of its own to quantize them</source>
        <translation>
            <numerusform>If、Loop 或 Scan 内部有 %n 个层保持浮点，第一个在 %1 中；如需量化，请将每个分支导出为单独的模型</numerusform>
        </translation>
    </message>
    <message>
        <source>kept float: the integer LSTM wants the sequence first (layout 0)</source>
        <translation>保持浮点：整数 LSTM 要求序列维在前（layout 0）</translation>
    </message>
    <message>
        <source>its weights are in float, so it runs in float, though its input is quantized: quantize its weights too, or take the pairs around it out</source>
        <translation>其权重为浮点，因此尽管输入已量化，它仍以浮点运行：请同时量化其权重，或去掉其周围的量化对</translation>
    </message>
    <message>
        <source>kept float: part of a GELU, which is one kernel</source>
        <translation>保持浮点：属于 GELU，它是一个内核</translation>
    </message>
    <message>
        <source>kept float: the product before it gives float at no cost</source>
        <translation>保持浮点：前面的乘积无需额外代价即可输出浮点</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Preparing the model</source>
        <translation>正在准备模型</translation>
    </message>
    <message>
        <source>Collecting statistics</source>
        <translation>正在收集统计</translation>
    </message>
    <message>
        <source>Planning</source>
        <translation>正在规划</translation>
    </message>
    <message>
        <source>Quantizing</source>
        <translation>正在量化</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>正在验证</translation>
    </message>
    <message>
        <source>Measuring accuracy</source>
        <translation>正在测量精度</translation>
    </message>
    <message>
        <source>Measuring latency</source>
        <translation>正在测量延迟</translation>
    </message>
    <message>
        <source>Measuring drift</source>
        <translation>正在测量漂移</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>正在保存</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>正在写报告</translation>
    </message>
    <message>
        <source>Inferring shapes</source>
        <translation>正在推断形状</translation>
    </message>
    <message>
        <source>Comparing the models</source>
        <translation>正在比较模型</translation>
    </message>
    <message>
        <source>Restoring the runs</source>
        <translation>正在恢复运行</translation>
    </message>
    <message>
        <source>Equalizing layers</source>
        <translation>正在均衡各层</translation>
    </message>
    <message>
        <source>Smoothing activations</source>
        <translation>正在平滑激活</translation>
    </message>
    <message>
        <source>Choosing the rounding of weights</source>
        <translation>正在选择权重的舍入方向</translation>
    </message>
    <message>
        <source>Correcting biases</source>
        <translation>正在校正偏置</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>Measuring sensitivity</source>
        <translation>测量敏感度</translation>
    </message>
    <message>
        <source>Weighing types</source>
        <translation>权衡类型</translation>
    </message>
    <message>
        <source>Reading training data</source>
        <translation>读取训练数据</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Comparing with the simulation</source>
        <translation>与模拟结果比较</translation>
    </message>
</context>
<context>
    <name>Strategy</name>
    <message>
        <source>Static INT8</source>
        <translation>静态 INT8</translation>
    </message>
    <message>
        <source>INT8 weights and activations, ranges from calibration data: for CNNs on CPU and edge.</source>
        <translation>权重和激活均为 INT8，范围来自校准数据：适合 CPU 和边缘设备上的 CNN。</translation>
    </message>
    <message>
        <source>Dynamic INT8</source>
        <translation>动态 INT8</translation>
    </message>
    <message>
        <source>INT8 weights; activations get their scale while the model runs. No calibration: for transformers and recurrent networks.</source>
        <translation>权重为 INT8；激活在模型运行时得到缩放因子。无需校准：适合 Transformer 与循环网络。</translation>
    </message>
    <message>
        <source>Weight-only 4 / 8 bit</source>
        <translation>仅权重 4 / 8 位</translation>
    </message>
    <message>
        <source>Matrices in blocks of 4 or 8 bits (MatMulNBits), activations in float. No calibration: for language models on ONNX Runtime.</source>
        <translation>矩阵以 4 或 8 位分块（MatMulNBits），激活为浮点。无需校准：适合 ONNX Runtime 上的语言模型。</translation>
    </message>
    <message>
        <source>AWQ for vLLM</source>
        <translation>用于 vLLM 的 AWQ</translation>
    </message>
    <message>
        <source>4 bits a weight; inputs that matter are found in a text and kept finer.</source>
        <translation>每个权重 4 位；通过文本找出重要的输入并保留得更精细。</translation>
    </message>
    <message>
        <source>FP4 for bitsandbytes</source>
        <translation>用于 bitsandbytes 的 FP4</translation>
    </message>
    <message>
        <source>4 bits a weight in blocks of 64, as transformers and vLLM load them with bitsandbytes. No text needed.</source>
        <translation>每个权重 4 位，每块 64 个，transformers 与 vLLM 用 bitsandbytes 加载。无需文本。</translation>
    </message>
    <message>
        <source>GGUF for llama.cpp</source>
        <translation>用于 llama.cpp 的 GGUF</translation>
    </message>
    <message>
        <source>Q2_K to Q8_0 and their mixes, in one file with the tokenizer, byte for byte as llama.cpp&apos;s quantizer makes it.</source>
        <translation>Q2_K 至 Q8_0 及其混合，与分词器同在一个文件中，与 llama.cpp 量化器的结果逐字节相同。</translation>
    </message>
    <message>
        <source>GPTQ for vLLM and transformers</source>
        <translation>用于 vLLM 与 transformers 的 GPTQ</translation>
    </message>
    <message>
        <source>2 to 8 bits a weight; what rounding a column loses is taken back in those that follow. Needs a text.</source>
        <translation>每个权重 2 至 8 位；一列舍入的损失在后续列中补回。需要文本。</translation>
    </message>
    <message>
        <source>HQQ, without data</source>
        <translation>HQQ，无需数据</translation>
    </message>
    <message>
        <source>Each group&apos;s zero is moved until outliers stop mattering; a GPTQ checkpoint. No text needed.</source>
        <translation>移动每组的零点直到离群值不再重要；生成 GPTQ 检查点。无需文本。</translation>
    </message>
    <message>
        <source>LLM.int8 for bitsandbytes</source>
        <translation>用于 bitsandbytes 的 LLM.int8</translation>
    </message>
    <message>
        <source>8 bits a weight; inputs above the threshold are computed in 16 bits. No text needed.</source>
        <translation>每个权重 8 位；超过阈值的输入以 16 位计算。无需文本。</translation>
    </message>
    <message>
        <source>NF4 for bitsandbytes</source>
        <translation>用于 bitsandbytes 的 NF4</translation>
    </message>
    <message>
        <source>Round to nearest</source>
        <translation>就近舍入</translation>
    </message>
    <message>
        <source>The yardstick: every weight to the nearest code of its group; a GPTQ checkpoint. No text needed.</source>
        <translation>基准：每个权重取本组最近的码；生成 GPTQ 检查点。无需文本。</translation>
    </message>
    <message>
        <source>Quantization-aware training</source>
        <translation>量化感知训练</translation>
    </message>
    <message>
        <source>Static INT8, then training with the rounding simulated: where accuracy matters most, or few bits cost too much.</source>
        <translation>先做静态 INT8，再在模拟舍入的条件下训练：适合最看重精度，或位数少而损失过大的情形。</translation>
    </message>
</context>
<context>
    <name>Target</name>
    <message>
        <source>ARM, XNNPACK and NEON dot product</source>
        <translation>ARM，XNNPACK 与 NEON 点积</translation>
    </message>
    <message>
        <source>Phones and ARM servers (SDOT / SMMLA, XNNPACK qs8/qc8). On x86 signed activations run slowly.</source>
        <translation>手机和 ARM 服务器（SDOT / SMMLA，XNNPACK qs8/qc8）。在 x86 上有符号激活运行较慢。</translation>
    </message>
    <message>
        <source>ONNX Runtime on any CPU</source>
        <translation>任意 CPU 上的 ONNX Runtime</translation>
    </message>
    <message>
        <source>x86 without VNNI (AVX2, AVX-512)</source>
        <translation>无 VNNI 的 x86（AVX2、AVX-512）</translation>
    </message>
    <message>
        <source>Older Intel and AMD. Weights use 7 bits, so that the 16-bit sums of VPMADDUBSW cannot saturate; safe everywhere, slightly less accurate.</source>
        <translation>较老的 Intel 和 AMD。权重用 7 位，使 VPMADDUBSW 的 16 位累加不会饱和；处处安全，精度略低。</translation>
    </message>
    <message>
        <source>x86 with VNNI (AVX-512 VNNI, AVX-VNNI, AMX)</source>
        <translation>有 VNNI 的 x86（AVX-512 VNNI、AVX-VNNI、AMX）</translation>
    </message>
    <message>
        <source>Intel from Ice Lake / Cascade Lake, AMD from Zen 4. On older x86 the same file loses accuracy: 16-bit sums saturate.</source>
        <translation>Intel Ice Lake / Cascade Lake 起，AMD Zen 4 起。在更老的 x86 上同一文件会损失精度：16 位累加会饱和。</translation>
    </message>
    <message>
        <source>ARM, QNNPACK</source>
        <translation>ARM，QNNPACK</translation>
    </message>
    <message>
        <source>Older phones and PyTorch Mobile: one scale for a whole weight, so that networks with depthwise convolutions want equalization or training.</source>
        <translation>较旧的手机与 PyTorch Mobile：整个权重只有一个缩放因子，含深度卷积的网络需要均衡或训练。</translation>
    </message>
    <message>
        <source>Intel OpenVINO</source>
        <translation>Intel OpenVINO</translation>
    </message>
    <message>
        <source>Qualcomm HTP (QNN)</source>
        <translation>Qualcomm HTP（QNN）</translation>
    </message>
    <message>
        <source>NVIDIA TensorRT</source>
        <translation>NVIDIA TensorRT</translation>
    </message>
    <message>
        <source>NVIDIA GPUs. Signed, symmetric, biases in float; on a CPU most of such a file runs in float.</source>
        <translation>NVIDIA GPU。有符号、对称、偏置为浮点；这样的文件在 CPU 上大部分以浮点运行。</translation>
    </message>
    <message>
        <source>One file for x86 and ARM: unsigned activations and signed weights load and run in integers on both. On x86 without VNNI 16-bit sums may saturate: use 7-bit weights there.</source>
        <translation>x86 与 ARM 共用一个文件：无符号激活与有符号权重在两者上都能加载并以整数运行。在没有 VNNI 的 x86 上 16 位累加可能饱和：请在那里使用 7 位权重。</translation>
    </message>
    <message>
        <source>Intel CPUs, GPUs and NPUs through OpenVINO, which moves the pairs on the inputs of operators to where its kernels want them. ONNX Runtime on a CPU fuses few of them and runs most operators in float.</source>
        <translation>通过 OpenVINO 用于 Intel CPU、GPU 与 NPU，它会把算子输入上的量化对移到其内核需要的位置。CPU 上的 ONNX Runtime 只能融合其中少数，大多数算子以浮点运行。</translation>
    </message>
    <message>
        <source>Snapdragon NPUs through ONNX Runtime&apos;s QNN provider. Every operator it keeps has to be quantized; 16-bit activations rescue what 8 bits lose; shapes must be fixed. A CPU has no integer kernels for 16 bits nor for many of these operators, and such a file is slower there than the float one.</source>
        <translation>通过 ONNX Runtime 的 QNN 提供程序用于骁龙 NPU。它保留的每个算子都必须量化；16 位激活可挽回 8 位的损失；形状必须固定。CPU 没有 16 位以及其中许多算子的整数内核，这样的文件在 CPU 上比浮点文件更慢。</translation>
    </message>
</context>
<context>
    <name>TensorKind</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Norm</source>
        <translation>归一化</translation>
    </message>
    <message>
        <source>Q</source>
        <translation>Q</translation>
    </message>
    <message>
        <source>K</source>
        <translation>K</translation>
    </message>
    <message>
        <source>V</source>
        <translation>V</translation>
    </message>
    <message>
        <source>QKV</source>
        <translation>QKV</translation>
    </message>
    <message>
        <source>Q norm</source>
        <translation>Q 归一化</translation>
    </message>
    <message>
        <source>K norm</source>
        <translation>K 归一化</translation>
    </message>
    <message>
        <source>O</source>
        <translation>O</translation>
    </message>
    <message>
        <source>O norm</source>
        <translation>O 归一化</translation>
    </message>
    <message>
        <source>MLP norm</source>
        <translation>MLP 归一化</translation>
    </message>
    <message>
        <source>Router</source>
        <translation>路由</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>门控</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>升维</translation>
    </message>
    <message>
        <source>Down</source>
        <translation>降维</translation>
    </message>
    <message>
        <source>Down norm</source>
        <translation>降维归一化</translation>
    </message>
</context>
<context>
    <name>qs::AboutDialog</name>
    <message>
        <source>About Quantization Studio</source>
        <translation>关于 Quantization Studio</translation>
    </message>
    <message>
        <source>Quantization Studio %1</source>
        <translation>Quantization Studio %1</translation>
    </message>
    <message>
        <source>Makes neural networks small and fast, and shows what that costs: layer by layer, measured with the kernels that will run.</source>
        <translation>让神经网络又小又快，并展示其代价：逐层展示，用实际运行的内核测量。</translation>
    </message>
    <message>
        <source>Built with Qt %1, %2, QCustomPlot, OpenCV and ONNX.</source>
        <translation>使用 Qt %1、%2、QCustomPlot、OpenCV 和 ONNX 构建。</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later. It comes with no warranty.</source>
        <translation>自由软件，遵循 GNU 通用公共许可证第 3 版或更高版本。不提供任何担保。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>qs::Actions</name>
    <message>
        <source>&amp;Open model…</source>
        <translation>打开模型(&amp;O)…</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open an ONNX model</source>
        <translation>打开 ONNX 模型</translation>
    </message>
    <message>
        <source>Open &amp;project…</source>
        <translation>打开项目(&amp;P)…</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Open a project with its runs</source>
        <translation>打开项目及其运行结果</translation>
    </message>
    <message>
        <source>&amp;Add a quantized model…</source>
        <translation>添加量化模型(&amp;A)…</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Compare a model that was quantized by any tool with the runs</source>
        <translation>把任意工具量化的模型与各次运行比较</translation>
    </message>
    <message>
        <source>&amp;Save project</source>
        <translation>保存项目(&amp;S)</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save model, settings and runs as a project</source>
        <translation>把模型、设置和运行结果保存为项目</translation>
    </message>
    <message>
        <source>Save project &amp;as…</source>
        <translation>项目另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>另存为</translation>
    </message>
    <message>
        <source>Save the project under another name</source>
        <translation>以另一个名称保存项目</translation>
    </message>
    <message>
        <source>&amp;Export ONNX…</source>
        <translation>导出 ONNX(&amp;E)…</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export the quantized model of the current run</source>
        <translation>导出当前运行得到的量化模型</translation>
    </message>
    <message>
        <source>Export &amp;report…</source>
        <translation>导出报告(&amp;R)…</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Write a report of all runs into a folder</source>
        <translation>把所有运行的报告写到一个文件夹</translation>
    </message>
    <message>
        <source>&amp;Close model</source>
        <translation>关闭模型(&amp;C)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close the model and its runs</source>
        <translation>关闭模型及其运行结果</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Quit the program</source>
        <translation>退出程序</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Calibrate, quantize, measure drift and evaluate</source>
        <translation>校准、量化、测量漂移并评估</translation>
    </message>
    <message>
        <source>&amp;Cancel the run</source>
        <translation>取消运行(&amp;C)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>停止运行</translation>
    </message>
    <message>
        <source>&amp;Reset the layout</source>
        <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
        <source>Put all panels where they were at first</source>
        <translation>把所有面板放回最初的位置</translation>
    </message>
    <message>
        <source>&amp;Clear this list</source>
        <translation>清空此列表(&amp;C)</translation>
    </message>
    <message>
        <source>Forget the recent files</source>
        <translation>忘记最近打开的文件</translation>
    </message>
    <message>
        <source>&amp;About Quantization Studio</source>
        <translation>关于 Quantization Studio(&amp;A)</translation>
    </message>
    <message>
        <source>Version and licence</source>
        <translation>版本和许可证</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>Open &amp;language model…</source>
        <translation>打开语言模型(&amp;L)…</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>Open a GGUF file, or a Hugging Face folder by its config.json</source>
        <translation>打开 GGUF 文件，或通过 config.json 打开 Hugging Face 文件夹</translation>
    </message>
    <message>
        <source>Open language model &amp;folder…</source>
        <translation>打开语言模型文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Open a Hugging Face folder, plain or quantized</source>
        <translation>打开 Hugging Face 文件夹，未量化或已量化均可</translation>
    </message>
</context>
<context>
    <name>qs::AdviceView</name>
    <message>
        <source>Advice</source>
        <translation>建议</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>采用</translation>
    </message>
    <message>
        <source>Set strategy and settings as advised</source>
        <translation>按建议设置策略与参数</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Show the reasons</source>
        <translation>显示原因</translation>
    </message>
    <message>
        <source>Wishes</source>
        <translation>需求</translation>
    </message>
    <message>
        <source>Say what you have and want, on which the advice depends</source>
        <translation>说明您有什么、想要什么，建议据此给出</translation>
    </message>
    <message>
        <source>Open a ready-made quantized model</source>
        <translation>打开现成的量化模型</translation>
    </message>
    <message>
        <source>Nothing to quantize</source>
        <translation>无需量化</translation>
    </message>
    <message>
        <source>If that is not enough: %1</source>
        <translation>若仍不够：%1</translation>
    </message>
</context>
<context>
    <name>qs::ChangedSamplesModel</name>
    <message>
        <source>%1: label %2, FP32 %3, quantized %4</source>
        <translation>%1：标签 %2，FP32 %3，量化后 %4</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>FP32 says</source>
        <translation>FP32 结果</translation>
    </message>
    <message>
        <source>Quantized says</source>
        <translation>量化后结果</translation>
    </message>
    <message>
        <source>Output SQNR dB</source>
        <translation>输出 SQNR dB</translation>
    </message>
</context>
<context>
    <name>qs::CheckpointRunModel</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 bytes, %2 of them tensors</source>
        <translation>%1 字节，其中张量 %2 字节</translation>
    </message>
    <message>
        <source>%1 tokens of %2, in %3 windows of %4; ± is the standard error</source>
        <translation>%2 的 %1 个词元，%3 个窗口，每个 %4；± 为标准误差</translation>
    </message>
    <message>
        <source>Median %1, 99 % of the tokens below %2, largest %3 nats</source>
        <translation>中位数 %1，99 % 的词元低于 %2，最大 %3 奈特</translation>
    </message>
    <message>
        <source>95 % interval %1 to %2 %</source>
        <translation>95 % 区间 %1 至 %2 %</translation>
    </message>
    <message>
        <source>Not on the same windows as the original; Measure brings them together</source>
        <translation>与原模型测量的窗口不同；“测量”可使其一致</translation>
    </message>
    <message>
        <source>The original, then what was made of it</source>
        <translation>原模型，其后是由它得到的结果</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>How its weights are stored</source>
        <translation>权重的存储方式</translation>
    </message>
    <message>
        <source>Stored as</source>
        <translation>存储类型</translation>
    </message>
    <message>
        <source>Bits a weight: mean over all tensors, with their scales and zeros</source>
        <translation>每权重位数：全部张量的平均值，包括缩放因子和零点</translation>
    </message>
    <message>
        <source>Bits</source>
        <translation>位数</translation>
    </message>
    <message>
        <source>Of the file, or of the folder&apos;s files with weights</source>
        <translation>文件的大小，或文件夹中权重文件的大小</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>On the evaluation text, with its standard error: lower is better</source>
        <translation>在评估文本上测得，附标准误差：越低越好</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>Mean Kullback-Leibler divergence of the predictions from the original&apos;s, in nats per token: lower is better</source>
        <translation>预测与原模型之间的平均 KL 散度，单位为奈特每词元：越低越好</translation>
    </message>
    <message>
        <source>KLD</source>
        <translation>KLD</translation>
    </message>
    <message>
        <source>Share of tokens after which the same one is likeliest as with the original</source>
        <translation>最可能的下一个词元与原模型相同的比例</translation>
    </message>
    <message>
        <source>Same top %</source>
        <translation>首选相同 %</translation>
    </message>
    <message>
        <source>Signal to quantization noise ratio of all weights together, in decibels: higher is better</source>
        <translation>全部权重合计的信号与量化噪声比，单位为分贝：越高越好</translation>
    </message>
    <message>
        <source>SQNR dB</source>
        <translation>SQNR dB</translation>
    </message>
    <message>
        <source>That quantizing took, without measuring</source>
        <translation>量化所用的时间，不含测量</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
</context>
<context>
    <name>qs::CheckpointRuns</name>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>&amp;Measure</source>
        <translation>测量(&amp;M)</translation>
    </message>
    <message>
        <source>Measure all runs on the evaluation text that were not measured on as many windows of it yet</source>
        <translation>在评估文本上测量所有尚未以同样窗口数测量的运行</translation>
    </message>
    <message>
        <source>&amp;Add</source>
        <translation>添加(&amp;A)</translation>
    </message>
    <message>
        <source>Compare a checkpoint of the same model that any tool has quantized</source>
        <translation>与任何工具量化的同一模型的检查点比较</translation>
    </message>
    <message>
        <source>GGUF file…</source>
        <translation>GGUF 文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Take the selected run off the table; its files stay (Del)</source>
        <translation>将所选运行移出表格；文件保留 (Del)</translation>
    </message>
    <message>
        <source>Add a GGUF file</source>
        <translation>添加 GGUF 文件</translation>
    </message>
    <message>
        <source>GGUF files</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>Add a quantized folder</source>
        <translation>添加已量化的文件夹</translation>
    </message>
</context>
<context>
    <name>qs::CheckpointSetup</name>
    <message>
        <source>&amp;Strategy</source>
        <translation>策略(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Calibration text</source>
        <translation>校准文本(&amp;C)</translation>
    </message>
    <message>
        <source>Text file</source>
        <translation>文本文件</translation>
    </message>
    <message>
        <source>Typical text. What the weights are multiplied with decides which of them matter.</source>
        <translation>典型文本。与权重相乘的数值决定哪些权重重要。</translation>
    </message>
    <message>
        <source>&amp;Evaluation text</source>
        <translation>评估文本(&amp;E)</translation>
    </message>
    <message>
        <source>Text file; without one nothing is measured</source>
        <translation>文本文件；留空则不测量</translation>
    </message>
    <message>
        <source>Text that was not calibrated with. Perplexity and divergence are measured on it.</source>
        <translation>未用于校准的文本。困惑度和散度在其上测量。</translation>
    </message>
    <message>
        <source>&amp;Windows</source>
        <translation>窗口(&amp;W)</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>How many windows of the text to measure on, from its beginning; 0 = all of them</source>
        <translation>从文本开头起测量多少个窗口；0 = 全部</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>输出(&amp;O)</translation>
    </message>
    <message>
        <source>File or folder to write; emptied, a new name beside the model is taken</source>
        <translation>要写入的文件或文件夹；清空则在模型旁取新名称</translation>
    </message>
    <message>
        <source>Text files</source>
        <translation>文本文件</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Cancel the run</source>
        <translation>取消运行</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Stop quantizing or measuring (Esc)</source>
        <translation>停止量化或测量 (Esc)</translation>
    </message>
    <message>
        <source>Quantize, compare the weights and measure (Ctrl+R)</source>
        <translation>量化、比较权重并测量 (Ctrl+R)</translation>
    </message>
    <message>
        <source>This strategy needs a calibration text.</source>
        <translation>此策略需要校准文本。</translation>
    </message>
</context>
<context>
    <name>qs::ComparePanel</name>
    <message>
        <source>Trade-off</source>
        <translation>权衡</translation>
    </message>
    <message>
        <source>Changed predictions</source>
        <translation>改变的预测</translation>
    </message>
    <message>
        <source>by size</source>
        <translation>按大小</translation>
    </message>
    <message>
        <source>by latency</source>
        <translation>按延迟</translation>
    </message>
    <message>
        <source>Top-1 accuracy</source>
        <translation>Top-1 精度</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>一致率</translation>
    </message>
    <message>
        <source>Output SQNR</source>
        <translation>输出 SQNR</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Use its settings</source>
        <translation>使用它的设置</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Rename the run</source>
        <translation>重命名运行</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
</context>
<context>
    <name>qs::DataSection</name>
    <message>
        <source>Folder of images, .npy or .npz</source>
        <translation>图片文件夹、.npy 或 .npz</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>How many samples to use, spread evenly over the classes, the same ones every time; 0 = all of them</source>
        <translation>使用多少个样本，均匀分布在各类别上，每次都相同；0 = 全部</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>&amp;Calibration</source>
        <translation>校准(&amp;C)</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本数</translation>
    </message>
    <message>
        <source>Typical inputs. Their activation ranges decide scales and zero points. Labels are not needed.</source>
        <translation>典型输入。它们的激活范围决定缩放系数和零点。不需要标签。</translation>
    </message>
    <message>
        <source>&amp;Evaluation</source>
        <translation>评估(&amp;E)</translation>
    </message>
    <message>
        <source>Inputs that were not calibrated with. Accuracy, agreement and drift are measured on them.</source>
        <translation>未用于校准的输入。精度、一致率和漂移都在其上测量。</translation>
    </message>
    <message>
        <source>Without evaluation data, accuracy and drift are measured on the calibration data and look better than they are.</source>
        <translation>没有评估数据时，精度和漂移在校准数据上测量，看起来会比实际更好。</translation>
    </message>
    <message>
        <source>T&amp;raining</source>
        <translation>训练(&amp;R)</translation>
    </message>
    <message>
        <source>The calibration data</source>
        <translation>校准数据</translation>
    </message>
    <message>
        <source>What the network is trained on. Unless labels are asked for, it learns from the float model.</source>
        <translation>用于训练网络的数据。除非要求使用标签，否则向浮点模型学习。</translation>
    </message>
</context>
<context>
    <name>qs::DriftBars</name>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>1 − cosine similarity</source>
        <translation>1 − 余弦相似度</translation>
    </message>
    <message>
        <source>Largest error</source>
        <translation>最大误差</translation>
    </message>
    <message>
        <source>Clipped values (%)</source>
        <translation>截断的数值 (%)</translation>
    </message>
    <message>
        <source>Drift by layer</source>
        <translation>各层漂移</translation>
    </message>
    <message>
        <source>Measure the drift of a run to see which layers lose the most.</source>
        <translation>对一次运行测量漂移，即可看到哪些层损失最大。</translation>
    </message>
    <message>
        <source>Layer, in order of execution</source>
        <translation>层，按执行顺序</translation>
    </message>
    <message>
        <source>All layers quantized (accumulated)</source>
        <translation>所有层都已量化（累积）</translation>
    </message>
    <message>
        <source>Only this layer quantized</source>
        <translation>只量化这一层</translation>
    </message>
    <message>
        <source>SQNR %1, cosine %2, largest error %3, clipped %4</source>
        <translation>SQNR %1，余弦 %2，最大误差 %3，截断 %4</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>All layers quantized</source>
        <translation>所有层都已量化</translation>
    </message>
    <message>
        <source>Only this layer</source>
        <translation>只有这一层</translation>
    </message>
    <message>
        <source>not quantized</source>
        <translation>未量化</translation>
    </message>
</context>
<context>
    <name>qs::DriftHeatmap</name>
    <message>
        <source>SQNR (dB)</source>
        <translation>SQNR (dB)</translation>
    </message>
    <message>
        <source>Largest error</source>
        <translation>最大误差</translation>
    </message>
    <message>
        <source>All layers quantized (accumulated)</source>
        <translation>所有层都已量化（累积）</translation>
    </message>
    <message>
        <source>Each layer quantized alone</source>
        <translation>每层单独量化</translation>
    </message>
    <message>
        <source>%1   ·   grey: no value</source>
        <translation>%1   ·   灰色：无数值</translation>
    </message>
    <message>
        <source>Drift</source>
        <translation>漂移</translation>
    </message>
    <message>
        <source>Measure the drift of a run to see how far each layer is from the float model.</source>
        <translation>对一次运行测量漂移，即可看到每层与浮点模型相差多远。</translation>
    </message>
    <message>
        <source>The layers of this run were not measured alone.</source>
        <translation>这次运行没有逐层单独测量。</translation>
    </message>
    <message>
        <source>This run has no values to show here.</source>
        <translation>这次运行没有可显示的数值。</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Channel</source>
        <translation>通道</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>no value</source>
        <translation>无数值</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>SQNR of the whole layer</source>
        <translation>整层的 SQNR</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Samples, all layers quantized</source>
        <translation>样本，所有层都已量化</translation>
    </message>
    <message>
        <source>Samples, each layer alone</source>
        <translation>样本，每层单独量化</translation>
    </message>
    <message>
        <source>Channels, SQNR</source>
        <translation>通道，SQNR</translation>
    </message>
    <message>
        <source>Channels, largest error</source>
        <translation>通道，最大误差</translation>
    </message>
</context>
<context>
    <name>qs::DriftPanel</name>
    <message>
        <source>Layers × samples</source>
        <translation>层 × 样本</translation>
    </message>
    <message>
        <source>Layers × channels</source>
        <translation>层 × 通道</translation>
    </message>
    <message>
        <source>Bar chart</source>
        <translation>柱状图</translation>
    </message>
    <message>
        <source>What to compare the layers by</source>
        <translation>按什么比较各层</translation>
    </message>
    <message>
        <source>Accumulated</source>
        <translation>累积</translation>
    </message>
    <message>
        <source>Layer alone</source>
        <translation>单独一层</translation>
    </message>
    <message>
        <source>Accumulated: the whole model is quantized. Layer alone: only this layer is, so that its own share shows</source>
        <translation>累积：整个模型都已量化。单独一层：只量化这一层，以显示它自身的影响</translation>
    </message>
    <message>
        <source>Viridis</source>
        <translation>Viridis</translation>
    </message>
    <message>
        <source>Cividis</source>
        <translation>Cividis</translation>
    </message>
    <message>
        <source>Colour map; both can be read by colour-blind people and in grey</source>
        <translation>配色；两种都适合色盲用户，转为灰度也可辨认</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Largest error</source>
        <translation>最大误差</translation>
    </message>
    <message>
        <source>Clipped</source>
        <translation>截断</translation>
    </message>
    <message>
        <source>SQNR: signal-to-quantization-noise ratio, more is better</source>
        <translation>SQNR：信号与量化噪声之比，越大越好</translation>
    </message>
    <message>
        <source>Drift</source>
        <translation>漂移</translation>
    </message>
</context>
<context>
    <name>qs::ExcludeSection</name>
    <message>
        <source>Keep in float</source>
        <translation>保留浮点</translation>
    </message>
    <message>
        <source>Regular expressions on layer names, one a line</source>
        <translation>匹配层名的正则表达式，每行一个</translation>
    </message>
    <message>
        <source>Layers whose name contains a match of one of these are not quantized.</source>
        <translation>名称与其中任何一个匹配的层不量化。</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Remove all clip limits, observers and float choices made for single tensors</source>
        <translation>删除为单个张量设置的所有截断界限、观察器和浮点选择</translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) set by hand</source>
        <translation>
            <numerusform>手动设置了 %n 个张量</numerusform>
        </translation>
    </message>
    <message>
        <source>Not a regular expression: %1</source>
        <translation>不是正则表达式：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) matched</source>
        <translation>
            <numerusform>匹配 %n 层</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>qs::FileField</name>
    <message>
        <source>⚠ There is no such folder</source>
        <translation>⚠ 没有这个文件夹</translation>
    </message>
    <message>
        <source>⚠ There is nothing at this path</source>
        <translation>⚠ 此路径下没有任何内容</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>Browse</source>
        <translation>浏览</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
</context>
<context>
    <name>qs::FindingModel</name>
    <message>
        <source>Whole model</source>
        <translation>整个模型</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>严重程度</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>发现</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>如何处理</translation>
    </message>
</context>
<context>
    <name>qs::FindingsPanel</name>
    <message>
        <source>Findings</source>
        <translation>发现</translation>
    </message>
    <message>
        <source>Findings (%1)</source>
        <translation>发现 (%1)</translation>
    </message>
    <message>
        <source>Nothing to report.</source>
        <translation>没有需要报告的内容。</translation>
    </message>
</context>
<context>
    <name>qs::HistogramPanel</name>
    <message>
        <source>Which tensor of the selected layer to show</source>
        <translation>显示所选层的哪个张量</translation>
    </message>
    <message>
        <source>Logarithmic</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logarithmic counts, to see the tails</source>
        <translation>计数取对数，以便看清尾部</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Quantize with these clip limits; the calibration is not repeated</source>
        <translation>用这些截断界限量化；不重复校准</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>Drop the limits set by hand and let the observer choose again</source>
        <translation>放弃手动设置的界限，重新由观察器选择</translation>
    </message>
    <message>
        <source>Output %1</source>
        <translation>输出 %1</translation>
    </message>
    <message>
        <source>Input %1</source>
        <translation>输入 %1</translation>
    </message>
    <message>
        <source>Weight %1</source>
        <translation>权重 %1</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>直方图</translation>
    </message>
    <message>
        <source>After the activation: %1</source>
        <translation>激活之后：%1</translation>
    </message>
    <message>
        <source>Drag a clip limit in the plot first</source>
        <translation>请先在图中拖动一条截断界限</translation>
    </message>
    <message>
        <source>Select an activation that a run has quantized</source>
        <translation>请选择某次运行已量化的激活</translation>
    </message>
    <message>
        <source>The limits of this tensor were not set by hand</source>
        <translation>此张量的界限不是手动设置的</translation>
    </message>
</context>
<context>
    <name>qs::HistogramPlot</name>
    <message>
        <source>%1, symmetric</source>
        <translation>%1，对称</translation>
    </message>
    <message>
        <source>%1, asymmetric</source>
        <translation>%1，非对称</translation>
    </message>
    <message>
        <source>Quantized (measured)</source>
        <translation>量化后（实测）</translation>
    </message>
    <message>
        <source>Quantized (predicted)</source>
        <translation>量化后（预测）</translation>
    </message>
    <message>
        <source>SQNR ≈ %1  ·  clipped %2  ·  %3 to %4  ·  step %5</source>
        <translation>SQNR ≈ %1  ·  截断 %2  ·  %3 到 %4  ·  步长 %5</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>直方图</translation>
    </message>
    <message>
        <source>Select a layer to see how its values are distributed.</source>
        <translation>选择一层，查看其数值的分布。</translation>
    </message>
    <message>
        <source>No statistics of %1 yet. Run a quantization that calibrates to see how its values are distributed.</source>
        <translation>还没有 %1 的统计。运行一次带校准的量化，即可查看其数值的分布。</translation>
    </message>
    <message>
        <source>FP32</source>
        <translation>FP32</translation>
    </message>
    <message>
        <source>%1   (%2)</source>
        <translation>%1   (%2)</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>Values (%)</source>
        <translation>数值占比 (%)</translation>
    </message>
    <message>
        <source>Values (% per %1)</source>
        <translation>数值占比 (% / %1)</translation>
    </message>
    <message>
        <source>Lower clip limit</source>
        <translation>截断下限</translation>
    </message>
    <message>
        <source>Upper clip limit</source>
        <translation>截断上限</translation>
    </message>
    <message>
        <source>Drag it, or use the arrow keys</source>
        <translation>可拖动，或用方向键</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>数值</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 到 %2</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>Logarithmic shares</source>
        <translation>对数占比</translation>
    </message>
    <message>
        <source>%1 (%2 bit)</source>
        <translation>%1（%2 位）</translation>
    </message>
</context>
<context>
    <name>qs::JobModel</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Job</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Doing</source>
        <translation>正在做</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
</context>
<context>
    <name>qs::JobsPanel</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stop the selected job</source>
        <translation>停止所选任务</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>清除已完成</translation>
    </message>
    <message>
        <source>Messages appear here.</source>
        <translation>消息显示在这里。</translation>
    </message>
    <message>
        <source>%1: failed. %2</source>
        <translation>%1：失败。%2</translation>
    </message>
    <message>
        <source>%1: cancelled after %2</source>
        <translation>%1：%2 后取消</translation>
    </message>
    <message>
        <source>%1: finished in %2</source>
        <translation>%1：完成，用时 %2</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Let the selected job go on</source>
        <translation>让所选任务继续</translation>
    </message>
    <message>
        <source>Let the selected job rest after its present step</source>
        <translation>让所选任务在当前步骤之后暂停</translation>
    </message>
</context>
<context>
    <name>qs::LayerModel</name>
    <message>
        <source>Integer</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>%1 multiply-accumulates</source>
        <translation>%1 次乘加</translation>
    </message>
    <message>
        <source>Quantized over %1 to %2</source>
        <translation>量化范围 %1 到 %2</translation>
    </message>
    <message>
        <source>%1 with all layers quantized, %2 with only this one</source>
        <translation>所有层都量化时 %1，只量化这一层时 %2</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>Output shape</source>
        <translation>输出形状</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>MACs</source>
        <translation>乘加数</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>数值精度</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Minimum</source>
        <translation>最小值</translation>
    </message>
    <message>
        <source>Maximum</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>Clipped %</source>
        <translation>截断 %</translation>
    </message>
    <message>
        <source>SQNR dB</source>
        <translation>SQNR dB</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Max error</source>
        <translation>最大误差</translation>
    </message>
    <message>
        <source>Shape of the first output</source>
        <translation>第一个输出的形状</translation>
    </message>
    <message>
        <source>Numbers stored in the layer: weights and bias</source>
        <translation>层中存储的数值个数：权重和偏置</translation>
    </message>
    <message>
        <source>Multiply-accumulate operations of one inference</source>
        <translation>一次推理的乘加运算次数</translation>
    </message>
    <message>
        <source>Number format in which the layer computes</source>
        <translation>该层计算所用的数值格式</translation>
    </message>
    <message>
        <source>Why the layer is quantized or kept in floating point</source>
        <translation>该层被量化或保留浮点的原因</translation>
    </message>
    <message>
        <source>Smallest output value in the calibration data, in the tensor&apos;s own unit</source>
        <translation>校准数据中最小的输出值，以张量自身为单位</translation>
    </message>
    <message>
        <source>Largest output value in the calibration data, in the tensor&apos;s own unit</source>
        <translation>校准数据中最大的输出值，以张量自身为单位</translation>
    </message>
    <message>
        <source>Share of the output values, in percent, that lie outside the quantized range</source>
        <translation>落在量化范围之外的输出值所占的百分比</translation>
    </message>
    <message>
        <source>Signal to quantization noise ratio of the output, in decibels: higher is better</source>
        <translation>输出的信号与量化噪声之比，单位分贝：越大越好</translation>
    </message>
    <message>
        <source>Cosine similarity between the float and the quantized output: 1 is equal</source>
        <translation>浮点输出与量化输出的余弦相似度：1 表示相等</translation>
    </message>
    <message>
        <source>Largest absolute difference between the float and the quantized output</source>
        <translation>浮点输出与量化输出的最大绝对差</translation>
    </message>
    <message>
        <source>Dynamic INT8</source>
        <translation>动态 INT8</translation>
    </message>
    <message>
        <source>INT8 table</source>
        <translation>INT8 表</translation>
    </message>
    <message>
        <source>INT%1 weights</source>
        <translation>INT%1 权重</translation>
    </message>
    <message>
        <source>Holds %1 to %2</source>
        <translation>可表示 %1 至 %2</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放系数</translation>
    </message>
    <message>
        <source>Zero point</source>
        <translation>零点</translation>
    </message>
    <message>
        <source>Step between two integers of the output; of the weights where the output is float</source>
        <translation>输出相邻两个整数之间的步长；输出为浮点时为权重的步长</translation>
    </message>
    <message>
        <source>Integer that stands for 0</source>
        <translation>代表 0 的整数</translation>
    </message>
    <message>
        <source>scalar</source>
        <translation>标量</translation>
    </message>
</context>
<context>
    <name>qs::LayersPanel</name>
    <message>
        <source>Filter by name or operator</source>
        <translation>按名称或算子筛选</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Quantized</source>
        <translation>已量化</translation>
    </message>
    <message>
        <source>Float</source>
        <translation>浮点</translation>
    </message>
    <message>
        <source>Which layers to show</source>
        <translation>显示哪些层</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Keep this layer in float</source>
        <translation>此层保留浮点</translation>
    </message>
    <message>
        <source>Quantize this layer and run again</source>
        <translation>量化此层并重新运行</translation>
    </message>
    <message>
        <source>Keep this layer in float and run again</source>
        <translation>此层保留浮点并重新运行</translation>
    </message>
    <message>
        <source>Keep its output in float</source>
        <translation>它的输出保留浮点</translation>
    </message>
    <message>
        <source>Show its histogram</source>
        <translation>显示它的直方图</translation>
    </message>
    <message>
        <source>Copy the name</source>
        <translation>复制名称</translation>
    </message>
    <message>
        <source>Copy the row</source>
        <translation>复制此行</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
</context>
<context>
    <name>qs::MainWindow</name>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Report written to %1</source>
        <translation>报告已写到 %1</translation>
    </message>
    <message>
        <source>Exported to %1 (%2)</source>
        <translation>已导出到 %1（%2）</translation>
    </message>
    <message>
        <source>Open the report</source>
        <translation>打开报告</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Quantization Studio</source>
        <translation>Quantization Studio</translation>
    </message>
    <message>
        <source>%1[*] — Quantization Studio</source>
        <translation>%1[*] — Quantization Studio</translation>
    </message>
    <message>
        <source>Open model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Open project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Add a quantized model</source>
        <translation>添加量化模型</translation>
    </message>
    <message>
        <source>Calibration data: %1</source>
        <translation>校准数据：%1</translation>
    </message>
    <message>
        <source>Evaluation data: %1</source>
        <translation>评估数据：%1</translation>
    </message>
    <message>
        <source>Save project</source>
        <translation>保存项目</translation>
    </message>
    <message>
        <source>Export the quantized model</source>
        <translation>导出量化模型</translation>
    </message>
    <message>
        <source>Folder for the report</source>
        <translation>报告文件夹</translation>
    </message>
    <message>
        <source>Open language model</source>
        <translation>打开语言模型</translation>
    </message>
    <message>
        <source>Language models</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>Open language model folder</source>
        <translation>打开语言模型文件夹</translation>
    </message>
    <message>
        <source>Calibration text: %1</source>
        <translation>校准文本：%1</translation>
    </message>
    <message>
        <source>Evaluation text: %1</source>
        <translation>评估文本：%1</translation>
    </message>
    <message>
        <source>There is no run yet.</source>
        <translation>还没有运行。</translation>
    </message>
    <message>
        <source>Open a float model first.</source>
        <translation>请先打开一个浮点模型。</translation>
    </message>
    <message>
        <source>Nothing runs.</source>
        <translation>没有正在进行的运行。</translation>
    </message>
    <message>
        <source>A run of a language model writes its file by itself.</source>
        <translation>语言模型的运行会自行写出文件。</translation>
    </message>
    <message>
        <source>Use Add in the panel Weights.</source>
        <translation>请使用“权重”面板中的“添加”。</translation>
    </message>
    <message>
        <source>This strategy needs a calibration text.</source>
        <translation>此策略需要校准文本。</translation>
    </message>
    <message>
        <source>Detach this panel, or put it back</source>
        <translation>将此面板分离为独立窗口，或放回原处</translation>
    </message>
    <message>
        <source>Hide this panel; the View menu shows it again</source>
        <translation>隐藏此面板；可从“视图”菜单重新显示</translation>
    </message>
</context>
<context>
    <name>qs::MessageBanner</name>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
</context>
<context>
    <name>qs::ModelSection</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Open an ONNX model (Ctrl+O)</source>
        <translation>打开 ONNX 模型 (Ctrl+O)</translation>
    </message>
    <message>
        <source>Open model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>No model is open</source>
        <translation>没有打开的模型</translation>
    </message>
    <message numerus="yes">
        <source>%1 · opset %2 · %n layer(s) · %3 parameters</source>
        <translation>
            <numerusform>%1 · opset %2 · %n 层 · %3 个参数</numerusform>
        </translation>
    </message>
    <message>
        <source>Input %1</source>
        <translation>输入 %1</translation>
    </message>
</context>
<context>
    <name>qs::ParameterForm</name>
    <message>
        <source>⚠ %1</source>
        <translation>⚠ %1</translation>
    </message>
</context>
<context>
    <name>qs::ParetoPlot</name>
    <message>
        <source>FP32</source>
        <translation>FP32</translation>
    </message>
    <message>
        <source>Accuracy against cost</source>
        <translation>精度与代价</translation>
    </message>
    <message>
        <source>Evaluate a run to compare its accuracy with its size and latency.</source>
        <translation>对一次运行做评估，即可比较它的精度与大小、延迟。</translation>
    </message>
    <message>
        <source>Model size (MB)</source>
        <translation>模型大小 (MB)</translation>
    </message>
    <message>
        <source>Latency, median to p90 (ms)</source>
        <translation>延迟，中位数到 p90 (ms)</translation>
    </message>
    <message>
        <source>Top-1 accuracy (%)</source>
        <translation>Top-1 精度 (%)</translation>
    </message>
    <message>
        <source>Agreement with FP32 (%)</source>
        <translation>与 FP32 的一致率 (%)</translation>
    </message>
    <message>
        <source>Output SQNR (dB)</source>
        <translation>输出 SQNR (dB)</translation>
    </message>
    <message>
        <source>Float model</source>
        <translation>浮点模型</translation>
    </message>
    <message>
        <source>Runs, with 95 % interval</source>
        <translation>各次运行及 95 % 区间</translation>
    </message>
    <message>
        <source>Pareto front</source>
        <translation>帕累托前沿</translation>
    </message>
    <message>
        <source>%1 (95 % interval %2 to %3)</source>
        <translation>%1（95 % 区间 %2 到 %3）</translation>
    </message>
    <message>
        <source>Model size</source>
        <translation>模型大小</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>延迟</translation>
    </message>
    <message>
        <source>median %1, p90 %2</source>
        <translation>中位数 %1，p90 %2</translation>
    </message>
    <message>
        <source>No other run is better in both</source>
        <translation>没有其他运行在两方面都更好</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Top-1 accuracy</source>
        <translation>Top-1 精度</translation>
    </message>
    <message>
        <source>Agreement with FP32</source>
        <translation>与 FP32 的一致率</translation>
    </message>
    <message>
        <source>Output SQNR</source>
        <translation>输出 SQNR</translation>
    </message>
</context>
<context>
    <name>qs::PlotWidget</name>
    <message>
        <source>Save plot</source>
        <translation>保存图</translation>
    </message>
    <message>
        <source>PNG image (*.png)</source>
        <translation>PNG 图像 (*.png)</translation>
    </message>
    <message>
        <source>SVG drawing (*.svg)</source>
        <translation>SVG 矢量图 (*.svg)</translation>
    </message>
    <message>
        <source>PDF document (*.pdf)</source>
        <translation>PDF 文档 (*.pdf)</translation>
    </message>
    <message>
        <source>Show everything</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Copy image</source>
        <translation>复制图像</translation>
    </message>
    <message>
        <source>Save image as…</source>
        <translation>图像另存为…</translation>
    </message>
</context>
<context>
    <name>qs::PreprocessingSection</name>
    <message>
        <source>Preprocessing</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>Previous sample</source>
        <translation>上一个样本</translation>
    </message>
    <message>
        <source>Next sample</source>
        <translation>下一个样本</translation>
    </message>
    <message>
        <source>A sample as the model sees it, with the normalization undone: check crop and colours</source>
        <translation>模型所见的样本（已还原归一化）：请检查裁剪和颜色</translation>
    </message>
    <message>
        <source>None (arrays are taken as they are)</source>
        <translation>无（数组原样输入）</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Stored in the model.</source>
        <translation>已存储在模型中。</translation>
    </message>
    <message>
        <source>Guessed from the model: %1. Please check.</source>
        <translation>根据模型推测：%1。请检查。</translation>
    </message>
    <message>
        <source>Images need a preprocessing; arrays do not.</source>
        <translation>图片需要预处理；数组不需要。</translation>
    </message>
    <message>
        <source>Choose calibration data to see a sample.</source>
        <translation>选择校准数据即可查看样本。</translation>
    </message>
    <message>
        <source>No picture</source>
        <translation>无图片</translation>
    </message>
    <message>
        <source>class %1</source>
        <translation>类别 %1</translation>
    </message>
    <message>
        <source>%1 … %2</source>
        <translation>%1 … %2</translation>
    </message>
</context>
<context>
    <name>qs::RangePlot</name>
    <message>
        <source>%1 to %2</source>
        <translation>%1 到 %2</translation>
    </message>
    <message>
        <source>Ranges of the activations</source>
        <translation>激活的范围</translation>
    </message>
    <message>
        <source>Ranges of the weights</source>
        <translation>权重的范围</translation>
    </message>
    <message>
        <source>Run a quantization to see how far the values of each layer reach.</source>
        <translation>运行一次量化，即可看到每层数值的范围。</translation>
    </message>
    <message>
        <source>Select a layer to see the range of its weights, channel by channel.</source>
        <translation>选择一层，逐通道查看其权重的范围。</translation>
    </message>
    <message>
        <source>%1 has no weights. Select a layer with weights to see their range, channel by channel.</source>
        <translation>%1 没有权重。请选择有权重的层，逐通道查看其范围。</translation>
    </message>
    <message>
        <source>%1 (log scale)</source>
        <translation>%1（对数）</translation>
    </message>
    <message>
        <source>Layer, in order of execution</source>
        <translation>层，按执行顺序</translation>
    </message>
    <message>
        <source>Output channel of %1</source>
        <translation>%1 的输出通道</translation>
    </message>
    <message>
        <source>Minimum to maximum</source>
        <translation>最小值到最大值</translation>
    </message>
    <message>
        <source>99.8 % of the values</source>
        <translation>99.8 % 的数值</translation>
    </message>
    <message>
        <source>Clip limits</source>
        <translation>截断界限</translation>
    </message>
    <message>
        <source>Channel %1</source>
        <translation>通道 %1</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>Operator</source>
        <translation>算子</translation>
    </message>
    <message>
        <source>none, kept in floating point</source>
        <translation>无，保留浮点</translation>
    </message>
    <message>
        <source>Logarithmic scale</source>
        <translation>对数刻度</translation>
    </message>
    <message>
        <source>Weights of the selected layer by channel</source>
        <translation>所选层的权重，逐通道</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>权重值</translation>
    </message>
</context>
<context>
    <name>qs::RangesPanel</name>
    <message>
        <source>Activations by layer</source>
        <translation>激活，逐层</translation>
    </message>
    <message>
        <source>Weights by channel</source>
        <translation>权重，逐通道</translation>
    </message>
    <message>
        <source>Logarithmic</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logarithmic on both sides of zero</source>
        <translation>零的两侧都取对数</translation>
    </message>
    <message>
        <source>Ranges</source>
        <translation>范围</translation>
    </message>
</context>
<context>
    <name>qs::RecipeSection</name>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>&amp;Strategy</source>
        <translation>策略(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Target</source>
        <translation>目标(&amp;T)</translation>
    </message>
</context>
<context>
    <name>qs::RunModel</name>
    <message>
        <source>p &lt; %1</source>
        <translation>p &lt; %1</translation>
    </message>
    <message>
        <source>p = %1</source>
        <translation>p = %1</translation>
    </message>
    <message>
        <source>FP32 reference</source>
        <translation>FP32 参考</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1×</source>
        <translation>%1×</translation>
    </message>
    <message>
        <source>%1 of %2 samples right; 95 % interval %3 to %4 %</source>
        <translation>%2 个样本中 %1 个正确；95 % 区间 %3 到 %4 %</translation>
    </message>
    <message>
        <source>Right only with FP32: %1 samples; right only when quantized: %2. 95 % interval of the difference %3 to %4 percentage points. A small p means that the difference is not chance (McNemar test).</source>
        <translation>只有 FP32 正确：%1 个样本；只有量化后正确：%2 个。差值的 95 % 区间为 %3 到 %4 个百分点。p 小表示差异不是偶然（McNemar 检验）。</translation>
    </message>
    <message>
        <source>%1 runs after %2 to warm up, %3 threads; fastest %4</source>
        <translation>预热 %2 次后运行 %1 次，%3 个线程；最快 %4</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 字节</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Strategy</source>
        <translation>策略</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Top-1 %</source>
        <translation>Top-1 %</translation>
    </message>
    <message>
        <source>Change vs FP32, points</source>
        <translation>与 FP32 之差（百分点）</translation>
    </message>
    <message>
        <source>Agreement %</source>
        <translation>一致率 %</translation>
    </message>
    <message>
        <source>Output SQNR dB</source>
        <translation>输出 SQNR dB</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Median ms</source>
        <translation>中位数 ms</translation>
    </message>
    <message>
        <source>p90 ms</source>
        <translation>p90 ms</translation>
    </message>
    <message>
        <source>Faster</source>
        <translation>加速</translation>
    </message>
    <message>
        <source>Mean layer SQNR dB</source>
        <translation>各层平均 SQNR dB</translation>
    </message>
    <message>
        <source>Share of samples whose best class is the label, with half the width of its 95 % interval</source>
        <translation>最佳类别与标签相同的样本比例，附 95 % 区间的半宽</translation>
    </message>
    <message>
        <source>Top-1 of the quantized model minus top-1 of the float model, in percentage points, with the p-value of the exact McNemar test</source>
        <translation>量化模型的 top-1 减去浮点模型的 top-1，单位百分点，附精确 McNemar 检验的 p 值</translation>
    </message>
    <message>
        <source>Share of samples for which both models predict the same class</source>
        <translation>两个模型预测同一类别的样本比例</translation>
    </message>
    <message>
        <source>Signal to quantization noise ratio of the model&apos;s outputs, in decibels: higher is better</source>
        <translation>模型输出的信号与量化噪声之比，单位分贝：越大越好</translation>
    </message>
    <message>
        <source>How many times smaller than the float model</source>
        <translation>比浮点模型小多少倍</translation>
    </message>
    <message>
        <source>Median time of one inference, in milliseconds</source>
        <translation>一次推理时间的中位数，单位毫秒</translation>
    </message>
    <message>
        <source>Time within which 9 of 10 inferences end, in milliseconds</source>
        <translation>十次推理中有九次在此时间内完成，单位毫秒</translation>
    </message>
    <message>
        <source>How many times faster than the float model, by median time</source>
        <translation>按中位数时间比浮点模型快多少倍</translation>
    </message>
    <message>
        <source>Mean over the layers of the signal to quantization noise ratio, in decibels</source>
        <translation>各层信号与量化噪声之比的平均值，单位分贝</translation>
    </message>
    <message>
        <source>other tool</source>
        <translation>其他工具</translation>
    </message>
</context>
<context>
    <name>qs::SearchLine</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
</context>
<context>
    <name>qs::SetupPanel</name>
    <message>
        <source>Cancel the run</source>
        <translation>取消运行</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Stop calibration, quantization or evaluation (Esc)</source>
        <translation>停止校准、量化或评估 (Esc)</translation>
    </message>
    <message>
        <source>Calibrate, quantize, measure drift and evaluate (Ctrl+R)</source>
        <translation>校准、量化、测量漂移并评估 (Ctrl+R)</translation>
    </message>
    <message>
        <source>Open a model to begin.</source>
        <translation>先打开一个模型。</translation>
    </message>
    <message>
        <source>This strategy needs calibration data.</source>
        <translation>此策略需要校准数据。</translation>
    </message>
    <message>
        <source>A run is in progress.</source>
        <translation>正在运行。</translation>
    </message>
    <message>
        <source>Setup</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>qs::SimulationModel</name>
    <message>
        <source>Activation</source>
        <translation>激活值</translation>
    </message>
    <message>
        <source>Largest (steps)</source>
        <translation>最大差（级）</translation>
    </message>
    <message>
        <source>Different integers</source>
        <translation>不同的整数</translation>
    </message>
    <message>
        <source>SQNR</source>
        <translation>SQNR</translation>
    </message>
</context>
<context>
    <name>qs::SizeTarget</name>
    <message>
        <source>Keep to a si&amp;ze</source>
        <translation>限定大小(&amp;Z)</translation>
    </message>
    <message>
        <source>Give each tensor the type that costs least for a file of this size, in place of a mix</source>
        <translation>不使用混合类型，而为每个张量选择在此文件大小下代价最小的类型</translation>
    </message>
    <message>
        <source>Bits a weight, over all tensors</source>
        <translation>全部张量的每权重位数</translation>
    </message>
    <message>
        <source>Predicted: %1, %2 bits a weight</source>
        <translation>预计：%1，每权重 %2 位</translation>
    </message>
    <message>
        <source>⚠ %1</source>
        <translation>⚠ %1</translation>
    </message>
</context>
<context>
    <name>qs::StatusLine</name>
    <message>
        <source>Cancel this job</source>
        <translation>取消此任务</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
</context>
<context>
    <name>qs::TensorGridModel</name>
    <message>
        <source>Tables of tokens: embeddings at the beginning, scores at the end</source>
        <translation>词元表：开头为嵌入，末尾为得分</translation>
    </message>
    <message>
        <source>Norm before attention; in the last row, before the output</source>
        <translation>注意力之前的归一化；最后一行为输出之前</translation>
    </message>
    <message>
        <source>Embeddings</source>
        <translation>嵌入</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message numerus="yes">
        <source>%1 and %n more</source>
        <translation>
            <numerusform>%1 及另外 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 bits a weight</source>
        <translation>每权重 %1 位</translation>
    </message>
    <message>
        <source>SQNR %1</source>
        <translation>SQNR %1</translation>
    </message>
    <message>
        <source>planned: %1</source>
        <translation>计划：%1</translation>
    </message>
</context>
<context>
    <name>qs::TensorGridView</name>
    <message>
        <source>Co&amp;lour by</source>
        <translation>着色(&amp;L)</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>误差</translation>
    </message>
    <message>
        <source>Planned type</source>
        <translation>计划类型</translation>
    </message>
    <message>
        <source>Type: as the selected run stores it. Error: how far its weights are from the original&apos;s. Planned type: what the next run would store.</source>
        <translation>类型：所选运行的存储类型。误差：其权重与原模型相差多少。计划类型：下一次运行将存储的类型。</translation>
    </message>
    <message>
        <source>Tensors: layers by kinds</source>
        <translation>张量：层 × 种类</translation>
    </message>
    <message>
        <source>Legend</source>
        <translation>图例</translation>
    </message>
    <message>
        <source>as the mix has it</source>
        <translation>按混合方案</translation>
    </message>
    <message>
        <source>Type of the selected tensors in the next GGUF file, with its bits a weight</source>
        <translation>所选张量在下一个 GGUF 文件中的类型及其每权重位数</translation>
    </message>
    <message>
        <source>Set &amp;type</source>
        <translation>设定类型(&amp;T)</translation>
    </message>
    <message>
        <source>Make a rule for the selected tensors; it appears among the strategy&apos;s parameters</source>
        <translation>为所选张量建立规则；规则会出现在策略的参数中</translation>
    </message>
    <message>
        <source>Clear rules</source>
        <translation>清除规则</translation>
    </message>
    <message>
        <source>Let the mix decide on all tensors again</source>
        <translation>重新由混合方案决定所有张量</translation>
    </message>
    <message>
        <source>worse  %1</source>
        <translation>较差  %1</translation>
    </message>
    <message>
        <source>%1  better</source>
        <translation>%1  较好</translation>
    </message>
    <message>
        <source>the original: select a run to see its error</source>
        <translation>这是原模型：选择一次运行即可查看其误差</translation>
    </message>
    <message>
        <source>not compared yet</source>
        <translation>尚未比较</translation>
    </message>
    <message>
        <source>%1  %2 bits</source>
        <translation>%1  %2 位</translation>
    </message>
    <message>
        <source>only GGUF mixes are told beforehand</source>
        <translation>只有 GGUF 混合方案可以预知</translation>
    </message>
    <message>
        <source>vectors, never quantized</source>
        <translation>向量，从不量化</translation>
    </message>
    <message>
        <source>Point at a tensor or go to it with the arrow keys.</source>
        <translation>指向某个张量，或用方向键移动到它。</translation>
    </message>
    <message>
        <source>Select tensors, or a column by its head, to give them another type.</source>
        <translation>选择张量（或点击列标题选择整列）以更改其类型。</translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) selected</source>
        <translation>
            <numerusform>已选择 %n 个张量</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>qs::TrainingPanel</name>
    <message>
        <source>Loss and accuracy</source>
        <translation>损失与精度</translation>
    </message>
    <message>
        <source>Learned ranges</source>
        <translation>学到的范围</translation>
    </message>
    <message>
        <source>Simulation and export</source>
        <translation>模拟与导出</translation>
    </message>
    <message>
        <source>By how much the integers of the exported model differ from those that training simulated</source>
        <translation>导出模型的整数与训练所模拟的整数相差多少</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Finish now</source>
        <translation>立即结束</translation>
    </message>
    <message>
        <source>End the training and keep its best epoch</source>
        <translation>结束训练并保留最佳轮次</translation>
    </message>
    <message>
        <source>Epoch %1 of %2</source>
        <translation>第 %1 轮，共 %2 轮</translation>
    </message>
    <message>
        <source>, loss %1</source>
        <translation>，损失 %1</translation>
    </message>
    <message>
        <source>, accuracy %1</source>
        <translation>，精度 %1</translation>
    </message>
    <message>
        <source>, %1 left</source>
        <translation>，剩余 %1</translation>
    </message>
    <message>
        <source>No epoch was better than none: kept as calibrated</source>
        <translation>没有比未训练更好的轮次：保持校准所得</translation>
    </message>
    <message>
        <source>Kept epoch %1 of %2</source>
        <translation>保留第 %1 轮，共 %2 轮</translation>
    </message>
    <message>
        <source>; loss %1 → %2</source>
        <translation>；损失 %1 → %2</translation>
    </message>
    <message>
        <source>, accuracy %1 → %2</source>
        <translation>，精度 %1 → %2</translation>
    </message>
    <message>
        <source>; same top-1 as simulated on %1 of samples</source>
        <translation>；%1 的样本与模拟的 top-1 相同</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Go on where the training rests</source>
        <translation>从暂停处继续训练</translation>
    </message>
    <message>
        <source>Let the training rest; it goes on where it was</source>
        <translation>暂停训练；之后从原处继续</translation>
    </message>
    <message>
        <source>, paused</source>
        <translation>，已暂停</translation>
    </message>
    <message>
        <source>; top-1 %1 exported, %2 simulated</source>
        <translation>；top-1：导出模型 %1，模拟 %2</translation>
    </message>
</context>
<context>
    <name>qs::TrainingPlot</name>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Learned ranges</source>
        <translation>学到的范围</translation>
    </message>
    <message>
        <source>Runs of quantization-aware training show here how they went.</source>
        <translation>量化感知训练的过程显示在这里。</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Width of the range, log₂ of its start</source>
        <translation>范围宽度（相对起始值的 log₂）</translation>
    </message>
    <message>
        <source>Accuracy (%)</source>
        <translation>精度 (%)</translation>
    </message>
    <message>
        <source>Loss of a step</source>
        <translation>单步损失</translation>
    </message>
    <message>
        <source>Loss, training</source>
        <translation>损失（训练）</translation>
    </message>
    <message>
        <source>Loss, held back</source>
        <translation>损失（验证）</translation>
    </message>
    <message>
        <source>Accuracy, training</source>
        <translation>精度（训练）</translation>
    </message>
    <message>
        <source>Accuracy, held back</source>
        <translation>精度（验证）</translation>
    </message>
    <message>
        <source>Epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>%1 … %2</source>
        <translation>%1 … %2</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Before training</source>
        <translation>训练之前</translation>
    </message>
    <message>
        <source>%1 (kept)</source>
        <translation>%1（保留）</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
</context>
<context>
    <name>qs::WeightsPanel</name>
    <message>
        <source>For language models: open a Hugging Face folder or a GGUF file to see, quantize and compare its weights.</source>
        <translation>用于语言模型：打开 Hugging Face 文件夹或 GGUF 文件，查看、量化并比较其权重。</translation>
    </message>
    <message>
        <source>Open language model…</source>
        <translation>打开语言模型…</translation>
    </message>
    <message>
        <source>unknown architecture</source>
        <translation>未知架构</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 个参数</translation>
    </message>
    <message>
        <source>%1, %2 bits a weight</source>
        <translation>%1，每权重 %2 位</translation>
    </message>
    <message>
        <source>tokenizer of %1 tokens</source>
        <translation>分词器：%1 个词元</translation>
    </message>
    <message>
        <source>no tokenizer: %1</source>
        <translation>没有分词器：%1</translation>
    </message>
    <message>
        <source>⚠ It can be looked at but not measured here: %1</source>
        <translation>⚠ 可以查看，但无法在此测量：%1</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>权重</translation>
    </message>
</context>
<context>
    <name>qs::WelcomePanel</name>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>Quantize a network</source>
        <translation>量化一个网络</translation>
    </message>
    <message>
        <source>Open model…</source>
        <translation>打开模型…</translation>
    </message>
    <message>
        <source>Open project…</source>
        <translation>打开项目…</translation>
    </message>
    <message>
        <source>Recent files</source>
        <translation>最近的文件</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>Open an ONNX model, choose calibration data, a strategy and a target, and run. You will see what it costs in accuracy, size and latency, and which layers drift. A language model is a Hugging Face folder or a GGUF file. All can also be dropped onto the window.</source>
        <translation>打开 ONNX 模型，选择校准数据、策略和目标，然后运行。您将看到它在精度、大小和延迟方面的代价，以及哪些层发生漂移。语言模型是 Hugging Face 文件夹或 GGUF 文件。它们也都可以拖放到窗口上。</translation>
    </message>
    <message>
        <source>Open language model…</source>
        <translation>打开语言模型…</translation>
    </message>
</context>
<context>
    <name>qs::WishForm</name>
    <message>
        <source>May lose</source>
        <translation>可损失</translation>
    </message>
    <message>
        <source> points</source>
        <translation> 个百分点</translation>
    </message>
    <message>
        <source>How many points of accuracy may be lost</source>
        <translation>精度最多可以损失多少个百分点</translation>
    </message>
    <message>
        <source>Has labels</source>
        <translation>有标签</translation>
    </message>
    <message>
        <source>The samples have labels to measure accuracy with</source>
        <translation>样本带有可用于测量精度的标签</translation>
    </message>
    <message>
        <source>May train</source>
        <translation>可训练</translation>
    </message>
    <message>
        <source>There are time and data to go on training</source>
        <translation>有时间和数据继续训练</translation>
    </message>
    <message>
        <source>Cross-platform</source>
        <translation>跨平台</translation>
    </message>
    <message>
        <source>One file for several kinds of machines</source>
        <translation>一个文件用于多种机器</translation>
    </message>
    <message>
        <source>No tuning</source>
        <translation>不调优</translation>
    </message>
    <message>
        <source>Rather open a model that somebody has quantized already</source>
        <translation>宁愿打开别人已经量化好的模型</translation>
    </message>
    <message>
        <source>On GPUs</source>
        <translation>在 GPU 上</translation>
    </message>
    <message>
        <source>The language model will be served on GPUs</source>
        <translation>语言模型将在 GPU 上提供服务</translation>
    </message>
</context>
</TS>

// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plotwidget.h"

#include "widgets/models/errortext.h"
#include "widgets/plots/plotexport.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QStackedLayout>
#include <QToolTip>

namespace qs {
namespace {

constexpr int kFocusRing = 2;

} // namespace

QString tipLine(const QString &label, const QString &value)
{
    return QStringLiteral("<br>%1: %2").arg(label.toHtmlEscaped(), value.toHtmlEscaped());
}

QString tipTitle(const QString &title)
{
    return QStringLiteral("<b>%1</b>").arg(title.toHtmlEscaped());
}

PlotWidget::PlotWidget(QWidget *parent)
    : QWidget(parent)
    , m_stack(new QStackedLayout(this))
    , m_emptyLabel(new QLabel(this))
    , m_plot(new QCustomPlot(this))
    , m_layerTicker(new LayerTicker)
{
    setFocusPolicy(Qt::StrongFocus);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    m_stack->setContentsMargins(kFocusRing, kFocusRing, kFocusRing, kFocusRing);
    m_emptyLabel->setAlignment(Qt::AlignCenter);
    m_emptyLabel->setWordWrap(true);
    m_emptyLabel->setMargin(24);
    m_emptyLabel->setForegroundRole(QPalette::PlaceholderText);
    m_stack->addWidget(m_emptyLabel);
    m_stack->addWidget(m_plot);

    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setPlottingHint(QCP::phFastPolylines);
    m_plot->setAutoAddPlottableToLegend(false);
    m_plot->setMultiSelectModifier(Qt::NoModifier);
    m_plot->axisRect()->setMinimumMargins(QMargins(8, 8, 12, 8));
    connect(m_plot, &QCustomPlot::afterLayout, this, &PlotWidget::layOut);
    connectMouse();
}

void PlotWidget::connectMouse()
{
    // QCustomPlot keeps mouse events from its parent, and with them the context menu's.
    m_plot->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_plot, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &position) { showMenu(m_plot->mapToGlobal(position)); });
    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent *event) {
        m_pressedAt = event->pos();
        m_doubleClicked = false;
        mousePressed(event);
    });
    connect(m_plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent *event) {
        mouseMoved(event);
        if (event->buttons() != Qt::NoButton)
            return;
        const QString text = describe(event->position());
        if (text.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(event->globalPosition().toPoint(), text, m_plot);
    });
    connect(m_plot, &QCustomPlot::mouseRelease, this, [this](QMouseEvent *event) {
        mouseReleased(event);
        const bool moved = (event->pos() - m_pressedAt).manhattanLength()
            >= QGuiApplication::styleHints()->startDragDistance();
        if (event->button() == Qt::LeftButton && !moved && !m_doubleClicked)
            clicked(event->position());
    });
    connect(m_plot, &QCustomPlot::mouseDoubleClick, this, [this](QMouseEvent *event) {
        m_doubleClicked = true;
        if (event->button() == Qt::LeftButton && !activated(event->position()))
            resetView();
    });
}

void PlotWidget::initialize()
{
    m_initialized = true;
    m_stack->setCurrentWidget(m_emptyLabel);
    retranslate();
    refreshTheme();
}

QString PlotWidget::emptyText() const
{
    return m_emptyLabel->text();
}

Status PlotWidget::saveImage(const QString &path)
{
    if (!isVisible())
        (void)grab(); // lays out a plot that was never shown
    m_plot->replot(); // names are thinned out after the first layout, so the second one counts
    m_plot->replot();
    return savePlot(*m_plot, path);
}

void PlotWidget::copyImage()
{
    m_plot->replot();
    QGuiApplication::clipboard()->setPixmap(m_plot->toPixmap(0, 0, 2));
}

void PlotWidget::saveImageAs()
{
    auto *dialog = new QFileDialog(this, tr("Save plot"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("PNG image (*.png)"), tr("SVG drawing (*.svg)"), tr("PDF document (*.pdf)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(m_title);
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.mid(filter.lastIndexOf(u'.') + 1).chopped(1));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        const Status saved = saveImage(path);
        if (saved.ok())
            return;
        auto *box = new QMessageBox(QMessageBox::Warning, tr("Save plot"), errorText(saved.error()),
                                    QMessageBox::Ok, this);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
    dialog->open();
}

void PlotWidget::setEmpty(bool empty)
{
    m_empty = empty;
    m_stack->setCurrentWidget(empty ? static_cast<QWidget *>(m_emptyLabel) : m_plot);
    replot();
}

void PlotWidget::setEmptyText(const QString &text)
{
    m_emptyLabel->setText(text);
    setAccessibleDescription(m_empty ? text : QString());
}

void PlotWidget::setTitle(const QString &title)
{
    m_title = title;
    setAccessibleName(title);
    m_plot->setAccessibleName(title);
}

void PlotWidget::replot()
{
    if (m_initialized && !m_empty)
        m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotWidget::resetView()
{
    for (auto it = m_limits.cbegin(); it != m_limits.cend(); ++it)
        it.key()->setRange(it->bounds);
    replot();
}

void PlotWidget::limitAxis(QCPAxis *axis, QCPRange bounds, double smallest)
{
    if (!m_limits.contains(axis))
        connect(axis, qOverload<const QCPRange &>(&QCPAxis::rangeChanged), this,
                [this, axis] { keepInside(axis); });
    m_limits[axis] = {bounds, smallest};
    axis->setRange(bounds);
}

void PlotWidget::keepInside(QCPAxis *axis)
{
    const Limit limit = m_limits.value(axis);
    QCPRange range = axis->range();
    if (axis->scaleType() == QCPAxis::stLinear && range.size() < limit.smallest) {
        const double center = range.center();
        range = QCPRange(center - limit.smallest / 2, center + limit.smallest / 2);
    }
    axis->setRange(range.bounded(limit.bounds.lower, limit.bounds.upper));
}

void PlotWidget::zoom(double factor)
{
    for (auto it = m_limits.cbegin(); it != m_limits.cend(); ++it)
        it.key()->scaleRange(factor);
    replot();
}

void PlotWidget::setSelectedLayer(const QString &layer)
{
    if (layer == m_selectedLayer)
        return;
    m_selectedLayer = layer;
    showLayer(layerIndex(layer));
    updateSelection();
    replot();
}

void PlotWidget::selectByUser(const QString &layer)
{
    setSelectedLayer(layer);
    emit layerSelected(layer);
}

/// Scrolls so far that the layer can be seen.
void PlotWidget::showLayer(int index)
{
    if (!m_layerAxis || index < 0)
        return;
    const QCPRange range = m_layerAxis->range();
    if (index - 0.5 < range.lower)
        m_layerAxis->setRange(index - 0.5, index - 0.5 + range.size());
    else if (index + 0.5 > range.upper)
        m_layerAxis->setRange(index + 0.5 - range.size(), index + 0.5);
}

void PlotWidget::setLayerNames(const QStringList &names)
{
    m_layerNames = names;
    m_layerIndex.clear();
    for (qsizetype i = 0; i < names.size(); ++i)
        m_layerIndex.insert(names[i], static_cast<int>(i));
    m_layerTicker->setNames(names);
}

void PlotWidget::useLayerTicks(QCPAxis *axis)
{
    m_layerAxis = axis;
    axis->setTicker(m_layerTicker);
    axis->setSubTicks(false);
}

void PlotWidget::useNumberTicks(QCPAxis *axis)
{
    if (axis == m_layerAxis)
        m_layerAxis = nullptr;
    axis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    axis->setTickLabelRotation(0);
}

void PlotWidget::placeColumn(QCPItemRect &item, int index) const
{
    item.topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    item.bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    item.topLeft->setCoords(index - 0.5, 0);
    item.bottomRight->setCoords(index + 0.5, 1);
}

TextStrip *PlotWidget::addTextStrip()
{
    QCPLayoutGrid *layout = m_plot->plotLayout();
    int row = 0;
    while (row < layout->rowCount() && qobject_cast<TextStrip *>(layout->element(row, 0)))
        ++row;
    layout->insertRow(row);
    auto *strip = new TextStrip(m_plot);
    layout->addElement(row, 0, strip);
    layout->setRowSpacing(0);
    return strip;
}

void PlotWidget::addLegendAbove()
{
    m_plot->axisRect()->insetLayout()->take(m_plot->legend);
    int row = 0;
    while (qobject_cast<TextStrip *>(m_plot->plotLayout()->element(row, 0)))
        ++row;
    m_plot->plotLayout()->insertRow(row);
    m_legendRow = new QCPLayoutGrid;
    m_plot->plotLayout()->addElement(row, 0, m_legendRow);
    m_plot->plotLayout()->setRowStretchFactor(row, 0.001);
    m_plot->plotLayout()->setRowSpacing(0);
    m_legendRow->setMargins(QMargins(4, 0, 4, 0));
    m_legendRow->addElement(0, 0, m_plot->legend);
    m_legendRow->addElement(0, 1, new QCPLayoutElement(m_plot)); // takes the room that the legend leaves
    m_legendRow->setColumnStretchFactor(0, 0.001);
    m_plot->legend->setFillOrder(QCPLegend::foColumnsFirst);
    m_plot->legend->setMargins(QMargins(4, 4, 4, 2));
    m_plot->legend->setColumnSpacing(16);
    showLegend(true);
}

void PlotWidget::showLegend(bool on)
{
    m_plot->legend->setVisible(on);
    if (m_legendRow)
        m_legendRow->setVisible(on);
}

void PlotWidget::setAxisTitle(QCPAxis *axis, const QString &title)
{
    m_axisTitles[axis] = title;
    axis->setLabel(title);
}

void PlotWidget::describeCursor()
{
    const QPointF position = cursorPosition();
    const QString text = position.isNull() ? QString() : describe(position);
    if (text.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(m_plot->mapToGlobal(position.toPoint()), text, m_plot);
}

bool PlotWidget::moveLayer(QKeyEvent *event)
{
    if (!m_layerAxis || m_layerNames.isEmpty())
        return false;
    const bool horizontal = m_layerAxis->orientation() == Qt::Horizontal;
    const int last = static_cast<int>(m_layerNames.size()) - 1;
    const int current = layerIndex(m_selectedLayer);
    int target = current;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (!horizontal)
            return false;
        target = event->key() == Qt::Key_Left ? current - 1 : current + 1;
        break;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (horizontal)
            return false;
        target = event->key() == Qt::Key_Up ? current - 1 : current + 1;
        break;
    case Qt::Key_PageUp:
        target = current - 10;
        break;
    case Qt::Key_PageDown:
        target = current + 10;
        break;
    case Qt::Key_End:
        target = last;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (current >= 0)
            emit layerActivated(m_selectedLayer);
        return true;
    default:
        return false;
    }
    selectByUser(m_layerNames[std::clamp(target, 0, last)]);
    m_plot->replot();
    describeCursor();
    return true;
}

void PlotWidget::keyPressEvent(QKeyEvent *event)
{
    if (m_empty) {
        QWidget::keyPressEvent(event);
        return;
    }
    if (event->matches(QKeySequence::Copy))
        copyImage();
    else if (event->key() == Qt::Key_Home)
        resetView();
    else if (event->key() == Qt::Key_Plus || event->key() == Qt::Key_Equal)
        zoom(0.8);
    else if (event->key() == Qt::Key_Minus)
        zoom(1.25);
    else if (!keyPressed(event) && !moveLayer(event))
        QWidget::keyPressEvent(event);
}

void PlotWidget::contextMenuEvent(QContextMenuEvent *event)
{
    showMenu(event->globalPos());
}

void PlotWidget::showMenu(const QPoint &position)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!m_empty) {
        addActions(*menu);
        if (!menu->isEmpty())
            menu->addSeparator();
        menu->addAction(tr("Show everything"), QKeySequence(Qt::Key_Home), this, &PlotWidget::resetView);
        menu->addSeparator();
        menu->addAction(tr("Copy image"), QKeySequence(QKeySequence::Copy), this, &PlotWidget::copyImage);
        menu->addAction(tr("Save image as…"), this, &PlotWidget::saveImageAs);
    }
    if (menu->isEmpty())
        delete menu;
    else
        menu->popup(position);
}

void PlotWidget::refreshTheme()
{
    m_theme = PlotTheme::from(palette(), font());
    m_plot->setBackground(QBrush(m_theme.background));
    themeAxes();
    applyTheme(m_theme);
    replot();
}

void PlotWidget::themeAxes()
{
    for (QCPAxisRect *rect : m_plot->axisRects()) {
        for (QCPAxis *axis : rect->axes()) {
            axis->setBasePen(QPen(m_theme.axis, 1));
            axis->setTickPen(QPen(m_theme.axis, 1));
            axis->setSubTickPen(QPen(m_theme.axis, 1));
            axis->setTickLabelColor(m_theme.text);
            axis->setLabelColor(m_theme.text);
            axis->setTickLabelFont(m_theme.smallFont);
            axis->setLabelFont(m_theme.font);
            axis->grid()->setPen(QPen(m_theme.grid, 1));
            axis->grid()->setZeroLinePen(QPen(m_theme.axis, 1));
        }
    }
    m_plot->legend->setFont(m_theme.smallFont);
    m_plot->legend->setTextColor(m_theme.text);
    m_plot->legend->setBrush(Qt::NoBrush);
    m_plot->legend->setBorderPen(Qt::NoPen);
}

void PlotWidget::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (!m_initialized)
        return;
    switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::FontChange:
    case QEvent::StyleChange:
        refreshTheme();
        break;
    case QEvent::LanguageChange:
        retranslate();
        replot();
        break;
    case QEvent::LocaleChange:
        replot();
        break;
    default:
        break;
    }
}

void PlotWidget::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // QCustomPlot reads the pixel ratio once, when it is made; the screen may be another one by now.
    m_plot->setBufferDevicePixelRatio(devicePixelRatioF());
    replot();
}

void PlotWidget::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void PlotWidget::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    update();
}

void PlotWidget::paintEvent(QPaintEvent *event)
{
    QWidget::paintEvent(event);
    if (!hasFocus())
        return;
    QPainter painter(this);
    painter.setPen(QPen(m_theme.highlight, kFocusRing));
    painter.drawRect(QRectF(rect()).adjusted(1, 1, -1, -1));
}

} // namespace qs

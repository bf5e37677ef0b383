// SPDX-FileCopyrightText: Quantization Studio contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "widgets/plots/layerticker.h"
#include "widgets/plots/plottheme.h"
#include "widgets/plots/textstrip.h"

#include <qcustomplot.h>

#include <QHash>
#include <QWidget>

#include <vector>

class QLabel;
class QMenu;
class QStackedLayout;

namespace qs {

/// What all plots share: a text while there is nothing to show, zoom by wheel and drag, reset by Home or a
/// double-click on free ground, tooltips, a context menu that saves and copies, the keyboard, the theme, and
/// the layer that is selected. Signals tell only of what the user did.
class PlotWidget : public QWidget
{
    Q_OBJECT
public:
    QCustomPlot &plot() const { return *m_plot; }
    bool isEmpty() const { return m_empty; }
    QString emptyText() const;
    bool hasLayer(const std::string &layer) const { return layerIndex(QString::fromStdString(layer)) >= 0; }
    const QString &selectedLayer() const { return m_selectedLayer; }
    /// By suffix: png, svg, pdf. See savePlot().
    Status saveImage(const QString &path);
    QSize sizeHint() const override { return {640, 360}; }
    QSize minimumSizeHint() const override { return {240, 160}; }

public slots:
    void setSelectedLayer(const QString &layer);
    void resetView();
    void copyImage();
    void saveImageAs(); ///< asks for the file

signals:
    void layerSelected(const QString &layer);
    void layerActivated(const QString &layer); ///< double-click or Enter

protected:
    explicit PlotWidget(QWidget *parent);
    /// To be called at the end of a subclass's constructor.
    void initialize();

    virtual void retranslate() = 0; ///< set all texts
    virtual void applyTheme(const PlotTheme &theme) = 0; ///< what is neither axis, grid nor legend
    virtual void updateSelection() { } ///< selectedLayer() changed
    /// Rich text for what is at \a position; empty = nothing there.
    virtual QString describe(QPointF position) const = 0;
    /// Where the keyboard's selection is, for its description; null = nowhere.
    virtual QPointF cursorPosition() const { return {}; }
    virtual void clicked(QPointF) { }
    virtual bool activated(QPointF) { return false; } ///< double-click; false = free ground
    virtual bool keyPressed(QKeyEvent *) { return false; }
    virtual void addActions(QMenu &) { }
    virtual void mousePressed(QMouseEvent *) { }
    virtual void mouseMoved(QMouseEvent *) { }
    virtual void mouseReleased(QMouseEvent *) { }

    const PlotTheme &theme() const { return m_theme; }
    void setEmpty(bool empty);
    void setEmptyText(const QString &text);
    void setTitle(const QString &title); ///< accessible name, and file name when saved
    void selectByUser(const QString &layer);
    void describeCursor();
    void replot();
    /// The title of \a axis, which is elided when it is longer than the axis.
    void setAxisTitle(QCPAxis *axis, const QString &title);
    QString axisTitle(QCPAxis *axis) const { return m_axisTitles.value(axis); }

    /// \a axis never leaves \a bounds and never shows less than \a smallest of it; shows all of it now.
    void limitAxis(QCPAxis *axis, QCPRange bounds, double smallest);

    void setLayerNames(const QStringList &names);
    const QStringList &layerNames() const { return m_layerNames; }
    int layerIndex(const QString &layer) const { return m_layerIndex.value(layer, -1); }
    /// Makes \a axis one of layer names.
    void useLayerTicks(QCPAxis *axis);
    /// The axis as numbers again.
    void useNumberTicks(QCPAxis *axis);

    /// Puts \a item over the whole height of the layer at \a index (horizontal layer axis).
    void placeColumn(QCPItemRect &item, int index) const;

    /// A line of text above the plot, below those added before.
    TextStrip *addTextStrip();
    /// Moves the legend from the inside of the plot, where it would cover data, to a line above it.
    void addLegendAbove();
    void showLegend(bool on);

    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    struct Limit
    {
        QCPRange bounds;
        double smallest = 0;
    };
    void connectMouse();
    void showMenu(const QPoint &position); ///< on the screen
    void refreshTheme();
    void themeAxes();
    void layOut();
    bool layOutTitles();
    bool layOutLegend();
    bool layOutLayerTicks();
    void keepInside(QCPAxis *axis);
    void showLayer(int index);
    bool moveLayer(QKeyEvent *event);
    void zoom(double factor);

    QStackedLayout *m_stack;
    QLabel *m_emptyLabel;
    QCustomPlot *m_plot;
    PlotTheme m_theme;
    QString m_selectedLayer;
    QString m_title;
    QStringList m_layerNames;
    QHash<QString, int> m_layerIndex;
    QCPAxis *m_layerAxis = nullptr;
    QSharedPointer<LayerTicker> m_layerTicker;
    QHash<QCPAxis *, Limit> m_limits;
    QHash<QCPAxis *, QString> m_axisTitles;
    QCPLayoutGrid *m_legendRow = nullptr;
    QPoint m_pressedAt;
    bool m_doubleClicked = false;
    bool m_empty = true;
    bool m_initialized = false;
};

/// One line "label: value" of a tooltip; both are escaped.
QString tipLine(const QString &label, const QString &value);
/// The bold first line of a tooltip.
QString tipTitle(const QString &title);

} // namespace qs

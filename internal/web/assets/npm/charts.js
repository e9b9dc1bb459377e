// What the pages use of ECharts: bars, lines, heatmaps, a range chosen by brush. tools/npmcopy bundles it.
export { init, use, graphic } from "echarts/core";
import { use } from "echarts/core";
import { BarChart, LineChart, HeatmapChart } from "echarts/charts";
import { GridComponent, TooltipComponent, LegendComponent, BrushComponent, VisualMapContinuousComponent, AriaComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
use([BarChart, LineChart, HeatmapChart, GridComponent, TooltipComponent, LegendComponent, BrushComponent, VisualMapContinuousComponent, AriaComponent, CanvasRenderer]);

// Draws the charts of a page from their data-chart attributes, in the page's colours. The figures stand in a table beneath each too.
"use strict";
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Colours are read from an element, so that the browser works out light-dark() and oklch() for the canvas.
  function colour(name) {
    const probe = document.createElement("span");
    probe.className = "probe";
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const paint = document.createElement("canvas").getContext("2d");
    paint.fillStyle = getComputedStyle(probe).color;
    paint.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;
    probe.remove();
    return `rgba(${r},${g},${b},${a / 255})`;
  }
  const tones = { strong: "--fh-strong", bad: "--fh-bad", warn: "--fh-warn", good: "--fh-good", info: "--fh-info", quiet: "--fh-faint" };
  const series = ["--fh-c1", "--fh-c2", "--fh-c3", "--fh-c4", "--fh-c5", "--fh-c6", "--fh-c7", "--fh-c8"];
  const number = (n) => Number(n).toLocaleString(document.documentElement.lang);

  function options(data) {
    const text = colour("--fh-muted"), line = colour("--fh-line"), ground = colour("--fh-surface"), ink = colour("--fh-ink");
    const font = { color: text, fontFamily: style("--fh-font") || "sans-serif", fontSize: 11 };
    const many = data.series.length > 1, heat = data.kind === "heatmap";
    const base = {
      animation: false,
      aria: { enabled: false },
      textStyle: font,
      grid: { left: 4, right: 12, top: many && !heat ? 30 : 10, bottom: heat ? 44 : 2, containLabel: true },
      tooltip: {
        renderMode: "richText", confine: true, trigger: heat ? "item" : "axis", axisPointer: { type: "shadow" },
        backgroundColor: ground, borderColor: line, textStyle: { color: ink, fontSize: 12 }, valueFormatter: number,
      },
      xAxis: { type: "category", data: data.labels, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { ...font, hideOverlap: true } },
      yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: line } }, axisLabel: { ...font, formatter: number } },
      legend: many && !heat ? { top: 0, left: 0, itemWidth: 10, itemHeight: 10, textStyle: font, type: "scroll", pageIconSize: 10, pageTextStyle: font } : undefined,
    };
    return heat ? heatmap(base, data, ground) : lines(base, data);
  }
  function lines(base, data) {
    base.color = series.map(colour);
    base.series = data.series.map((s) => ({
      name: s.name || data.unit, type: data.kind === "lines" ? "line" : "bar", data: s.values, stack: data.kind === "bars" ? "all" : undefined,
      showSymbol: false, barCategoryGap: "18%", lineStyle: { width: 1.75 }, emphasis: { disabled: true },
      itemStyle: tones[s.tone] ? { color: colour(tones[s.tone]) } : undefined,
    }));
    if (data.range) {
      base.toolbox = { show: false };
      base.brush = {
        xAxisIndex: 0, brushType: "lineX", brushMode: "single", transformable: false, throttleType: "debounce",
        brushStyle: { borderWidth: 1, color: "rgba(90,130,230,.18)", borderColor: "rgba(90,130,230,.8)" }, outOfBrush: { colorAlpha: 0.35 },
      };
    }
    return base;
  }
  function heatmap(base, data, ground) {
    const cells = data.series.flatMap((s, y) => s.values.map((v, x) => [x, y, v]));
    base.yAxis = { type: "category", data: data.series.map((s) => s.name), inverse: true, axisLabel: base.yAxis.axisLabel, axisTick: { show: false }, axisLine: { show: false } };
    base.yAxis.axisLabel = { ...base.xAxis.axisLabel };
    base.visualMap = {
      min: 0, max: Math.max(1, ...cells.map((c) => c[2])), calculable: false, orient: "horizontal", left: 0, bottom: 0, itemHeight: 80, itemWidth: 10,
      inRange: { color: [colour("--fh-heat-0"), colour("--fh-heat-1"), colour("--fh-heat-2")] }, textStyle: base.textStyle,
    };
    base.series = [{ type: "heatmap", name: data.unit, data: cells, itemStyle: { borderColor: ground, borderWidth: 1 }, emphasis: { disabled: true } }];
    return base;
  }

  // A chosen range leads to its list. The end is the beginning of the next label, so that the last bar is whole.
  function choosing(chart, data) {
    chart.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
    chart.on("brushEnd", (e) => {
      const range = e.areas[0]?.coordRange;
      if (!range || !data.keys?.length) return;
      const last = data.keys.length - 1, step = last > 0 ? Date.parse(data.keys[1]) - Date.parse(data.keys[0]) : 3600000;
      const from = data.keys[Math.max(0, range[0])], end = Math.min(last, range[1]);
      const to = end < last ? data.keys[end + 1] : new Date(Date.parse(data.keys[last]) + step).toISOString().replace(".000Z", "Z");
      location.assign(data.range.replace("{from}", encodeURIComponent(from)).replace("{to}", encodeURIComponent(to)).replace("%7Bfrom%7D", encodeURIComponent(from)).replace("%7Bto%7D", encodeURIComponent(to)));
    });
  }

  function draw(figure) {
    const data = JSON.parse(figure.dataset.chart), box = figure.querySelector(".chart-box");
    if (!data.series?.length) return;
    const old = figure.chart;
    if (old) old.dispose();
    const chart = figure.chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(options(data));
    if (data.range) choosing(chart, data);
    else if (data.href) chart.on("click", (e) => { const to = data.href[e.dataIndex]; if (to && to.startsWith("/")) location.assign(to); });
    if (!figure.watched) figure.watched = new ResizeObserver(() => figure.chart.resize()).observe(box) || true;
    figure.dataset.drawn = "1";
  }
  window.drawCharts = (again) => document.querySelectorAll("[data-chart]").forEach((f) => { if (again || !f.dataset.drawn) draw(f); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.drawCharts(true));
  window.drawCharts();
})();

// Draws the charts of a page with uPlot, which has neither error bars, bars side by side nor tooltips.
"use strict";
(() => {
  const HEIGHT = 300, PRINTED = { width: 335, height: 240 }, BARS_SHARE = 0.78, WIDEST_BAR = 0.2, CAP = 4, NEAR = 24, LOG_ROOM = 1.15, MOST_TICKS = 10, LETTER = 0.62, SIDE = 76, NARROW = 400, REFRESH_MS = 2000;
  let plots = [];

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = value => {
    const size = Math.abs(value);
    const digits = size >= 1000 || size === 0 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
    return size > 0 && size < 0.001 ? Number(value.toPrecision(3)).toExponential() : value.toLocaleString("en", { maximumFractionDigits: digits });
  };
  const named = axis => axis.unit ? `${axis.label}, ${axis.unit}` : axis.label;
  const isBar = series => series.mark === "BARS" || series.mark === "STACKED";
  const isLogarithmic = axis => axis.scale === "LOG2" || axis.scale === "LOG10";

  // Bars of one series stand beside those of the others; stacked ones on those before. Others are where they are.
  function placed(chart) {
    const slots = [...chart.series.filter(s => s.mark === "BARS"), ...(chart.series.some(s => s.mark === "STACKED") ? [null] : [])];
    const share = Math.min(BARS_SHARE, WIDEST_BAR * slots.length * chart.x.names.length); // few bars are no walls
    const width = share / Math.max(1, slots.length);
    const heights = new Map();
    return chart.series.map(series => {
      const slot = isBar(series) ? slots.indexOf(series.mark === "BARS" ? series : null) : 0;
      const shift = isBar(series) ? (slot - (slots.length - 1) / 2) * width : 0;
      const points = series.points.map(point => {
        const base = series.mark === "STACKED" ? heights.get(point.x) ?? 0 : 0;
        heights.set(point.x, base + point.y);
        return { ...point, at: point.x + shift, base, top: base + point.y };
      });
      return { ...series, width, points: points.sort((a, b) => a.at - b.at) };
    });
  }

  function range(axis, low, high) {
    if (axis.names.length) return [-0.5, axis.names.length - 0.5];
    if (isLogarithmic(axis)) return [low / LOG_ROOM, high * LOG_ROOM];
    if (axis.scale === "FROM_ZERO") return [0, high > 0 ? high * 1.08 : 1];
    const room = (high - low || Math.abs(high) || 1) * 0.06;
    return [low - room, high + room];
  }

  function scale(axis, values) {
    const [low, high] = values.reduce(([l, h], v) => [Math.min(l, v), Math.max(h, v)], [Infinity, -Infinity]);
    const fixed = Number.isFinite(low) ? range(axis, low, high) : [0, 1];
    const kind = isLogarithmic(axis) ? { distr: 3, log: axis.scale === "LOG2" ? 2 : 10 } : {};
    return { time: false, ...kind, range: (u, min, max) => u.zoomed && axis.isX ? [min, max] : fixed };
  }

  // Of a logarithmic axis: where the numbers are, if these are few, else round ones.
  function ticks(axis, numbers) {
    const places = [...new Set(numbers)].sort((a, b) => a - b);
    if (axis.scale === "LOG2" && places.length <= MOST_TICKS) return places;
    const low = places[0] / LOG_ROOM, high = places[places.length - 1] * LOG_ROOM, all = [];
    const digits = high / low > 10 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) all.push(...digits.map(d => d * 10 ** power));
    return all.filter(tick => tick >= low && tick <= high);
  }

  // Words of a name on as many lines as its share of the axis asks for.
  function wrapped(name, letters) {
    const lines = [];
    const words = name.replace(/(\d) (?=[a-z])/g, "$1\u00a0").split(" "); // numbers stay with what they count
    for (const word of words.flatMap(each => each.length > letters ? each.split(/(?<=-)/) : [each])) {
      const last = lines[lines.length - 1];
      if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = last + (last.endsWith("-") ? "" : " ") + word; else lines.push(word);
    }
    return lines.join("\n");
  }

  function axisOptions(axis, side, numbers, width) {
    const line = { stroke: colour("--line"), width: 1 };
    const isNamed = axis.names.length > 0;
    const size = width < NARROW ? 10 : 12;
    const names = axis.names.map(name => wrapped(name, (width - SIDE) / axis.names.length / (LETTER * size)));
    const lines = Math.max(1, ...names.map(name => name.split("\n").length));
    return {
      side, stroke: colour("--quiet"), label: named(axis) || null, labelSize: named(axis) ? 22 : 0, labelFont: "600 12px system-ui, sans-serif",
      font: `${size}px system-ui, sans-serif`, size: side === 3 ? 62 : 26 + 14 * lines, grid: { ...line, show: !isNamed }, ticks: line,
      values: (u, splits) => splits.map(value => value === null ? "" : isNamed ? names[value] ?? "" : number(value)),
      filter: (u, splits) => splits,
      ...(isNamed ? { splits: () => names.map((_, i) => i) } : {}),
      ...(isLogarithmic(axis) ? { splits: (u, i, min, max) => ticks(axis, numbers).filter(tick => tick >= min && tick <= max) } : {}),
    };
  }

  function drawBars(u, series, context) {
    context.fillStyle = colour(`--c${series.colour % 8}`);
    const half = series.width * 0.46;
    for (const point of series.points) {
      const left = u.valToPos(point.at - half, "x", true), right = u.valToPos(point.at + half, "x", true);
      const bottom = u.valToPos(point.base, "y", true), top = u.valToPos(point.top, "y", true);
      context.fillRect(left, top, right - left, Math.max(1, bottom - top));
    }
  }

  function drawErrors(u, series, context) {
    const cap = CAP * devicePixelRatio;
    context.strokeStyle = isBar(series) ? colour("--ink") : colour(`--c${series.colour % 8}`);
    context.lineWidth = 1.5 * devicePixelRatio;
    context.setLineDash([]);
    context.beginPath();
    for (const point of series.points.filter(p => p.low < p.high)) {
      const x = u.valToPos(point.at, "x", true), low = u.valToPos(point.low, "y", true), high = u.valToPos(point.high, "y", true);
      context.moveTo(x, low); context.lineTo(x, high);
      for (const y of [low, high]) { context.moveTo(x - cap, y); context.lineTo(x + cap, y); }
    }
    context.stroke();
  }

  function drawOver(u, all) {
    const context = u.ctx;
    context.save();
    context.beginPath();
    context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    context.clip();
    all.forEach((series, i) => {
      if (!u.series[i + 1].show) return;
      if (isBar(series)) drawBars(u, series, context);
      drawErrors(u, series, context);
    });
    context.restore();
  }

  function nearest(u, series, left) {
    let low = 0, high = series.points.length - 1;
    const x = u.posToVal(left, "x");
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (series.points[middle].at < x) low = middle; else high = middle;
    }
    const near = [series.points[low], series.points[high]].filter(Boolean).map(p => ({ point: p, far: Math.abs(u.valToPos(p.at, "x") - left) }));
    return near.sort((a, b) => a.far - b.far)[0];
  }

  function lines(u, chart, all) {
    const near = all.map((series, i) => ({ series, ...(u.series[i + 1].show ? nearest(u, series, u.cursor.left) : {}) })).filter(n => n.point);
    const best = Math.min(...near.map(n => n.far));
    if (!(best < NEAR * 2)) return [];
    const shown = near.filter(n => n.far <= best + 1);
    const at = shown[0].point.x;
    const head = chart.x.names.length ? chart.x.names[at] : `${chart.x.label} ${number(at)}${chart.x.unit ? " " + chart.x.unit : ""}`;
    return [[head], ...shown.map(({ series, point }) => {
      const spread = point.low < point.high ? ` (${number(point.low)} … ${number(point.high)})` : "";
      const unit = chart.y.unit ? " " + chart.y.unit : "";
      return [`${point.note || series.name}: ${number(point.y)}${unit}${spread}`, `--c${series.colour % 8}`];
    })];
  }

  function showTip(u, tip, rows) {
    tip.hidden = rows.length === 0 || u.cursor.left < 0;
    if (tip.hidden) return;
    tip.replaceChildren(...rows.map(([text, dot], i) => {
      const row = document.createElement("div");
      if (dot) row.appendChild(document.createElement("i")).style.background = `var(${dot})`;
      row.append(text);
      if (i === 0) row.style.fontWeight = "600";
      return row;
    }));
    const isRight = u.cursor.left > u.over.clientWidth / 2;
    tip.style.left = isRight ? "" : `${u.cursor.left + 14}px`;
    tip.style.right = isRight ? `${u.over.clientWidth - u.cursor.left + 14}px` : "";
    tip.style.top = `${Math.max(0, Math.min(u.cursor.top, u.over.clientHeight - 20 - 22 * rows.length))}px`;
  }

  function seriesOptions(series) {
    const stroke = colour(`--c${series.colour % 8}`);
    const dots = series.mark === "POINTS";
    return {
      label: series.name, stroke, width: 2, spanGaps: true, dash: series.mark === "DASHED" ? [7, 5] : [],
      fill: isBar(series) ? stroke : undefined,
      paths: isBar(series) || dots ? () => null : undefined,
      points: { show: dots || (!isBar(series) && series.points.length <= 40), size: dots ? 8 : 6, fill: stroke },
    };
  }

  function markers(all) {
    const of = i => all[i - 1] ?? all[0];
    return {
      width: 2, dash: (u, i) => of(i).mark === "DASHED" ? "dashed" : "solid", stroke: (u, i) => colour(`--c${of(i).colour % 8}`),
      fill: (u, i) => of(i).mark === "DASHED" ? "transparent" : colour(`--c${of(i).colour % 8}`),
    };
  }

  function plot(place, chart, size) {
    const all = placed(chart);
    const tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
    const data = uPlot.join(all.map(s => [s.points.map(p => p.at), s.points.map(p => p.top)]));
    const xs = all.flatMap(s => s.points.map(p => p.at));
    const ends = all.flatMap(s => s.points.flatMap(p => [p.top, ...(p.low < p.high ? [p.low, p.high] : [])]));
    return new uPlot({
      ...size, ms: 1, padding: [12, 14, 0, 0],
      scales: { x: scale({ ...chart.x, isX: true }, xs), y: scale(chart.y, ends) },
      axes: [axisOptions(chart.x, 2, xs, size.width), axisOptions(chart.y, 3, ends, size.width)],
      series: [{}, ...all.map(seriesOptions)],
      legend: { live: false, show: all.length > 1, markers: markers(all) },
      cursor: { points: { show: false }, y: false, drag: { x: !chart.x.names.length, y: false } },
      hooks: {
        init: [u => { u.over.appendChild(tip); u.over.addEventListener("mouseleave", () => { tip.hidden = true; }); }],
        setSelect: [u => { u.zoomed = u.select.width > 0; }],
        draw: [u => drawOver(u, all)],
        setCursor: [u => showTip(u, tip, lines(u, chart, all))],
      },
    }, data, place);
  }

  function drawAll() {
    plots.forEach(each => each.destroy());
    const charts = JSON.parse(document.querySelector("script.charts").textContent);
    const printed = document.documentElement.classList.contains("printed");
    plots = [...document.querySelectorAll(".plot")].map(place =>
      plot(place, charts[Number(place.dataset.chart)], printed ? PRINTED : { width: place.clientWidth, height: HEIGHT }));
    document.documentElement.dataset.drawn = plots.length;
  }

  function printed(is) {
    document.documentElement.classList.toggle("printed", is);
    drawAll();
  }

  // A running program serves what main holds now; it is replaced only when it has changed.
  function follow(address) {
    let before = "";
    setInterval(async () => {
      try {
        const response = await fetch(address, { cache: "no-store" });
        if (!response.ok) throw new Error(response.statusText);
        const text = await response.text();
        if (text !== before) {
          before = text;
          document.querySelector("main").innerHTML = text;
          drawAll();
        }
        document.documentElement.dataset.state = "live";
      } catch (gone) {
        document.documentElement.dataset.state = "ended"; // the page keeps what it has
      }
    }, REFRESH_MS);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("beforeprint", () => printed(true));
  addEventListener("afterprint", () => printed(false));
  addEventListener("resize", () => plots.forEach(each => each.setSize({ width: each.root.parentElement.clientWidth, height: HEIGHT })));
  drawAll();
  const address = document.documentElement.dataset.live;
  if (address) follow(address);
})();

"use strict";
// The explorer of a report: choose a method and a strength, and see its spectrum, sideband fit and ROC curve.
// Data are the JSON of unsculpt.explorer; drawing is plain SVG, so the page needs nothing from a network.
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const WIDTH = 480, LEFT = 58, RIGHT = 14;

  function element(name, attributes, parent, text) {
    const node = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.append(node);
    return node;
  }

  // A panel: its frame, its ticks, and functions from numbers to places.
  function panel(svg, { top, height, x, y, log = false, xlabel, ylabel }) {
    const bottom = top + height, scale = log ? Math.log10 : (v) => v;
    const px = (v) => LEFT + ((v - x[0]) / (x[1] - x[0])) * (WIDTH - LEFT - RIGHT);
    const clamp = (v) => Math.max(top, Math.min(bottom, v));
    const py = (v) => clamp(bottom - ((scale(v) - scale(y[0])) / (scale(y[1]) - scale(y[0]))) * height);
    for (const v of steps(x, 6)) {
      element("line", { x1: px(v), x2: px(v), y1: bottom, y2: bottom + 5, class: "axis" }, svg);
      if (xlabel) element("text", { x: px(v), y: bottom + 18, class: "tick middle" }, svg, number(v));
    }
    for (const v of log ? decades(y) : steps(y, 5)) {
      element("line", { x1: LEFT - 5, x2: LEFT, y1: py(v), y2: py(v), class: "axis" }, svg);
      element("text", { x: LEFT - 8, y: py(v) + 4, class: "tick end" }, svg, number(v));
    }
    element("rect", { x: LEFT, y: top, width: WIDTH - LEFT - RIGHT, height, class: "frame" }, svg);
    if (xlabel) element("text", { x: WIDTH - RIGHT, y: bottom + 36, class: "label end" }, svg, xlabel);
    const turned = `rotate(-90) translate(${-top - height / 2} 14)`;
    element("text", { transform: turned, class: "label middle" }, svg, ylabel);
    return { px, py, top, bottom };
  }

  const number = (v) => String(Number(v.toPrecision(6))).replace("-", "−");

  function steps([low, high], count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough);
    const values = [];
    for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) values.push(v);
    return values;
  }

  function decades([low, high]) {
    const values = [];
    for (let k = Math.ceil(Math.log10(low) - 1e-9); k <= Math.log10(high) + 1e-9; k++) values.push(10 ** k);
    return values;
  }

  const path = (xs, ys) => xs.map((x, i) => `${i ? "L" : "M"}${x.toFixed(1)},${ys[i].toFixed(1)}`).join("");

  function stairs(edges, values, { px, py }) {
    const xs = [], ys = [];
    values.forEach((v, i) => { xs.push(px(edges[i]), px(edges[i + 1])); ys.push(py(v), py(v)); });
    return path(xs, ys);
  }

  // Spectrum of the background after the cut and, if there are fits, that of its sidebands with the pulls below.
  function drawFit(svg, study, point) {
    const { edges, window } = study, x = [edges[0], edges.at(-1)];
    const centres = edges.slice(1).map((e, i) => (e + edges[i]) / 2);
    const total = (values) => values.reduce((sum, v) => sum + v, 0);
    const before = study.inclusive.map((v) => (v * total(point.pass)) / total(study.inclusive));
    const highest = Math.max(...point.pass.map((v, i) => v + point.error[i]), ...before);
    const y = [0, 1.15 * highest], above = { top: 10, x, y, ylabel: study.density };
    const top = panel(svg, study.fits ? { ...above, height: 210 } : { ...above, height: 300, xlabel: study.mass });
    const low = study.fits
      ? panel(svg, { top: 232, height: 78, x, y: [-4.5, 4.5], xlabel: study.mass, ylabel: "Pull" })
      : null;
    for (const p of window ? [top, low].filter(Boolean) : []) {
      const width = p.px(window[1]) - p.px(window[0]);
      element("rect", { x: p.px(window[0]), y: p.top, width, height: p.bottom - p.top, class: "window" }, svg);
    }
    element("path", { d: stairs(edges, before, top), class: "before" }, svg);
    if (point.expected) {
      const up = point.expected.map((v, i) => v + point.band[i]), down = point.expected.map((v, i) => v - point.band[i]);
      const back = path([...centres].reverse().map(top.px), [...down].reverse().map(top.py)).replace("M", "L");
      element("path", { d: path(centres.map(top.px), up.map(top.py)) + back + "Z", class: "band" }, svg);
      element("path", { d: stairs(edges, point.expected, top), class: "fit" }, svg);
      element("line", { x1: low.px(x[0]), x2: low.px(x[1]), y1: low.py(0), y2: low.py(0), class: "guide" }, svg);
    }
    centres.forEach((m, i) => {
      if (!point.error[i]) return; // an empty bin has no point: its error is not known
      const hidden = study.fits && window && m > window[0] && m < window[1], kind = hidden ? "point hollow" : "point";
      const mark = (p, value, error) => {
        element("line", { x1: p.px(m), x2: p.px(m), y1: p.py(value - error), y2: p.py(value + error), class: "bar" }, svg);
        element("circle", { cx: p.px(m), cy: p.py(value), r: 2.6, class: kind }, svg);
      };
      mark(top, point.pass[i], point.error[i]);
      if (point.expected) mark(low, (point.pass[i] - point.expected[i]) / point.error[i], 1);
    });
  }

  function drawRoc(svg, study, point, plain) {
    const seen = (p) => p.roc[0].map((s, i) => [s, p.roc[1][i]]).filter(([s, b]) => s >= 0.1 && b > 0);
    const curves = [[plain, "reference"], [point, "fit"]].map(([p, kind]) => [seen(p), kind]);
    const highest = Math.max(...curves.flatMap(([c]) => c.map(([, b]) => 1 / b)));
    const frame = panel(svg, {
      top: 10, height: 300, x: [0.1, 1], y: [1, 1.5 * highest], log: true,
      xlabel: "Signal efficiency", ylabel: "Background rejection",
    });
    for (const [curve, kind] of curves) {
      element("path", { d: path(curve.map(([s]) => frame.px(s)), curve.map(([, b]) => frame.py(1 / b))), class: kind }, svg);
    }
    const [s, rejection] = point.cut;
    if (rejection) element("circle", { cx: frame.px(s), cy: frame.py(rejection), r: 4.5, class: "point" }, svg);
  }

  function start(section) {
    const study = JSON.parse(section.querySelector("script").textContent);
    const [method, strength] = section.querySelectorAll("select");
    const [fit, roc] = section.querySelectorAll("svg");
    const ranged = section.querySelector("tbody"); // in studies with ranges
    const words = section.querySelector("dl"), said = section.querySelector("output");
    const plain = study.points[study.plain];
    const option = (parent, value, text) => {
      const node = document.createElement("option");
      node.value = value;
      node.textContent = text;
      parent.append(node);
    };

    function fill() {
      strength.replaceChildren();
      study.points.forEach((p, i) => { if (p.method === method.value) option(strength, i, p.tag); });
      strength.disabled = strength.options.length < 2;
    }

    function show() {
      const point = study.points[Number(strength.value)];
      for (const svg of [fit, roc]) svg.replaceChildren();
      const fitted = study.fits ? " and sideband fit" : "";
      element("title", {}, fit, `Background mass spectrum${fitted} after ${point.label}`);
      element("title", {}, roc, `ROC curve of ${point.label}`);
      drawFit(fit, study, point);
      drawRoc(roc, study, point, plain);
      words.replaceChildren();
      for (const [name, value] of point.words) {
        const entry = document.createElement("div");
        for (const [tag, text] of [["dt", name], ["dd", value]]) {
          const node = document.createElement(tag);
          node.textContent = text;
          entry.append(node);
        }
        words.append(entry);
      }
      if (ranged) {
        ranged.replaceChildren(...study.ranges.map((range, i) => {
          const row = document.createElement("tr");
          for (const [j, text] of [...range, ...point.ranges[i]].entries()) {
            const cell = document.createElement(j ? "td" : "th");
            cell.textContent = text;
            row.append(cell);
          }
          return row;
        }));
      }
      said.textContent = `${point.label} is shown.`;
    }

    for (const [name, label] of study.methods) option(method, name, label);
    method.value = study.points[study.chosen].method;
    fill();
    strength.value = String(study.chosen);
    method.addEventListener("change", () => { fill(); show(); });
    strength.addEventListener("change", show);
    section.hidden = false;
    show();
  }

  document.querySelectorAll(".explorer").forEach(start);
})();

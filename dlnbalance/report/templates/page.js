// The page of a reduced model: the order that is chosen, and all that follows it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("numbers").textContent);

  // -- numbers ------------------------------------------------------------------------------------------------------

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = (text) => (text === null ? null : new Float64Array(bytes(text).buffer));
  const rows = (values, count) => {
    const width = count ? values.length / count : 0;
    return Array.from({ length: count }, (_, k) => values.subarray(k * width, (k + 1) * width));
  };
  const short = (value) => (value === null || !isFinite(value) ? "none" : Number(value.toPrecision(4)).toString());

  const omega = floats(data.omega);
  const times = floats(data.times); // in seconds, or in samples of a discrete system
  const clock = times.map((time) => (data.discrete ? time * data.dt : time));
  const full = {
    ...data.full,
    gain: floats(data.full.gain),
    responses: rows(floats(data.full.responses), data.channels.length),
    steps: data.full.steps === null ? null : rows(floats(data.full.steps), data.channels.length),
    poles: floats(data.full.poles),
  };

  const unpacked = new Map(); // models whose numbers were needed
  function modelAt(index) {
    if (!unpacked.has(index)) {
      const packed = data.models[index];
      unpacked.set(index, {
        ...packed,
        gain: floats(packed.gain),
        error: floats(packed.error),
        poles: floats(packed.poles),
        terms: packed.terms && packed.terms.map(floats),
        responses: packed.responses && rows(floats(packed.responses), data.channels.length),
        steps: packed.steps && rows(floats(packed.steps), data.channels.length),
        matrices: Object.fromEntries(Object.entries(packed.matrices).map(([key, text]) => [key, floats(text)])),
      });
    }
    return unpacked.get(index);
  }

  // -- channels: sums over the poles ----------------------------------------------------------------------------------

  /** Residues c_i b_j of a channel, and the feedthrough. */
  function channelTerms(model, [output, input]) {
    const [poles, inputs, outputs] = model.terms;
    const count = poles.length / 2, m = data.inputs.length;
    const residues = new Float64Array(2 * count);
    for (let k = 0; k < count; k++) {
      const b = 2 * (k * m + input), c = 2 * (output * count + k);
      residues[2 * k] = inputs[b] * outputs[c] - inputs[b + 1] * outputs[c + 1];
      residues[2 * k + 1] = inputs[b] * outputs[c + 1] + inputs[b + 1] * outputs[c];
    }
    return { poles, residues, feedthrough: model.matrices.D[output * m + input] };
  }

  /** D + Σ r_k / (z − λ_k) on the stability boundary, real and imaginary parts next to each other. */
  function response(model, channel) {
    if (model.responses) return model.responses[channel];
    const { poles, residues, feedthrough } = channelTerms(model, data.channels[channel]);
    const found = new Float64Array(2 * omega.length);
    for (let k = 0; k < omega.length; k++) {
      const x = data.discrete ? Math.cos(omega[k] * data.dt) : 0;
      const y = data.discrete ? Math.sin(omega[k] * data.dt) : omega[k];
      let real = feedthrough, imag = 0;
      for (let i = 0; i < poles.length; i += 2) {
        const u = x - poles[i], v = y - poles[i + 1], size = u * u + v * v;
        real += (residues[i] * u + residues[i + 1] * v) / size;
        imag += (residues[i + 1] * u - residues[i] * v) / size;
      }
      found[2 * k] = real;
      found[2 * k + 1] = imag;
    }
    return found;
  }

  /** D + Σ r_k (e^{λt} − 1)/λ in continuous and D + Σ r_k (λ^t − 1)/(λ − 1) in discrete time. */
  function step(model, channel) {
    if (model.steps) return model.steps[channel];
    if (!model.terms) return null;
    const { poles, residues, feedthrough } = channelTerms(model, data.channels[channel]);
    return Float64Array.from(times, (t) => {
      let sum = feedthrough;
      for (let i = 0; i < poles.length; i += 2) {
        const [real, imag] = data.discrete ? powers(poles[i], poles[i + 1], t) : grown(poles[i], poles[i + 1], t);
        sum += residues[i] * real - residues[i + 1] * imag;
      }
      return sum;
    });
  }

  /** (e^{λt} − 1)/λ; near λt = 0, where that cancels, by its series. */
  function grown(x, y, t) {
    const a = x * t, b = y * t, size = x * x + y * y;
    if (Math.hypot(a, b) < 1e-5) return [t * (1 + a / 2), (t * b) / 2];
    const real = Math.expm1(a) * Math.cos(b) - 2 * Math.sin(b / 2) ** 2, imag = Math.exp(a) * Math.sin(b);
    return [(real * x + imag * y) / size, (imag * x - real * y) / size];
  }

  /** (λ^t − 1)/(λ − 1) for whole numbers t; t for λ = 1. */
  function powers(x, y, t) {
    if (Math.hypot(x - 1, y) < 1e-12) return [t, 0];
    const radius = Math.hypot(x, y) ** t, angle = Math.atan2(y, x) * t;
    const a = radius * Math.cos(angle) - 1, b = radius * Math.sin(angle), u = x - 1, size = u * u + y * y;
    return [(a * u + b * y) / size, (b * u - a * y) / size];
  }

  const moduli = (values) => Float64Array.from({ length: values.length / 2 }, (_, k) => Math.hypot(values[2 * k], values[2 * k + 1]));

  /** Phase in degrees without jumps, on the branch of a reference where that is largest. */
  function phase(values, reference) {
    const found = new Float64Array(values.length / 2);
    for (let k = 0; k < found.length; k++) {
      const angle = (Math.atan2(values[2 * k + 1], values[2 * k]) * 180) / Math.PI;
      found[k] = k ? angle + 360 * Math.round((found[k - 1] - angle) / 360) : angle;
    }
    if (reference) {
      const shift = 360 * Math.round((reference.phase[reference.top] - found[reference.top]) / 360);
      for (let k = 0; k < found.length; k++) found[k] += shift;
    }
    return found;
  }

  // -- pictures -----------------------------------------------------------------------------------------------------

  // Colours that differ in grey as well, and dashes beside them.
  const FULL = { color: "#8c8c8c", width: 4 }, REDUCED = { color: "#0b3c6f", width: 1.8, dash: "dash" };
  const ERROR = { color: "#d55e00", width: 1.5 }, BOUND = { color: "#000000", width: 1.5, dash: "dot" };
  const config = { responsive: true, displaylogo: false, modeBarButtons: [["toImage", "resetScale2d"]] };

  /** A logarithmic axis through some positive values, with a tick at each power of ten where there are several. */
  function logarithmic(values, title) {
    const found = values.filter((value) => value > 0 && isFinite(value)).map(Math.log10);
    if (!found.length) return { type: "log", title: { text: title } };
    const low = Math.min(...found), high = Math.max(...found), margin = 0.04 * (high - low) + 0.02;
    const decades = Math.max(1, Math.ceil((high - low) / 7));
    return { type: "log", title: { text: title }, range: [low - margin, high + margin], ...(high - low > 2 ? { dtick: decades } : {}) };
  }

  function layout(xaxis, yaxis) {
    const axis = { automargin: true, gridcolor: "#e5e5e5", zerolinecolor: "#bbbbbb", exponentformat: "power" };
    return {
      margin: { l: 60, r: 12, t: 8, b: 44 },
      font: { family: "system-ui, sans-serif", size: 13, color: "#1a1a1a" },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      modebar: { orientation: "v", bgcolor: "rgba(255,255,255,0)" },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      hovermode: "closest",
      xaxis: { ...axis, ...xaxis },
      yaxis: { ...axis, ...yaxis },
    };
  }

  function draw(id, traces, axes, words) {
    Plotly.react(id, traces, axes, config);
    byId(`${id}-words`).textContent = words;
  }

  const line = (x, y, name, style) => ({ x, y, name, mode: "lines", line: style });
  const positive = (values) => Array.from(values, (value) => (value > 0 ? value : null));

  function drawValues(model) {
    const shown = Math.max(model.kept, data.values.filter((value) => value > data.floor / 100).length, 1);
    const index = Array.from({ length: Math.min(shown, data.values.length) }, (_, k) => k + 1);
    const part = (name, keep, marker) => {
      const x = index.filter((k) => keep(k));
      return { x, y: positive(x.map((k) => data.values[k - 1])), name, mode: "markers", marker };
    };
    const traces = [
      part(`kept (${model.kept})`, (k) => k <= model.kept, { color: "#0b3c6f", size: 9 }),
      part(`dropped (${data.values.length - model.kept})`, (k) => k > model.kept, { color: "#d55e00", size: 8, symbol: "circle-open", line: { width: 2 } }),
    ];
    if (data.floor > 0 && data.floor > 1e-4 * Math.min(...index.map((k) => data.values[k - 1] || Infinity))) {
      traces.push(line([0.5, index.length + 0.5], [data.floor, data.floor], "accuracy floor", BOUND));
    }
    const next = data.values[model.kept];
    const words = `${model.kept} kept; the next one is ${next === undefined ? "none" : short(next)}.`;
    const sizes = traces.flatMap((trace) => trace.y);
    const axes = layout({ title: { text: "state" }, range: [0.5, index.length + 0.5] }, logarithmic(sizes, "σ"));
    draw("values", traces, axes, words);
  }

  function drawErrors(model) {
    const orders = data.models.map((each) => each.order);
    const traces = [{ ...line(orders, positive(data.models.map((each) => each.peak)), "error seen", ERROR), mode: "lines+markers" }];
    if (data.boundsGain) traces.unshift({ ...line(orders, positive(data.models.map((each) => each.bound)), "proved bound", BOUND), mode: "lines+markers" });
    traces.push({ x: [model.order], y: positive([model.peak]), name: `order ${model.order}`, mode: "markers", marker: { color: "#0b3c6f", size: 13, symbol: "diamond" } });
    const sizes = traces.flatMap((trace) => trace.y);
    const axes = layout({ title: { text: "order" } }, logarithmic(sizes, "gain of the error"));
    draw("errors", traces, axes, `Order ${model.order}: ${short(model.peak)} seen${data.boundsGain ? `, at most ${short(model.bound)} proved` : ""}.`);
  }

  function drawGain(model, channel, curves) {
    const traces = [
      line(omega, positive(curves.full), `full, n = ${full.order}`, FULL),
      line(omega, positive(curves.reduced), `reduced, r = ${model.order}`, REDUCED),
      line(omega, positive(curves.error), "error", ERROR),
    ];
    if (data.boundsGain && model.bound) traces.push(line([omega[0], omega[omega.length - 1]], [model.bound, model.bound], "proved bound", BOUND));
    const several = data.inputs.length * data.outputs.length > 1;
    const what = channel === null ? (several ? "largest singular value" : "gain") + (data.complex ? ", larger of ±ω" : "") : "gain";
    // what lies far below the highest gain is rounding
    const top = Math.max(...curves.full, ...curves.reduced);
    const sizes = [...curves.full, ...curves.error, model.bound || 0].filter((value) => value > 1e-16 * top);
    const axes = layout(logarithmic(omega, frequency), logarithmic([...sizes, top], what));
    draw("gain", traces, axes, `Largest gain: full ${short(Math.max(...curves.full))}, reduced ${short(Math.max(...curves.reduced))}, error ${short(Math.max(...curves.error))}.`);
  }

  function drawPhase(model, channel) {
    const axes = layout(logarithmic(omega, frequency), { title: { text: "degrees" } });
    const given = full.responses[channel], sizes = moduli(given);
    const reference = { phase: phase(given), top: sizes.indexOf(Math.max(...sizes)) };
    const reduced = phase(response(model, channel), reference);
    const traces = [line(omega, reference.phase, "full", FULL), line(omega, reduced, "reduced", REDUCED)];
    draw("phase", traces, axes, `${nameOf(channel)}: largest difference ${short(largestGap(reference.phase, reduced))} degrees.`);
  }

  function drawStep(model, channel) {
    const axes = layout({ title: { text: `time (${data.timeUnit})` } }, { title: { text: "output" } });
    const reduced = step(model, channel), traces = [];
    const shape = data.discrete ? { shape: "hv" } : {};
    if (full.steps) traces.push(line(clock, full.steps[channel], "full", { ...FULL, ...shape }));
    if (reduced) traces.push(line(clock, reduced, "reduced", { ...REDUCED, ...shape }));
    const known = full.steps && reduced;
    const words = known ? `${nameOf(channel)}: largest difference ${short(largestGap(full.steps[channel], reduced))}.` : `There is none of the ${full.steps ? "reduced" : "full"} model here: it is too large, or has impulses.`;
    draw("step", traces, axes, words);
  }

  const largestGap = (one, other) => one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);

  function drawPoles(model) {
    const part = (values, offset) => Array.from({ length: values.length / 2 }, (_, k) => values[2 * k + offset]);
    const points = (values, name, marker) => ({ x: part(values, 0), y: part(values, 1), name, mode: "markers", marker });
    const traces = [
      points(full.poles, `full (${full.poles.length / 2})`, { symbol: "circle-open", size: 9, color: "#8c8c8c", line: { width: 2 } }),
      points(model.poles, `reduced (${model.poles.length / 2})`, { symbol: "x-thin", size: 9, color: "#0b3c6f", line: { width: 2.5, color: "#0b3c6f" } }),
    ];
    const turn = Array.from({ length: 181 }, (_, k) => (k * Math.PI) / 90);
    if (data.discrete) traces.unshift(line(turn.map(Math.cos), turn.map(Math.sin), "unit circle", { color: "#bbbbbb", width: 1 }));
    const plane = data.discrete ? { scaleanchor: "x" } : {};
    const axes = layout({ title: { text: data.discrete ? "Re z" : `Re s (1/${data.timeUnit})` } }, { title: { text: data.discrete ? "Im z" : `Im s (${data.frequencyUnit})` }, ...plane });
    const right = model.poles.length ? (data.discrete ? Math.max(...moduli(model.poles)) : Math.max(...part(model.poles, 0))) : null;
    draw("poles", traces, axes, right === null ? "The reduced model has no poles." : `Reduced: ${data.discrete ? "largest modulus" : "largest real part"} ${short(right)}.`);
  }

  const frequency = `frequency (${data.frequencyUnit})`;

  function nameOf(channel) {
    const [output, input] = data.channels[channel];
    return `${data.outputs[output]} from ${data.inputs[input]}`;
  }

  // -- what is chosen -----------------------------------------------------------------------------------------------

  const peaks = full.responses.map((values) => Math.max(...moduli(values)));
  const strongest = peaks.length ? peaks.indexOf(Math.max(...peaks)) : null;
  const state = { index: data.chosen, channel: data.channels.length === 1 ? 0 : null };

  function paragraphs(target, sentences, tag, className) {
    target.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement(tag), { textContent: sentence, className })));
  }

  function writeFacts(model) {
    byId("chosen").textContent = `${model.order} of ${full.order} states`;
    byId("order").value = state.index;
    byId("order").setAttribute("aria-valuetext", `order ${model.order}`);
    byId("facts").replaceChildren(...model.facts.map(([label, words]) => {
      const row = document.createElement("tr"), head = document.createElement("th"), cell = document.createElement("td");
      head.scope = "row";
      head.textContent = label;
      cell.textContent = words;
      row.append(head, cell);
      return row;
    }));
    paragraphs(byId("cautions"), model.cautions, "p", "caution");
    paragraphs(byId("guarantee"), model.guarantee, "p", "");
    paragraphs(byId("assumptions"), model.assumptions, "li", "");
    byId("lead").textContent = model.lead;
    markRow();
  }

  /** Mark the row of the order, and bring it into sight within the table, without moving the page. */
  function markRow() {
    const rows = document.querySelectorAll("#orders tbody tr"), row = rows[state.index], frame = byId("orders").parentElement;
    rows.forEach((each) => each.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    const head = byId("orders").tHead.offsetHeight, top = row.offsetTop - head, bottom = row.offsetTop + row.offsetHeight;
    if (top < frame.scrollTop) frame.scrollTop = top;
    if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
  }

  function curvesOf(model, channel) {
    if (channel === null) return { full: full.gain, reduced: model.gain, error: model.error };
    const given = full.responses[channel], found = response(model, channel);
    // of one channel alone the error is there already, to all digits
    const error = data.channels.length === 1 ? model.error : moduli(given.map((value, k) => value - found[k]));
    return { full: moduli(given), reduced: moduli(found), error };
  }

  function drawAll() {
    const model = modelAt(state.index);
    drawGain(model, state.channel, curvesOf(model, state.channel));
    drawValues(model);
    drawErrors(model);
    const channel = state.channel ?? strongest; // phases and steps are those of one channel
    if (channel !== null) {
      drawPhase(model, channel);
      drawStep(model, channel);
    }
    drawPoles(model);
    document.body.dataset.drawn = model.order;
  }

  let asked = 0; // the next picture that the browser shows has the newest choice, and no other is drawn
  function show() {
    writeFacts(modelAt(state.index));
    writeCode(modelAt(state.index));
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(drawAll);
  }

  function choose(index) {
    state.index = Math.min(Math.max(index, 0), data.models.length - 1);
    show();
    if (window.parent !== window) window.parent.postMessage({ dlnbalanceOrder: data.models[state.index].order }, "*");
  }

  function nearest(order) {
    const gaps = data.models.map((each) => Math.abs(each.order - order));
    return gaps.indexOf(Math.min(...gaps));
  }

  // -- the model to take away ---------------------------------------------------------------------------------------

  function offerFormats() {
    const model = modelAt(state.index);
    const suited = Object.entries(modelFormats).filter(([, format]) => format.suits(data, model));
    byId("format").replaceChildren(...suited.map(([key, format]) => new Option(format.label, key)));
    byId("format").addEventListener("change", () => writeCode(modelAt(state.index)));
    byId("save").addEventListener("click", save);
    byId("copy").addEventListener("click", copy);
  }

  function writeCode(model) {
    byId("take-order").textContent = model.order;
    byId("code").value = modelFormats[byId("format").value].write(data, model);
    byId("done").textContent = "";
  }

  function save() {
    const { order } = data.models[state.index], { suffix } = modelFormats[byId("format").value];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([byId("code").value], { type: "text/plain" }));
    link.download = `reduced_${order}.${suffix}`;
    link.click();
    URL.revokeObjectURL(link.href);
    byId("done").textContent = `Saved as ${link.download}.`;
  }

  async function copy() {
    byId("code").select();
    try {
      await navigator.clipboard.writeText(byId("code").value);
      byId("done").textContent = "Copied.";
    } catch {
      byId("done").textContent = "Selected: copy it with the keyboard.";
    }
  }


  // -- the start ----------------------------------------------------------------------------------------------------

  function listen() {
    byId("order").addEventListener("input", (event) => choose(Number(event.target.value)));
    byId("channel").addEventListener("change", (event) => {
      state.channel = event.target.value === "" ? null : Number(event.target.value);
      show();
    });
    byId("orders").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) choose(Number(button.closest("tr").dataset.index));
    });
    // a notebook, in which the page is a frame, may choose as well
    window.addEventListener("message", (event) => {
      if (event.source === window.parent && Number.isInteger(event.data?.chooseOrder)) {
        const index = nearest(event.data.chooseOrder);
        if (index !== state.index) choose(index);
      }
    });
    // on paper a picture has the width of the text, whatever it has on the screen
    const resized = (size) => document.querySelectorAll(".plot").forEach((plot) => Plotly.relayout(plot, size));
    window.addEventListener("beforeprint", () => resized({ width: 640, height: 280 }));
    window.addEventListener("afterprint", () => resized({ width: null, height: null, autosize: true }));
  }

  function offerChannels() {
    if (data.channels.length < 2) return;
    const options = [["", "all (largest singular value)"]];
    data.channels.forEach((_, k) => options.push([k, nameOf(k)]));
    byId("channel").replaceChildren(...options.map(([value, words]) => new Option(words, value)));
    byId("channel-choice").hidden = false;
  }

  /** The library of plots, which lies in the page compressed. */
  async function loadPlots() {
    const packed = new Blob([bytes(byId("library").textContent)]);
    const text = await new window.Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).text();
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
    byId("library").remove();
  }

  async function start() {
    if (strongest === null) for (const id of ["phase", "step"]) byId(id).closest("figure").hidden = true;
    offerChannels();
    offerFormats();
    writeCode(modelAt(state.index));
    try {
      await loadPlots();
    } catch (error) {
      byId("failure").textContent = `The pictures need a browser from 2023 or later (${error.message}).`;
      byId("failure").hidden = false;
      return;
    }
    writeFacts(modelAt(state.index));
    drawAll();
    byId("js-plotly-tester").setAttribute("aria-hidden", "true"); // in which texts are measured, off the screen
    listen();
    const exact = data.models[0].order - data.models[0].kept; // states that every order has and that have no value
    byId("values").on("plotly_click", ({ points: [point] }) => choose(nearest(point.x + exact)));
    byId("errors").on("plotly_click", ({ points: [point] }) => choose(nearest(point.x)));
  }

  start();
})();

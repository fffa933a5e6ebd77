// A reduced model as text that other programs read: each format with its suffix, whom it suits, and how it is written.
"use strict";
const modelFormats = (() => {
  const slices = (values, size) => Array.from({ length: values.length / size }, (_, k) => values.subarray(k * size, (k + 1) * size));

  /** A matrix as nested arrays of entries, each written by a function of its real and imaginary part. */
  function nested(data, model, key, write) {
    const p = data.outputs.length, m = data.inputs.length, n = model.order;
    const [height, width] = { A: [n, n], E: [n, n], B: [n, m], C: [p, n], D: [p, m] }[key];
    const entries = slices(model.matrices[key], data.complex ? 2 : 1).map(([real, imag]) => write(real, imag));
    return Array.from({ length: height }, (_, i) => entries.slice(i * width, (i + 1) * width));
  }

  const keys = (model) => ["A", "B", "C", "D", ...("E" in model.matrices ? ["E"] : [])];
  const nameOf = (data, model) => (data.name ? `${data.name}, order ${model.order}` : `order ${model.order}`);
  const one = (value) => value.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " "); // a comment, or a text of MATLAB, is one line

  function json(data, model) {
    const document = { name: nameOf(data, model), dt: data.timeBase, inputs: data.inputs, outputs: data.outputs };
    for (const key of keys(model)) {
      const part = (write) => nested(data, model, key, write);
      document[key] = data.complex ? { real: part((re) => re), imag: part((_, im) => im) } : part((re) => re);
    }
    return `${JSON.stringify(document, null, 1)}\n`;
  }

  const pythonText = (value) => JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).replace(/\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}/g, (pair) => `\\U${JSON.parse(`"${pair}"`).codePointAt(0).toString(16).padStart(8, "0")}`);
  const pythonNumber = (real, imag) => (imag === undefined ? `${real}` : `complex(${real}, ${imag})`);
  const pythonTimeBase = (data) => (data.timeBase === true ? "True" : `${data.timeBase}`);

  function pythonMatrices(data, model) {
    const { order } = model, m = data.inputs.length, p = data.outputs.length;
    const shapes = { A: [order, order], E: [order, order], B: [order, m], C: [p, order], D: [p, m] };
    return keys(model).map((key) => {
      const lines = nested(data, model, key, pythonNumber).map((row) => `    [${row.join(", ")}],`);
      return `${key} = np.array([\n${lines.join("\n")}\n]).reshape(${shapes[key].join(", ")})\n`;
    }).join("");
  }

  const pythonNames = (data) => `inputs=[${data.inputs.map(pythonText).join(", ")}], outputs=[${data.outputs.map(pythonText).join(", ")}]`;

  function control(data, model) {
    return `# ${one(nameOf(data, model))}\nimport control\nimport numpy as np\n\n${pythonMatrices(data, model)}system = control.ss(A, B, C, D, ${pythonTimeBase(data)}, ${pythonNames(data)}, remove_useless_states=False)\n`;
  }

  function dlnbalance(data, model) {
    const E = "E" in model.matrices ? ", E=E" : "";
    return `# ${one(nameOf(data, model))}\nimport dlnbalance as dln\nimport numpy as np\n\n${pythonMatrices(data, model)}system = dln.LinearSystem(A, B, C, D${E}, dt=${pythonTimeBase(data)}, ${pythonNames(data)})\ndln.save(system, "reduced_${model.order}.mat")\n`;
  }

  const matlabText = (value) => `'${one(value).replace(/'/g, "''")}'`;
  const matlabNumber = (real, imag) => (imag === undefined ? `${real}` : `complex(${real}, ${imag})`);

  function matlabMatrices(data, model) {
    const { order } = model, m = data.inputs.length, p = data.outputs.length;
    const empty = { A: "zeros(0, 0)", E: "zeros(0, 0)", B: `zeros(0, ${m})`, C: `zeros(${p}, 0)` };
    return keys(model).map((key) => {
      if (order === 0 && key !== "D") return `${key} = ${empty[key]};\n`;
      const lines = nested(data, model, key, matlabNumber).map((row) => `  ${row.join(", ")}`);
      return `${key} = [\n${lines.join("\n")}\n];\n`;
    }).join("");
  }

  const sampling = (data) => (data.timeBase === true ? -1 : data.timeBase); // -1: a sampling time that is not stated

  function matlab(data, model) {
    const arguments_ = "E" in model.matrices ? "dss(A, B, C, D, E" : "ss(A, B, C, D";
    const names = (signals) => `{${signals.map(matlabText).join(", ")}}`;
    return `% ${one(nameOf(data, model))}\n${matlabMatrices(data, model)}system = ${arguments_}${data.discrete ? `, ${sampling(data)}` : ""});\nsystem.InputName = ${names(data.inputs)};\nsystem.OutputName = ${names(data.outputs)};\n`;
  }

  function simulink(data, model) {
    const block = data.discrete ? "simulink/Discrete/Discrete State-Space" : "simulink/Continuous/State-Space";
    const time = data.discrete ? `, 'SampleTime', '${sampling(data)}'` : "";
    return `% ${one(nameOf(data, model))}: parameters of the block ${block}\n${matlabMatrices(data, model)}% in the model that is open:\nadd_block('${block}', [gcs '/reduced'], 'A', 'A', 'B', 'B', 'C', 'C', 'D', 'D'${time});\n`;
  }

  const always = () => true;
  const real = (data, model) => !data.complex && !("E" in model.matrices);
  return {
    json: { label: "JSON", suffix: "json", suits: always, write: json },
    dlnbalance: { label: "Python: dlnbalance, and a .mat file", suffix: "py", suits: always, write: dlnbalance },
    control: { label: "Python: python-control", suffix: "py", suits: real, write: control },
    matlab: { label: "MATLAB: ss", suffix: "m", suits: always, write: matlab },
    simulink: { label: "Simulink: State-Space block", suffix: "m", suits: real, write: simulink },
  };
})();

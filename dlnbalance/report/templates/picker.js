// The page of a reduced model as a frame in a notebook; the order that is chosen there and in Python is one.
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = "Reduced models of all orders";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 1px solid #ddd`;
  frame.srcdoc = model.get("page");

  const hear = (event) => {
    const order = event.source === frame.contentWindow ? event.data?.dlnbalanceOrder : undefined;
    if (Number.isInteger(order) && order !== model.get("order")) {
      model.set("order", order);
      model.save_changes();
    }
  };
  const tell = () => frame.contentWindow?.postMessage({ chooseOrder: model.get("order") }, "*");
  window.addEventListener("message", hear);
  model.on("change:order", tell);
  el.append(frame);
  return () => {
    window.removeEventListener("message", hear);
    model.off("change:order", tell);
  };
}

export default { render };

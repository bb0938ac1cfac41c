// Renders /openapi.json: operations by tag, parameters, schemas as examples, and a form to try a call.

const spec = await (await fetch("/openapi.json")).json();
const schemas = spec.components?.schemas ?? {};

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function resolve(schema) {
  return schema?.$ref ? schemas[schema.$ref.split("/").pop()] : schema;
}

// An example value; `path` holds the names that are open above, since schemas may contain themselves.
function example(schema, path = []) {
  if (schema?.$ref) {
    if (path.includes(schema.$ref)) return {};
    return example(resolve(schema), [...path, schema.$ref]);
  }
  if (!schema) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const variant = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (variant) return example(variant[0], path);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") {
    const properties = Object.entries(schema.properties ?? {}).filter(([, value]) => !value.readOnly);
    return Object.fromEntries(properties.map(([key, value]) => [key, example(value, path)]));
  }
  if (type === "array") return [example(schema.items, path)];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return false;
  return schema.format === "date-time" ? "2026-11-22T09:00:00Z" : schema.format === "date" ? "2026-11-22" : "";
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const type = [schema.type ?? "любой"].flat().join(" | ");
  return type === "array" ? `список: ${typeOf(schema.items)}` : schema.format ? `${type}, ${schema.format}` : type;
}

function parametersTable(parameters) {
  const head = element("tr", {}, ...["Имя", "Где", "Тип", "Описание"].map((text) => element("th", { scope: "col" }, text)));
  const rows = parameters.map((parameter) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", {}, parameter.name + (parameter.required ? " *" : ""))),
      element("td", {}, parameter.in),
      element("td", {}, typeOf(parameter.schema)),
      element("td", {}, parameter.description ?? parameter.schema?.description ?? ""),
    ),
  );
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

function contentView([type, content]) {
  const value = content.example ?? example(content.schema);
  return element(
    "div",
    {},
    element("p", {}, element("code", {}, `${type} — ${typeOf(content.schema)}`)),
    element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)),
  );
}

function responseView([status, response]) {
  const details = element("details", {}, element("summary", {}, element("code", {}, status), ` ${response.description ?? ""}`));
  details.append(...Object.entries(response.content ?? {}).map(contentView));
  return details;
}

function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("offerloop_csrf="));
  return cookie?.slice("offerloop_csrf=".length) ?? "";
}

function tryForm(method, path, operation) {
  const inputs = (operation.parameters ?? []).map((parameter) => {
    const input = element("input", { name: parameter.name });
    return { parameter, input, label: element("label", {}, `${parameter.name}: `, input) };
  });
  const json = operation.requestBody?.content?.["application/json"];
  const body = json && element("textarea", { "aria-label": "Тело запроса", spellcheck: "false" });
  if (body) body.value = JSON.stringify(json.example ?? example(json.schema), null, 2);
  const output = element("pre", { "aria-live": "polite", tabindex: "0" }, "—");
  const form = element("form", {}, element("div", { class: "row" }, ...inputs.map(({ label }) => label)));
  if (body) form.append(body);
  form.append(element("div", { class: "row" }, element("button", { type: "submit" }, "Отправить")), output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.textContent = "…";
    output.textContent = await send(method, path, inputs, body?.value).catch((error) => String(error));
  });
  return form;
}

async function send(method, path, inputs, body) {
  let address = path;
  const query = new URLSearchParams();
  const headers = { "X-CSRF-Token": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (parameter.in === "query" && input.value) query.append(parameter.name, input.value);
    else if (parameter.in === "header" && input.value) headers[parameter.name] = input.value;
  }
  const target = query.size ? `${address}?${query}` : address;
  const response = await fetch(target, { method: method.toUpperCase(), headers, body });
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.includes("json");
  return `${response.status} ${response.statusText}\n\n${isJson ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
}

function operationView(method, path, operation) {
  const summary = element(
    "summary",
    {},
    element("span", { class: "method" }, method.toUpperCase()),
    element("span", { class: "path" }, path),
    element("span", { class: "summary" }, operation.summary ?? ""),
  );
  const details = element("details", { class: "operation", id: operation.operationId ?? `${method}${path}` }, summary);
  details.addEventListener("toggle", () => details.children.length === 1 && details.append(operationBody()), { once: true });
  function operationBody() {
    const body = element("div", { class: "body" }, element("p", {}, operation.description ?? ""));
    if (operation.parameters?.length) body.append(element("h3", {}, "Параметры"), parametersTable(operation.parameters));
    const content = Object.entries(operation.requestBody?.content ?? {});
    if (content.length) body.append(element("h3", {}, "Тело запроса"), ...content.map(contentView));
    body.append(element("h3", {}, "Ответы"), ...Object.entries(operation.responses).map(responseView));
    body.append(element("h3", {}, "Попробовать"), tryForm(method, path, operation));
    return body;
  }
  return details;
}

function render() {
  const groups = new Map();
  for (const [path, operations] of Object.entries(spec.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? "Прочее";
      groups.set(tag, [...(groups.get(tag) ?? []), operationView(method, path, operation)]);
    }
  const sections = [...groups].map(([tag, views]) => element("section", {}, element("h2", {}, tag), ...views));
  document.getElementById("about").textContent = spec.info.description ?? "";
  document.getElementById("operations").append(...sections);
}

function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const view of document.querySelectorAll("details.operation"))
    view.hidden = !view.querySelector("summary").textContent.toLowerCase().includes(wanted);
  for (const section of document.querySelectorAll("section"))
    section.hidden = !section.querySelector("details.operation:not([hidden])");
}

render();
document.getElementById("search").addEventListener("input", (event) => filter(event.target.value));
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.setAttribute("open", "");

/** A hover's content as an element: names come from the catalogue and must not be read as HTML. */
export function tip(title: string, lines: readonly string[]): HTMLElement {
  const box = document.createElement("div");
  const head = document.createElement("div");
  head.textContent = title;
  head.style.fontWeight = "600";
  box.append(head);
  for (const line of lines) {
    const row = document.createElement("div");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

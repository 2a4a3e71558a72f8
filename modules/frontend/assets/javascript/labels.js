// Names for what shows only an icon or a picture.

export function startLabels() {
  for (const button of document.querySelectorAll("button.tool")) {
    button.title ||= button.textContent.trim();
    button.setAttribute("aria-label", button.title);
  }
}
